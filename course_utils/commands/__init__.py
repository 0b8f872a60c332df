"""Commands of a learner's `course`, and what those of the grader share with them."""
