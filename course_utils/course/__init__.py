"""The course folder as everybody has it: its manifest, its notebooks, and a learner's own copies of them."""
