"""Wrong gradients and odd right ones by somebody who had not read the checker, in two halves; judged by hand.

Each module has functions `case_NAME(seed)`, which give what `gradient_check` is called with, as (args, kwargs), and
`TRUTH[NAME] = (mistake, kind, line)`: what is wrong in words, whether it is a layer of the course ("course"), another
("other") or right ("right"), and the text of the wrong line. Lines that are all wrong, or of which any names the mistake, are
parted by " || ". Inputs come from `default_rng(seed + 1000)`.

The code stands as it was handed in, unused names and all: the search for the line looks at it as it looks at a learner's.
"""
