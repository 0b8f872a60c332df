"""The machine is never the student's: the kernel of a graded notebook, walled in, limited and watched."""
