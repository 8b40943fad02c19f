"""One line per request, and one per fault: who, what, how it ended, how long it took. Never a query string, a header or a body."""

import functools
import logging
import re
import time
from typing import Any
from urllib.parse import unquote_plus

from app.logs import ACCESS, LOG, hidden
from app.web.problems import SHOWN, shown_path

ACTOR = "hainan.actor"
"""The key of the ASGI scope under which the id of whoever asked stands, once it is known."""
_SAME = vars(logging.LogRecord(ACCESS.name, logging.INFO, "", 0, "request", None, None))
_SECRET_FIELD = re.compile(rb'"[^"]*(?:password|secret|token|current)[^"]*"\s*:\s*"((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_SECRET_IN_FORM = re.compile(rb"(?:^|&)(?:password|current|code|secret)=([^&]*)")


def wanted() -> bool:
    return ACCESS.isEnabledFor(logging.INFO)


def log_request(scope: Any, inner: Any, request_id: str, *, status: int | None, size: int, began: float) -> None:
    """`status` is None where the caller went away before an answer began; `size` counts the bytes of the body that was sent."""
    milliseconds = round((time.perf_counter() - began) * 1000, 2)
    fields = _fields("request", scope, request_id)
    ACCESS.handle(_record({**fields, "status": status, "ms": milliseconds, "actor": inner.get(ACTOR), "bytes": size}))


def _record(fields: dict[str, Any]) -> logging.LogRecord:
    """A record that does not look up its caller, thread and process, which would cost more than everything else."""
    record = logging.LogRecord.__new__(logging.LogRecord)
    record.__dict__.update(_SAME, created=time.time(), fields=fields)
    return record


@functools.lru_cache(4096)
def _path(path: str) -> str:
    return hidden(shown_path(path))


def log_fault(scope: Any, inner: Any, request_id: str, fault: BaseException, body: bytes) -> None:
    """What the operator needs to find a fault of ours, with its traceback."""
    fields = {**_fields("fault", scope, request_id), "actor": inner.get(ACTOR)}
    LOG.error("fault in request %s", request_id, exc_info=fault, extra={"fields": fields, "secrets": _secrets(scope, body)})


def _fields(event: str, scope: Any, request_id: str) -> dict[str, Any]:
    return {"event": event, "request": request_id, "method": scope["method"], "path": _path(scope["path"][:SHOWN])}


def _secrets(scope: Any, body: bytes) -> tuple[str, ...]:
    """Everything in a request that an exception might quote and nobody may read: credentials, and fields whose name says so."""
    found = [value.decode("latin-1") for name, value in scope["headers"] if name in (b"authorization", b"cookie")]
    found += [part.partition("=")[2].strip() for value in found for part in value.split(";")]
    found += [value.partition(" ")[2].strip() for value in found]
    found += [value.decode("utf-8", "replace") for value in _SECRET_FIELD.findall(body)]
    typed = [value.decode("utf-8", "replace") for value in _SECRET_IN_FORM.findall(body)]
    return (*found, *typed, *(unquote_plus(value) for value in typed))
