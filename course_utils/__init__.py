"""Training neural networks from scratch: what the notebooks import."""

import os
import sys

# OpenBLAS's threads spin for some hundredths of a second after each product, on the cores where ours work, unless this is there when NumPy
# is loaded: they sleep after 2²⁰ cycles. Whoever imports NumPy first has it from `course lab`, or not at all (docs/layers.md).
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "20")

if "ipykernel" in sys.modules:  # in a notebook
    from course_utils.notebook import set_up

    set_up()
else:  # where notebooks are read and servers started
    from course_utils.later import build_no_grammars

    build_no_grammars()
