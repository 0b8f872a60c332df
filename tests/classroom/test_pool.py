"""The pool: a worker that is lost costs time, never a mark, and never another student anything."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
import tiny
from places import TESTS
from processes import children, command, ppid, until, worker_of

from autograder.classroom.pool import getting_ready, grade_all
from autograder.classroom.worker import ATTEMPTS
from autograder.grading.job import Graded, Job
from autograder.limits import GradingLimits

HANGS = "while True:\n    pass\n"


def job(course, student, submission):
    return Job(student, tiny.NAME, submission, course.root)


def slow_submission(course):
    """Endless in its first cell, so that its worker is there to be killed."""
    return tiny.answered(course, relu_forward=HANGS + tiny.RELU_FORWARD)


@pytest.fixture(autouse=True)
def _no_other_worker():
    """End the worker that tests elsewhere share in this process: it would be taken for one of the pool's."""
    tiny.WORKER.close()
    until(lambda: worker_of(os.getpid()) is None)


class Killer(threading.Thread):
    """Kills each new worker of this process with SIGKILL, as the kernel does when memory runs out."""

    def __init__(self, times):
        super().__init__(daemon=True)
        self.times, self.killed = times, []

    def run(self):
        while len(self.killed) < self.times:
            worker = worker_of(os.getpid())
            if worker and worker not in self.killed:
                self.killed.append(worker)
                os.kill(worker, signal.SIGKILL)
            threading.Event().wait(0.01)


def test_a_worker_that_is_killed_is_tried_again(tiny_course):
    killer = Killer(1)
    killer.start()
    (graded,) = grade_all([job(tiny_course, "ada", tiny.answered(tiny_course))], workers=1)
    assert len(killer.killed) == 1
    assert (graded.fault, graded.score) == ("", 6)


_LOSES_A_WORKER = """
import json, os, signal, sys, threading
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import processes, tiny
from autograder.course.manifest import Course
from autograder.classroom.pool import grade_all
from autograder.grading.job import Job

folder, course, seen = Path(os.environ["TMPDIR"]), Course(Path(sys.argv[2])), []

def kill_the_first_worker_once_its_kernel_has_files():
    seen.extend(processes.until(lambda: [path.name for path in folder.glob("job-*/grade-*/*")]))
    os.kill(processes.worker_of(os.getpid()), signal.SIGKILL)

killer = threading.Thread(target=kill_the_first_worker_once_its_kernel_has_files, daemon=True)
killer.start()
(graded,) = grade_all([Job("ada", tiny.NAME, tiny.answered(course), course.root)], workers=1)
killer.join(10)
print(json.dumps([seen, graded.score, [path.name for path in folder.glob("job-*")]]))
"""


