"""One submission, one pure job."""
