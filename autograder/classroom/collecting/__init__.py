"""Collecting: who handed in what, in the folder or the archive that a learning platform exports.

`entries` reads it, `level` finds the level at which each name is one student's, `layouts` (one module each) say what a
platform's names mean, `roster`, `worksheet` and `times` add what a class knows, `plan` decides, `store` writes.
"""
