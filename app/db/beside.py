"""A statement that a second process asks while this one asks another: two threads of one process wait for SQLite's own locks."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection

from app.db import ledger, second_reader
from app.db.engines import is_postgres
from app.db.prepared import Params, Prepared
from app.logs import LOG

_COMMAND = sys.executable, "-I", "-S", second_reader.__file__
_SECONDS = 60.0
"""How long it may take after this process came to the end of its own part."""
Found = Callable[[], BinaryIO | None]
Process = subprocess.Popen[bytes]


@contextmanager
def asked_beside(connection: Connection, statement: Prepared, params: Params) -> Iterator[Found]:
    """Let another process ask for one column of bytes in the state that this transaction sees.

    What the block gets waits for a file with everything that was found, and gives None where there is none, so that the block has to ask
    itself: without a second processor or room for the file, on PostgreSQL, where something was committed meanwhile, and where the process
    failed.
    """
    asked = _question(connection, statement, params)
    target = None if asked is None else _roomy(asked["file"])
    if asked is None or target is None:
        yield lambda: None
        return
    with target:
        process = _started(asked, target)
        try:
            yield lambda: target if process and _is_done(process, target, asked["head"]) else None
        finally:
            _end(process)


def _question(connection: Connection, statement: Prepared, params: Params) -> dict[str, Any] | None:
    """What the second process is given; None where it could be of no use."""
    file = None if is_postgres(connection) or _processors() < 2 else connection.engine.url.database
    spelled = statement.spelled(connection, params) if file else None
    if not file or spelled is None:
        return None
    return {"file": str(Path(file).resolve()), "sql": spelled[0], "values": spelled[1], "head": ledger.head(connection).hash}


def _processors() -> int:
    """How many this process may use, where the system says so."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _roomy(database: str) -> BinaryIO | None:
    """A file on a disk with room for everything that the database can hold; None where there is no such place."""
    try:
        target = tempfile.TemporaryFile()  # noqa: SIM115  # it is closed with the block that asks
        if shutil.disk_usage(target.fileno()).free > Path(database).stat().st_size:
            return target
        target.close()
    except OSError:
        pass
    return None


def _started(asked: dict[str, Any], target: BinaryIO) -> Process | None:
    try:
        return subprocess.Popen(  # noqa: S603  # the command is ours
            [*_COMMAND, json.dumps(asked)], stdin=subprocess.DEVNULL, stdout=target, stderr=subprocess.PIPE, env={}
        )
    except OSError as error:
        LOG.warning("the second reader cannot be started: %s", error)
        return None


def _end(process: Process | None) -> None:
    if process:
        with process:
            process.kill()


def _is_done(process: Process, target: BinaryIO, head: str) -> bool:
    """Whether the process found everything: its mark stands at the end, whatever became of its exit code. The mark is taken away."""
    try:
        said = process.communicate(timeout=_SECONDS)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        said = b"it takes too long"
    if _takes_mark(target, head.encode()):
        return True
    target.truncate(0)
    if process.returncode != second_reader.OTHER_STATE:
        LOG.warning("the second reader failed: %s", said.decode(errors="replace")[-500:])
    return False


def _takes_mark(target: BinaryIO, mark: bytes) -> bool:
    size = target.seek(0, os.SEEK_END) - len(mark)
    target.seek(max(0, size))
    if target.read() != mark:
        return False
    target.truncate(size)
    return True
