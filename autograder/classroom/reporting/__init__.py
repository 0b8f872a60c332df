"""The report on a class: gathered, counted, drawn, written as one page."""
