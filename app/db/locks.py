"""Lock files beside a SQLite database: one writer at a time over all processes, and one server."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE = 0.005


def lock_of(database: str | Path, kind: str) -> Path:
    """The lock file of a database: one, by whatever links it is reached."""
    return Path(f"{os.path.realpath(database)}.{kind}.lock")


@contextmanager
def held(path: Path, seconds: float, *, passing: bool = False) -> Iterator[bool]:
    """Hold the lock file for the block; yields False where another process kept it for all of `seconds`.

    A `passing` lock leaves no file where there was none.
    """
    made = passing and not path.exists()
    descriptor, got = _taken(path, seconds)
    try:
        yield got
    finally:
        if made and got:
            path.unlink(missing_ok=True)
        os.close(descriptor)


def _taken(path: Path, seconds: float) -> tuple[int, bool]:
    """The opened lock file, and whether its lock is ours: one that was removed meanwhile would keep nobody else away."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        got = acquire(descriptor, seconds)
        if not got or _is_at(descriptor, path):
            return descriptor, got
        os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


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
