"""The whole life of an assignment, on a class of twelve."""
