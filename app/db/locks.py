"""Lock files beside a SQLite database: one writer at a time over all processes, and one server."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE = 0.005


@contextmanager
def held(path: Path, seconds: float) -> Iterator[bool]:
    """Hold the lock file for the block; yields False where another process kept it for all of `seconds`."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield acquire(descriptor, seconds)
    finally:
        os.close(descriptor)


def acquire(descriptor: int, seconds: float) -> bool:
    """Take the exclusive lock of an open file, waiting at most `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PAUSE)


def release(descriptor: int) -> None:
    fcntl.flock(descriptor, fcntl.LOCK_UN)
