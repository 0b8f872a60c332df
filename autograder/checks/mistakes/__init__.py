"""The one home of well-known mistakes, by kind of function."""