def test_nothing_of_a_lost_worker_remains(tiny_course):
    """In a process of its own: what its temporary folder is called must fit into the path of a socket."""
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as folder:
        run = subprocess.run(
            [sys.executable, "-c", _LOSES_A_WORKER, str(TESTS), str(tiny_course.root)],
            env=os.environ | {"TMPDIR": folder},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert run.returncode == 0, run.stderr
        seen, score, left = json.loads(run.stdout)
    assert seen
    assert (score, left) == (6, [])


def test_a_job_whose_worker_is_always_lost_becomes_a_fault_without_marks(tiny_course):
    killer = Killer(ATTEMPTS)
    killer.start()
    jobs = [
        job(tiny_course, "ada", slow_submission(tiny_course)),
    ]
    (graded,) = grade_all(jobs, workers=1)
    killer.join(10)
    assert len(killer.killed) == ATTEMPTS
    assert graded.fault == "the process that graded it was lost"
    assert (graded.notebook, graded.verdicts) == (None, {})
    assert graded.why().startswith("not graded: ")


def test_the_others_are_graded_all_the_same(tiny_course):
    good = tiny.answered(tiny_course)
    lost = Job("bao", "no_such_assignment", good, tiny_course.root)
    jobs = [job(tiny_course, "ada", good), lost, job(tiny_course, "chidi", good)]
    results = {graded.student: graded for graded in grade_all(jobs, workers=2)}
    assert {student: graded.score for student, graded in results.items()} == {"ada": 6, "bao": 0, "chidi": 6}
    assert "no assignment is called" in results["bao"].fault
    assert results["bao"].notebook is None


def test_a_result_larger_than_a_pipe_arrives(tiny_course):
    long = tiny.RELU_FORWARD + "\n# " + "x" * 150_000
    (graded,) = grade_all([job(tiny_course, "ada", tiny.answered(tiny_course, relu_forward=long))], workers=1)
    assert isinstance(graded, Graded)
    assert graded.score == 6


def test_no_jobs_give_no_results():
    assert list(grade_all([])) == []


def sources_of(worker):
    """What a worker has started sources of warm sandboxes by: bubblewrap, not the processes inside."""
    started = [pid for pid in children(worker) if ppid(pid) == worker]
    return {pid for pid in started if "bwrap --unshare" in command(pid)}


def test_workers_get_ready_before_there_is_a_job_and_end_with_the_block(tiny_course):
    with getting_ready(tiny_course, tiny_course.assignment(tiny.NAME), jobs=1, workers=2) as staff:
        assert len(staff) == 1
        sources = until(lambda: sources_of(worker_of(os.getpid())))
        jobs = [job(tiny_course, "ada", tiny.answered(tiny_course))]
        results = grade_all(jobs, workers=2, staff=staff)
        graded = next(results)
        assert (graded.fault, graded.score) == ("", 6)
        assert sources_of(worker_of(os.getpid())) == sources
        assert list(results) == []
    until(lambda: worker_of(os.getpid()) is None)


def test_workers_for_whom_there_is_nothing_to_do_end_all_the_same(tiny_course):
    with getting_ready(tiny_course, tiny_course.assignment(tiny.NAME), jobs=2, workers=2) as staff:
        assert len(staff) == 2
    until(lambda: worker_of(os.getpid()) is None)


def test_a_consumer_that_stops_early_leaves_no_worker(tiny_course):
    jobs = [job(tiny_course, "ada", tiny.answered(tiny_course))] + [
        job(tiny_course, name, slow_submission(tiny_course)) for name in ("bao", "chidi")
    ]
    results = grade_all(jobs, workers=2)
    assert next(results).student == "ada"
    results.close()
    until(lambda: worker_of(os.getpid()) is None)


_CLASS = """
from pathlib import Path
from autograder.cli import main
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # which tests that run in the background ignore
sys.argv = ["course", "grade", "01_small", "--workers", "2"]
main()
"""


def class_being_graded(course, output):
    """`course grade`, in a process group of its own as a terminal gives it one."""
    program = [sys.executable, "-c", _CLASS]
    return subprocess.Popen(
        program, cwd=course.root, stdout=output, stderr=output, text=True, start_new_session=True
    )


def signals(pid, which):
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {number for number in range(1, 65) if int(lines[which], 16) >> number - 1 & 1}


def test_who_grades_hears_no_ctrl_c_from_the_first_line_on(tiny_course):
    with getting_ready(tiny_course, tiny_course.assignment(tiny.NAME), jobs=1, workers=1):
        worker = until(lambda: worker_of(os.getpid()))
        assert signal.SIGINT in signals(ppid(worker), "SigBlk")
        until(lambda: signal.SIGINT in signals(worker, "SigIgn"))
        until(lambda: signal.SIGINT not in signals(worker, "SigBlk"))
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_ctrl_c_says_so_and_leaves_no_process(tiny_class):
    for student in ("ada", "bao"):
        tiny.hand_in(tiny_class, student, slow_submission(tiny_class))
    run = class_being_graded(tiny_class, subprocess.PIPE)
    try:
        worker = until(lambda: worker_of(run.pid))
        kernel = until(lambda: [pid for pid in children(worker) if "inside.source" in command(pid)])
        below = children(run.pid)
        os.killpg(run.pid, signal.SIGINT)  # what a terminal does
        _, errors = run.communicate(timeout=30)
        assert run.returncode == 130
        assert "stopped; what was finished is kept" in errors
        assert "Traceback" not in errors
        until(lambda: not [pid for pid in {*below, *kernel} if command(pid)])
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            run.communicate()


def test_a_coordinator_that_is_killed_leaves_nobody_at_work(tiny_class):
    tiny.hand_in(tiny_class, "ada", slow_submission(tiny_class))
    run = class_being_graded(tiny_class, subprocess.DEVNULL)
    try:
        worker = until(lambda: worker_of(run.pid))
        # bubblewrap twice, the source, and the two processes of a kernel
        until(lambda: len([pid for pid in children(worker) if "inside.source" in command(pid)]) >= 5)
        below = children(run.pid)
    finally:
        run.kill()
        run.wait()
    until(lambda: not [pid for pid in below if command(pid)], 15)  # its cell alone had thirty seconds


def test_a_submission_that_overruns_the_notebooks_time_still_ends(tiny_course):
    limits = GradingLimits(notebook_seconds=1.0)
    overrun = Job("ada", tiny.NAME, slow_submission(tiny_course), tiny_course.root, limits=limits)
    (graded,) = grade_all([overrun], workers=1)
    assert graded.fault == ""
    assert graded.score == pytest.approx(0)
