"""Gradescope: `submission_567/` for each submission, and `submission_metadata.yml`, which says whose and when.

A submission may be of several students; then it is each of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import yaml

from autograder.classroom.collecting.entries import Refused
from autograder.classroom.collecting.layouts import Claim, Claims, layout
from autograder.classroom.collecting.level import Item, Level
from autograder.classroom.collecting.people import Person
from autograder.classroom.collecting.times import in_utc
from course_utils.errors import CourseError
from course_utils.text import shown

METADATA = "submission_metadata.yml"
_SUBMISSION = re.compile(r"submission_\d+(?:\.[A-Za-z0-9]+)?")


class _Loader(yaml.SafeLoader):
    """Data alone: what Ruby tagged as its own objects is read as the data in it."""


def _plain(loader: _Loader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return node.value


_Loader.add_multi_constructor("!", _plain)


@layout("Gradescope")
def gradescope(level: Level) -> list[Claims]:
    """By the metadata alone: a folder's own name says nothing of a student."""
    if not level.items or not all(_SUBMISSION.fullmatch(i.name) or i.name == METADATA for i in level.items):
        return [None] * len(level.items)
    about = next((item for item in level.items if item.name == METADATA and item.is_file), None)
    if about is None:
        raise CourseError(
            f"this is Gradescope's export without its {METADATA}, which says whose work each folder is: download it again"
        )
    metadata = _metadata(about)
    return [
        [] if item is about else list(_claims(item, metadata.get(item.name), level)) for item in level.items
    ]


def _metadata(item: Item) -> dict[str, Any]:
    try:
        data = yaml.load(item.entries[0].read(), _Loader)
    except (Refused, yaml.YAMLError, ValueError, RecursionError) as error:
        raise CourseError(
            f"{item.path} cannot be read ({shown(str(error))}): download the export again"
        ) from error
    return data if isinstance(data, dict) else {}


def _claims(item: Item, record: Any, level: Level) -> Iterator[Claim]:
    about = _fields(record)
    submitters = about.get("submitters")
    moment = _moment(about.get("created_at"), level)
    for submitter in submitters if isinstance(submitters, list) and submitters else [{}]:
        fields = {name: _text(value) for name, value in _fields(submitter).items()}
        name, number, email = (fields.get(key, "") for key in ("name", "sid", "email"))
        together = len(submitters or ()) > 1
        group = item.name if together else ""
        person = Person(
            "gradescope", (item.name, name, number, email), name, number, email=email, group=group
        )
        yield Claim(
            person, item.files(), item.path, time=moment, odd=("handed in together",) if together else ()
        )


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int) else ""


def _fields(record: Any) -> dict[str, Any]:
    """A record with names as Ruby writes them, `:name:`, or as others do."""
    return {str(key).strip(":"): value for key, value in record.items()} if isinstance(record, dict) else {}


def _moment(value: Any, level: Level) -> datetime | None:
    if isinstance(value, dict):
        value = _fields(value).get("utc")
    if isinstance(value, datetime):
        return in_utc(value, level.zone)
    if isinstance(value, str) and not isinstance(value, date):
        try:
            return in_utc(datetime.fromisoformat(value), level.zone)
        except ValueError:
            return None
    return None
