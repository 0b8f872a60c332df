"""Training neural networks from scratch: what the notebooks import."""
