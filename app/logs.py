"""The log: one JSON object per line on standard error, made by the standard library. What is secret does not get in.

A line has `at`, `level`, `event`, and the other `fields` of its record. No line holds a body, a header or a query string; of a traceback,
which quotes whatever an exception says, everything is taken out that looks like a secret or was one of the request's.
"""

import contextlib
import functools
import logging
import re
import sys
import threading
import time
import traceback
from typing import Any

import msgspec

LOG = logging.getLogger("hainan")
ACCESS = logging.getLogger("hainan.access")
_encode = msgspec.json.Encoder(enc_hook=str).encode
_HIDDEN = "[hidden]"
_TOGETHER_SECONDS = 0.1
_SHORTEST = 4
"""Shorter texts are no secrets, and hiding them would blot out words."""
_CREDENTIALS = re.compile(r"\bhn[a-z]_[A-Za-z0-9_-]{8,}")
_URL_PASSWORD = re.compile(r"(?<=://)[^\s/@:]*:[^\s/]*@|(?<=password=)[^\s&;'\"]+")


def hidden(text: str, secrets: tuple[str, ...] = ()) -> str:
    """The text without these secrets, without anything that has the form of one of our tokens, and without passwords in addresses."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, _HIDDEN)
    return _URL_PASSWORD.sub(_HIDDEN, _CREDENTIALS.sub(_HIDDEN, text))


def _moment(seconds: float) -> str:
    return f"{_second(int(seconds))}.{int(seconds % 1 * 1_000_000):06d}Z"


@functools.lru_cache(8)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


class JSONLine(logging.Formatter):
    """A record as one line. Records of libraries have their message as `message` and their logger as `event`."""

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", None) or {"event": record.name, "message": hidden(record.getMessage())}
        line = {"at": _moment(record.created), "level": record.levelname.lower(), **fields}
        if record.exc_info and record.exc_info[1]:
            line["traceback"] = hidden("".join(traceback.format_exception(record.exc_info[1])), getattr(record, "secrets", ()))
        return _encode(line).decode()


class Lines(logging.Handler):
    """Writes to standard error what came together in a tenth of a second, in one piece; a warning takes everything along at once.

    A system call for every line would give away the interpreter lock at every request, which costs more than making the line.
    """

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[str] = []
        self._some = threading.Event()
        self._writer: threading.Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        self._waiting.append(f"{self.format(record)}\n")
        if record.levelno >= logging.WARNING:
            self.flush()
        elif len(self._waiting) == 1:
            self._some.set()
            self._writer = self._writer or self._started()

    def flush(self) -> None:
        with self.lock or contextlib.nullcontext():
            waiting, self._waiting = self._waiting, []
            if waiting:
                sys.stderr.write("".join(waiting))
                sys.stderr.flush()

    def _started(self) -> threading.Thread:
        """The thread that writes; begun with the first line, because a thread does not survive the fork of a server's processes."""
        thread = threading.Thread(target=self._write_on, daemon=True, name="log")
        thread.start()
        return thread

    def _write_on(self) -> None:
        while self._some.wait():
            time.sleep(_TOGETHER_SECONDS)
            self._some.clear()
            self.flush()


def flush() -> None:
    """Write what still waits; a server's processes end without the interpreter's own last calls."""
    for handler in (*LOG.handlers, *ACCESS.handlers, *logging.getLogger().handlers):
        handler.flush()


def configuration(*, access: bool) -> dict[str, Any]:
    """What `logging.config.dictConfig` takes: everything from warnings up, and a line per request where `access` is on."""
    quiet = {"handlers": ["lines"], "level": "WARNING", "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "app.logs.JSONLine"}},
        "handlers": {"lines": {"class": "app.logs.Lines", "formatter": "json"}},
        "root": {"handlers": ["lines"], "level": "WARNING"},
        "loggers": {
            ACCESS.name: {**quiet, "level": "INFO" if access else "WARNING"},
            "_granian": quiet,
            "granian.access": quiet,
        },
    }
