"""Threads change no number, leave nothing global changed, and survive errors and forks."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from course_utils import layers
from course_utils.layers import parallel


def test_the_number_of_threads_does_not_matter(monkeypatch):
    monkeypatch.setattr(parallel, "WORTH_THREADS", 0)
    monkeypatch.setattr(parallel, "WORTH_PARTS", 0)
    rng = np.random.default_rng(1)
    x, w, b = (rng.normal(size=shape).astype(np.float32) for shape in ((13, 6, 20, 17), (7, 6, 3, 5), (7,)))
    results = []
    for threads in ("1", "2", "8"):
        monkeypatch.setenv("COURSE_THREADS", threads)
        out, cache = layers.conv_forward_fast(x, w, b, {"stride": 2, "pad": 1})
        results.append((out, *layers.conv_backward_fast(np.cos(out), cache)))
    for other in results[1:]:
        for first, second in zip(results[0], other, strict=True):
            np.testing.assert_allclose(first, second, rtol=1e-4, atol=1e-5)


def blas_threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


def test_the_matrix_library_has_its_threads_back_afterwards():
    before = blas_threads()
    with parallel.single_threaded_blas():
        assert set(blas_threads()) <= {1}
        with parallel.single_threaded_blas():
            pass
        assert set(blas_threads()) <= {1}
    assert blas_threads() == before
    with pytest.raises(ZeroDivisionError), parallel.single_threaded_blas():
        _ = 1 / 0
    assert blas_threads() == before


def test_an_error_in_a_thread_arrives(monkeypatch):
    monkeypatch.setenv("COURSE_THREADS", "3")

    def fail(part, images):
        raise MemoryError(f"part {part}")

    with pytest.raises(MemoryError, match="part"):
        parallel.for_each_part(9, parallel.WORTH_THREADS, lambda images: fail)


def test_several_threads_may_use_the_layers_at_once():
    rng = np.random.default_rng(3)
    x, w, b = rng.normal(size=(16, 8, 20, 20)), rng.normal(size=(12, 8, 3, 3)), rng.normal(size=12)
    expected, _ = layers.conv_forward_im2col(x, w, b, {"stride": 1, "pad": 1})
    found = [None] * 4

    def work(k):
        found[k] = layers.conv_forward_fast(x, w, b, {"stride": 1, "pad": 1})[0]

    workers = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for out in found:
        np.testing.assert_allclose(out, expected, rtol=1e-10, atol=1e-10)


FORKED = """
import os
import numpy as np
from course_utils import layers
x, w, b = np.ones((16, 8, 20, 20)), np.ones((12, 8, 3, 3)), np.zeros(12)
layers.conv_forward_fast(x, w, b, {"stride": 1, "pad": 1})
child = os.fork()
out, _ = layers.conv_forward_fast(x, w, b, {"stride": 1, "pad": 1})
assert out[5, 3, 10, 10] == 72
if child == 0:
    os._exit(0)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_has_threads_of_its_own():
    subprocess.run(
        [sys.executable, "-c", FORKED], check=True, timeout=120, env=os.environ | {"COURSE_THREADS": "2"}
    )
