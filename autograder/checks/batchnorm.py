"""Hidden checks of 02_batchnorm, one for each graded function and class."""
