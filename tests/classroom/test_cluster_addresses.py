"""Which schedulers' addresses are taken: encrypted ones, and this machine's own."""

import pytest

from autograder.classroom.cluster.address import Scheduler
from course_utils.errors import CourseError


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://10.0.0.1:8786", "not encrypted"),
        ("tcp://grader.example:8786", "not encrypted"),
        ("10.0.0.1:8786", "no scheduler's address"),
        ("tls://", "no scheduler's address"),
        ("tls://10.0.0.1:8786", "certificates are missing"),
    ],
)
def test_an_address_that_is_open_or_none_is_refused(address, said):
    with pytest.raises(CourseError, match=said):
        Scheduler.at(address)


def test_a_missing_certificate_is_named(tmp_path):
    with pytest.raises(CourseError, match=r"no certificate or key at .*ca\.pem"):
        Scheduler.at("tls://127.0.0.1:1", tmp_path / "ca.pem")


def test_a_machine_may_talk_to_itself_in_the_clear():
    for address in ("tcp://127.0.0.1:8786", "tcp://localhost:8786", "tcp://[::1]:8786"):
        assert Scheduler.at(address).address == address
