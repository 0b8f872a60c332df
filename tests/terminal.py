"""What a command of `course` says at a terminal when it refuses."""

from __future__ import annotations


def refused(ended: tuple[int, str, str], *parts: str) -> None:
    """Assert that a command said one sentence on stderr, with these parts in it, and ended with 1."""
    code, _, errors = ended
    assert code == 1, errors
    assert "Traceback" not in errors
    assert errors.count("✗") == 1
    assert len(errors.strip().splitlines()) == 1, errors
    for part in parts:
        assert part in errors
