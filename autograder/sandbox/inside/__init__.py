"""What runs inside the walls: programs that see this folder and Python, and nothing else of the grader."""
