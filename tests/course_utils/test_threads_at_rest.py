"""The matrix library's threads do not spin after a product, on the cores where the layers' threads work."""

import os
import subprocess
import sys

_PRODUCT = """
import course_utils
import numpy, time
numpy.ones((600, 600)) @ numpy.ones((600, 600))
before = time.process_time()
time.sleep(0.2)
print(time.process_time() - before)
"""
_LEFT_ALONE = "import course_utils, os; print(os.environ['OPENBLAS_THREAD_TIMEOUT'])"


def _printed(program, **variables):
    env = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    run = subprocess.run([sys.executable, "-c", program], env=env | variables, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return float(run.stdout)


def test_nothing_spins_after_a_product():
    assert _printed(_PRODUCT) < 0.005


def test_a_value_of_the_users_own_counts():
    assert _printed(_LEFT_ALONE, OPENBLAS_THREAD_TIMEOUT="26") == 26
