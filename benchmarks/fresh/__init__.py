"""A second set of mistakes and odd right functions, written when the checker was done, and measured once as it then was."""
