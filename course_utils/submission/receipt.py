"""The receipt of what a student hands in: which bytes, when by their own clock, and which visible tests passed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

RECEIPT = "receipt.json"
MOST_BYTES = 200_000


@dataclass(frozen=True)
class Receipt:
    """What a student handed in, as their own machine says.

    Attributes:
        assignment: its name.
        time: ISO 8601 with its offset, by their clock.
        files: SHA-256 of each file, by name.
        tests: by question "passed", "wrong" or "not written".
        points: those of the questions whose visible test passes.
    """

    assignment: str
    time: str
    files: dict[str, str]
    tests: dict[str, str] = field(default_factory=dict)
    points: float = 0.0

    @property
    def digest(self) -> str:
        """One digest of all files, for people to compare: 16 characters."""
        lines = "".join(f"{name}\0{digest}\n" for name, digest in sorted(self.files.items()))
        return hashlib.sha256(lines.encode()).hexdigest()[:16]

    def as_json(self) -> str:
        """The text of a receipt's file."""
        return json.dumps(asdict(self) | {"digest": self.digest}, indent=1) + "\n"

    def changed(self, contents: Mapping[str, bytes]) -> list[str]:
        """Names of files that are not what the receipt says, or that it does not name."""
        return [name for name, content in contents.items() if self.files.get(name) != digest_of(content)]


def digest_of(content: bytes) -> str:
    """SHA-256, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def read_receipt(content: bytes) -> Receipt:
    """A receipt out of a stranger's file.

    Raises:
        ValueError: it is none.
    """
    try:
        data: dict[str, Any] = json.loads(content[: MOST_BYTES + 1]) if len(content) <= MOST_BYTES else {}
        files = {str(name): str(digest) for name, digest in data["files"].items()}
        datetime.fromisoformat(data["time"])
        return Receipt(str(data["assignment"]), data["time"], files)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("it is no receipt") from error
