"""What a file that is handed in holds, read as the grader reads it, on a student's machine as well."""
