"""One digest of several contents."""

from __future__ import annotations

import hashlib


def digest(*parts: str | bytes) -> str:
    """One digest of all parts, in their order."""
    whole = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        whole.update(f"{len(content)}\0".encode() + content)
    return whole.hexdigest()
