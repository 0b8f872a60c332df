"""What marks a notebook: reference loader, hidden checks, oracle, grading pipeline, reports."""
