"""A statement that a second process asks while this one asks another: two threads of one process wait for SQLite's own locks."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from sqlalchemy import Connection

from app.db import ledger, second_reader
from app.db.engines import is_postgres
from app.db.prepared import Params, Prepared
from app.logs import LOG

_COMMAND = sys.executable, "-I", "-S", second_reader.__file__
_SECONDS = 60.0
"""How long it may take after this process came to the end of its own part."""
Found = Callable[[], BinaryIO | None]


@contextmanager
def asked_beside(connection: Connection, statement: Prepared, params: Params) -> Iterator[Found]:
    """Let another process ask for one column of bytes in the state that this transaction sees.

    What the block gets waits for a file with everything that was found, and gives None where there is none, so that the block has to ask
    itself: without a second processor, on PostgreSQL, where something was committed meanwhile, and where the process failed.
    """
    question = _question(connection, statement, params)
    with tempfile.TemporaryFile() as target:
        process = None if question is None else _started(question, target)
        if process is None:
            yield lambda: None
            return
        with process:
            try:
                yield lambda: target if _is_done(process) else None
            finally:
                process.kill()


def _started(question: bytes, target: BinaryIO) -> subprocess.Popen[bytes] | None:
    """The process, writing to the target; None where the system has no room for it."""
    with tempfile.TemporaryFile() as asked:
        asked.write(question)
        asked.seek(0)
        try:
            return subprocess.Popen(_COMMAND, stdin=asked, stdout=target, stderr=subprocess.PIPE, env={})  # noqa: S603  # it is ours
        except OSError as error:
            LOG.warning("the second reader cannot be started: %s", error)
            return None


def _question(connection: Connection, statement: Prepared, params: Params) -> bytes | None:
    """What the second process reads; None where it could be of no use."""
    if is_postgres(connection) or os.cpu_count() == 1:
        return None
    file, spelled = connection.engine.url.database, statement.spelled(connection, params)
    if not file or spelled is None:
        return None
    sql, values = spelled
    return json.dumps({"file": file, "sql": sql, "values": values, "head": ledger.head(connection).hash}).encode()


def _is_done(process: subprocess.Popen[bytes]) -> bool:
    """Whether the process found everything."""
    try:
        _, said = process.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        LOG.warning("the second reader takes too long")
        return False
    if process.returncode not in (0, second_reader.OTHER_STATE):
        LOG.warning("the second reader failed: %s", said.decode(errors="replace")[-500:])
    return process.returncode == 0
