"""The verdict is never the student's: questions, answers and what is said of them."""
