"""Attacks on the file: tags, flags, ids, missing and doubled cells, and files that are no notebooks."""

from __future__ import annotations

import copy
import json

from hostile.attack import ALL, NOTHING, attack, right, wrong
from hostile.world import World


def _tests(notebook: dict) -> list[dict]:
    return [cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade")]


@attack(NOTHING)
def skip_execution_tags(world: World) -> dict:
    notebook = wrong()
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "demo", "remove-cell"]
    return notebook


@attack(NOTHING, says="test_square` was missing")
def deleted_tests_wrong_answers(world: World) -> dict:
    notebook = wrong()
    notebook["cells"] = [cell for cell in notebook["cells"] if cell not in _tests(notebook)]
    return notebook


@attack(ALL, says="test_square` was missing")
def deleted_tests_right_answers(world: World) -> dict:
    notebook = right()
    notebook["cells"] = [cell for cell in notebook["cells"] if cell not in _tests(notebook)]
    return notebook


@attack(NOTHING, says="None of the cells to fill in")
def deleted_answers(world: World) -> dict:
    notebook = wrong()
    notebook["cells"] = _tests(notebook)
    return notebook


@attack(ALL, says="there 2 times")
def every_cell_twice(world: World) -> dict:
    notebook = right()
    notebook["cells"] = [copy.deepcopy(cell) for cell in notebook["cells"] for _ in range(2)]
    return notebook


@attack(ALL)
def retyped_cells(world: World) -> dict:
    notebook = right()
    for cell in notebook["cells"]:
        cell["cell_type"] = "markdown" if cell["metadata"].get("nbgrader", {}).get("solution") else "raw"
    return notebook


@attack(ALL)
def reversed_cells(world: World) -> dict:
    notebook = right()
    notebook["cells"].reverse()
    return notebook


@attack(NOTHING, says="was changed")
def edited_tests(world: World) -> dict:
    notebook = wrong()
    for cell in _tests(notebook):
        cell["source"] = "4.0"
    return notebook


@attack(NOTHING)
def flags_points_and_schema_versions(world: World) -> dict:
    notebook = wrong()
    for number, cell in enumerate(notebook["cells"]):
        settings = cell["metadata"].setdefault("nbgrader", {"grade_id": f"mine-{number}"})
        settings |= {
            "points": 1000,
            "schema_version": 99,
            "grade": not settings.get("grade"),
            "locked": False,
        }
        settings |= {"solution": not settings.get("solution"), "task": True, "cell_type": "markdown"}
    return notebook


@attack(NOTHING)
def swapped_grade_ids(world: World) -> dict:
    notebook = wrong()
    for cell in notebook["cells"]:
        settings = cell["metadata"].get("nbgrader", {})
        if "grade_id" in settings:
            settings["grade_id"] = (
                settings["grade_id"].removeprefix("test_") if settings["grade"] else "test_square"
            )
    return notebook


@attack(ALL)
def metadata_of_wrong_types(world: World) -> dict:
    notebook = right()
    cell = copy.deepcopy(notebook["cells"][0])
    for odd in (
        None,
        3,
        [],
        "text",
        {"nbgrader": 7},
        {"nbgrader": {"grade_id": ["square"]}},
        {"tags": {"a": 1}},
    ):
        notebook["cells"].append(cell | {"metadata": odd, "id": 5, "source": "1"})
    notebook["cells"] += [
        None,
        5,
        [],
        "text",
        {},
        {"cell_type": "code"},
        {"cell_type": ["code"], "source": 3},
    ]
    return notebook


@attack(ALL)
def kernel_of_their_own(world: World) -> dict:
    notebook = right()
    notebook["metadata"] = {
        "kernelspec": {"name": "bash", "language": "bash"},
        "language_info": {"name": "R"},
    }
    return notebook


@attack(NOTHING)
def outputs_with_marks(world: World) -> dict:
    notebook = wrong()
    for cell in notebook["cells"]:
        data = {"text/plain": "4.0", "text/html": "<script>alert(1)</script>"}
        cell["outputs"] = [
            {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": 1}
        ]
    return notebook


@attack(ALL)
def ids_with_markup(world: World) -> dict:
    notebook = right()
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"<script>{number}</script>"
    notebook["cells"].append({"cell_type": "markdown", "source": "<script>1</script>", "metadata": {}})
    return notebook


@attack(NOTHING, says="<Exception>|Exception")
def markup_in_an_error(world: World) -> dict:
    from hostile.attack import in_answer

    notebook = in_answer(
        "raise Exception('<script>alert(1)</script>\\x1b]0;title\\x07\\x1b[2J\\ud800')", "square"
    )
    for cell in notebook["cells"]:
        if cell["source"].startswith("def scale"):
            cell["source"] = cell["source"].replace("return", "raise Exception('\\x1b[31m<script>'); return")
    return notebook


@attack(NOTHING, says="300 of your 2000")
def thousands_of_cells(world: World) -> dict:
    notebook = wrong()
    notebook["cells"] += [
        {"cell_type": "markdown", "source": f"cell {number}", "metadata": {}} for number in range(2000)
    ]
    return notebook


@attack(NOTHING, says="more than 200,000 characters")
def a_very_long_answer(world: World) -> dict:
    notebook = wrong()
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "square":
            cell["source"] = "def square(x): return x * x" + " " * 300_000
    return notebook


@attack(ALL)
def half_surrogates(world: World) -> dict:
    notebook = right()
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].replace("return", "'\ud800'; return")
    notebook["cells"].append(
        {"cell_type": "markdown", "source": ["\udfff", "\x00"], "metadata": {"\ud800": 1}}
    )
    return notebook


@attack(ALL)
def outputs_of_any_size(world: World) -> dict:
    notebook = right()
    notebook["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 21_000_000}]
    return notebook


@attack(NOTHING, says="bytes of text, and those of a notebook may have")
def texts_of_any_size(world: World) -> dict:
    return _with_texts("x" * 190_000, 110)


@attack(NOTHING, says="bytes of text, and those of a notebook may have")
def texts_that_grow_when_they_are_written(world: World) -> dict:
    return _with_texts("\x01" * 190_000, 20)


def _with_texts(text: str, cells: int) -> dict:
    notebook = right()
    notebook["cells"] += [{"cell_type": "markdown", "source": text, "metadata": {}}] * cells
    return notebook


def _malformed(name: str, content: bytes, says: str = "could not be read") -> None:
    def build(world: World) -> bytes:
        return content

    build.__name__ = f"file_{name}"
    attack(NOTHING, says=says)(build)


_malformed("empty", b"")
_malformed("not_json", b"{'cells': []}")
_malformed("cut_short", json.dumps(right()).encode()[:-20])
_malformed("binary", bytes(range(256)) * 40)
_malformed("deeply_nested", b'{"nbformat": 4, "cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}")
_malformed("nested_format", b'{"nbformat": ' + b"[" * 900 + b"]" * 900 + b', "cells": []}')
_malformed("huge_number", b'{"nbformat": 4, "cells": ' + b"9" * 100_000 + b"}")
_malformed("scalar", b"4.0")
_malformed("a_list", b"[]")
_malformed("no_cells", b'{"nbformat": 4}')
_malformed("cells_of_a_dict", b'{"nbformat": 4, "cells": {"source": "1"}}')
_malformed("nbformat_3", b'{"nbformat": 3, "worksheets": [{"cells": []}]}', "format 3")
_malformed("nbformat_text", b'{"nbformat": "<script>", "cells": []}', "format unknown")
_malformed("no_answers", b'{"nbformat": 4, "cells": []}', "None of the cells to fill in")
