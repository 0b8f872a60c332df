"""What the tests of downloaded data sets share."""

from collections.abc import Iterator

import numpy as np
import pytest
from downloads import Server, cifar_batch, cifar_tar, pictures


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20)


@pytest.fixture
def cifar(rng: np.random.Generator) -> tuple[bytes, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(content of the tar, X_train, y_train, X_test, y_test) of a CIFAR-10 of 4 pictures a batch."""
    X, y = pictures(rng, 20, 3, 32, 32)
    X_test, y_test = pictures(rng, 4, 3, 32, 32)
    batches = {
        f"data_batch_{i + 1}.bin": cifar_batch(X[4 * i : 4 * i + 4], y[4 * i : 4 * i + 4]) for i in range(5)
    }
    return cifar_tar({**batches, "test_batch.bin": cifar_batch(X_test, y_test)}), X, y, X_test, y_test


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server while a test runs, with nothing in the environment that would lead elsewhere."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("COURSE_DATA_PATH", raising=False)
    monkeypatch.delenv("COURSE_DATA_MIRROR", raising=False)
    server = Server()
    yield server
    server.close()
