"""What hangs in nbgrader's own commands and pages."""
