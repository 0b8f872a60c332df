"""Hidden checks: a room for each notebook, what they share, and the one home of well-known mistakes."""
