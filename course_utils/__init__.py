"""Training neural networks from scratch: what the notebooks import."""

import sys

if "ipykernel" in sys.modules:  # in a notebook
    from course_utils.notebook import set_up

    set_up()
