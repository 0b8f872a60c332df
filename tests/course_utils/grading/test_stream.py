"""The kernel's side of a conversation with its grader."""

import socket
from pathlib import Path

import pytest

from course_utils.grading.stream import Connection


def test_a_grader_that_hangs_up_is_told_alike_on_every_way(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as grader:
        grader.bind(str(tmp_path / "grader"))
        grader.listen()
        connection = Connection.to(str(tmp_path / "grader"))
        other, _ = grader.accept()
    connection.send({"op": "grade"})
    other.close()  # with bytes that nobody read, so that the next `recv` is reset and not at its end
    for _ in range(2):
        with pytest.raises(ConnectionError, match="the grader has hung up"):
            connection.receive()
        with pytest.raises(ConnectionError, match="the grader has hung up"):
            connection.send({"op": "grade"}, [bytes(2**20)])
    connection.close()
