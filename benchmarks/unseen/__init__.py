"""Mistakes and odd right functions written without a look at the signatures; the search for lines has seen them."""
