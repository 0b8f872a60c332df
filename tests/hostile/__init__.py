"""Submissions that attack the grader, and the small course that they are handed in to."""
