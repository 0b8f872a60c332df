"""Training neural networks from scratch: what the notebooks import."""

import sys

if "ipykernel" in sys.modules:  # in a notebook
    from course_utils.notebook import set_up

    set_up()
else:  # where notebooks are read and servers started
    from course_utils.later import build_no_grammars

    build_no_grammars()
