"""Hidden checks of 03_dropout, one for each graded function and class."""
