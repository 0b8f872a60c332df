"""Measures the checks by mutation: how many wrong answers they refuse, and whether they accept all right ones.

    python -m benchmarks.mutants                  every notebook, results into docs/mutants.md
    python -m benchmarks.mutants --notebook 01_layers
    python -m benchmarks.mutants --question relu_backward --show

A mutant is refused when the checks refuse it in each of several seeds. A mutant of a forward pass is also put to the
checks of its backward pass: a wrong cache shows nowhere else. Equivalent mutants, which are no mistakes, are listed
with a reason in benchmarks/equivalent_mutants.toml.
"""
