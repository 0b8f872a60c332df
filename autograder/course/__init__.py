"""The course folder: its manifest, its notebooks and what is made of them."""
