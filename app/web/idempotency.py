"""Idempotency-Key: a POST that is sent again has one effect, and the answer of the first time.

The answer is kept in the transaction of the effect, by whoever asked and under his key: both are on the disk, or neither. A failed
request keeps nothing, so that it can be repeated under its key once the cause is gone.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from litestar import Request, Response

from app.db.kept_answers import Kept, Sent, keep_answer, kept_answer
from app.db.sessions import WriteSession
from app.errors import BadRequest, Conflict

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
FORM = r'([!#-~][!-~]{0,254}|"([!#-\[\]-~]|\\["\\]){1,255}")'
"""1 to 255 visible ASCII characters, bare or as the string of a structured field (RFC 9651), in which \\ stands before \\ and "."""
_form = re.compile(FORM)
_KEPT_HEADERS = ("etag", "location")
"""What must be said again; how long an answer may be cached, and for whom, is decided anew."""


class Replayed(Exception):  # noqa: N818  # no error: it ends a transaction that has nothing to do any more
    """The request was carried out before; `answer` is what was said then."""

    def __init__(self, answer: Response[bytes]) -> None:
        super().__init__()
        self.answer = answer


class Keyed:
    """One POST with its key. `first` is False where this process is carrying out a copy of it at this moment."""

    def __init__(
        self, request: Request[Any, Any, Any], body: bytes, *, secret: bool, running: set[bytes], given: list[str] | None = None
    ) -> None:
        """`given` is the key where it does not stand in the header."""
        self._given = request.headers.getall(HEADER.lower(), []) if given is None else given
        self._sent = Sent(request.method, request.scope["path"], hashlib.sha256(body).hexdigest())
        self._secret, self._running = secret, running
        credentials = (request.headers.get(name, "") for name in ("authorization", "cookie"))
        self._copy = hashlib.sha256("\0".join([*credentials, *self._given]).encode()).digest()
        self._looked = False
        self.first = True

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Count as running for the block. Call it on the event loop: copies then never wait for their turn to write."""
        self.first = self._copy not in self._running
        if not self.first:
            yield
            return
        self._running.add(self._copy)
        try:
            yield
        finally:
            self._running.discard(self._copy)

    def require_first(self) -> None:
        """Raise Conflict for a copy of a request that is running."""
        if not self.first:
            raise Conflict("key_running")

    def look(self, session: WriteSession, headers: dict[str, str]) -> None:
        """End the transaction with Replayed where this was carried out before. Raises BadRequest, Invalid, Forbidden or Conflict."""
        if self._looked:
            return
        self._looked = True
        kept = kept_answer(session, self._key(), self._sent)
        if kept is None:
            return
        if kept.body is None:
            raise Conflict("answer_not_kept")
        said = headers | kept.headers | {REPLAYED.lower(): "true"}
        raise Replayed(Response(kept.body, status_code=kept.status, headers=said, media_type="application/json"))

    def keep(self, session: WriteSession, answer: Response[bytes] | None, status: int) -> None:
        """Keep the answer with what the session did. A handler that gave no occasion for it is a fault of ours."""
        if answer is None or not self._looked:
            raise TypeError("a POST reads its body or its tag, and makes its answer, inside its write session")
        headers = {name: value for name, value in answer.headers.items() if name in _KEPT_HEADERS}
        body = None if self._secret else answer.content
        keep_answer(session, self._key(), self._sent, Kept(answer.status_code or status, headers, body))

    def _key(self) -> str:
        given = self._given[0].strip(" \t") if len(self._given) == 1 else ""
        if len(given) > 2 * 255 + 2 or not _form.fullmatch(given):
            raise BadRequest("bad_key")
        return re.sub(r'\\(["\\])', r"\1", given[1:-1]) if given.startswith('"') else given
