"""Marks and feedback pages in the files and under the names in which a learning platform takes them back."""
