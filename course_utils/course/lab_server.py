"""JupyterLab's server, started by `course lab`: as `jupyter lab` starts it, and a second sooner."""

import course_utils.later  # noqa: F401 (before Jupyter, which would build grammars)

if __name__ == "__main__":
    from jupyterlab.labapp import main

    main()
