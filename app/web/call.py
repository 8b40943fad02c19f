"""One API request: what was sent, and how it is answered."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Annotated, Any, Protocol, TypeVar
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response
from msgspec import Meta

from app.codes import NAME_LENGTH
from app.db import ledger
from app.db.sessions import ReadSession, WriteSession
from app.domain.commands import Versioned, expect, right_of
from app.domain.intake import merge_patch, read
from app.errors import Invalid, Outdated
from app.web import reading
from app.web.caching import PERSONAL, PRIVATE, PUBLIC, VARY, has_tag, record_tag
from app.web.caller import Caller
from app.web.describe import operation_of
from app.web.files import KeptFiles, Write, streamed
from app.web.idempotency import HEADER, Keyed
from app.web.reporters import Reporters
from app.web.writers import Writers

T = TypeVar("T", bound=msgspec.Struct)
_encode = msgspec.json.Encoder().encode


class Call(Caller):
    """What a handler needs; handlers run in worker threads and use nothing else of the framework."""

    def __init__(self, request: Request[Any, Any, Any], body: bytes) -> None:
        super().__init__(request)
        self._body = body
        self.path: str = request.scope["path"]
        self.description: Callable[[], bytes] = request.app.state.description
        self.hashers: Executor = request.app.state.hashers
        self.exporter: Executor = request.app.state.exporter
        self._kept: KeptFiles = request.app.state.kept
        self.importer: Executor = request.app.state.importer
        self.build: str = request.app.state.build
        self.reporters: Reporters = request.app.state.reporters
        self.writers: Writers | None = None if request.method == "GET" else request.app.state.writers
        self.executor: Executor | None = None
        self._operation = operation_of(request.route_handler.opt)
        self.keyed: Keyed | None = None
        if request.method == "POST" and HEADER.lower() in request.headers:
            self.keyed = Keyed(request, body, secret=self._operation.secret, running=request.app.state.running)
        self._session: WriteSession | None = None
        self._answer: Response[bytes] | None = None

    @contextmanager
    def write(self, command: Callable[..., Any]) -> Iterator[WriteSession]:
        """A write session for somebody who may run this command; the check comes before any input is read.

        What answers a POST is made inside the session, because it is kept with the effect where the request has a key.
        """
        actor, right = self.allow(command), right_of(command)
        keyed = self.keyed if actor.signed_in else None
        if keyed:
            keyed.require_first()
        with self._noting_refusals(right), self.db.write(actor) as session:
            self._check_again(session, right)
            self._session = session
            yield session
            if keyed:
                keyed.keep(session, self._answer, self._operation.status)

    def query(self, shape: type[T]) -> T:
        """The filter in the address."""
        return reading.query(self._query, shape)

    def reason(self, session: WriteSession) -> None:
        """Take from the address why the change is made; it stands in the ledger and in the history."""
        session.reason = reading.query(self._query, Why).reason

    def no_query(self) -> None:
        """Refuse parameters where none are known."""
        reading.query(self._query, _Nothing)

    def body(
        self,
        shape: type[T],
        *,
        matching: Versioned | None = None,
        present: Callable[[], Any] | None = None,
        unless: Callable[[T], bool] | None = None,
    ) -> T:
        """What was posted, in the contract's order: 415, 400, the key, then 428 and 412 where a record is matched, then 422.

        `unless` says of good values that they change nothing; then an outdated tag does not matter.
        """
        reading.media_type(self.headers.get("content-type"), reading.JSON)
        raw = reading.fields(self._body, shape)
        self._look()
        if unless is not None and (values := _read_or_none(shape, raw)) is not None and unless(values):
            return values
        if matching is not None:
            self.match(matching, present)
        return read(shape, raw)

    def upload(self) -> bytes:
        """The bytes of a file that was sent. Raises WrongMediaType for one that is none of those the operation takes."""
        reading.one_of(self.headers.get("content-type"), self._operation.takes)
        return self._body

    def look(self) -> None:
        """Say what was said the first time, where a POST that sends a file is a repeat; the session has begun."""
        self._look()

    def no_body(self) -> None:
        """Refuse a body where none is known; an empty object says nothing and passes."""
        if self._body:
            reading.media_type(self.headers.get("content-type"), reading.JSON)
            reading.fields(self._body, _Nothing)
        self._look()

    def patched(self, shape: type[T], now: dict[str, Any], *, matching: Versioned, present: Callable[[], Any]) -> T:
        """The values of a record after the merge patch that was sent."""
        reading.media_type(self.headers.get("content-type"), reading.MERGE_PATCH)
        raw = reading.fields(self._body, shape)
        self.match(matching, present)
        return read(shape, merge_patch(now, raw))

    def match(self, row: Versioned, present: Callable[[], Any] | None = None) -> None:
        """Compare If-Match with the record. Raises TagRequired or Outdated, the latter with the current ETag."""
        self._look()
        version = reading.matched_version(self.headers.get("if-match"))
        try:
            expect(row, version)
        except Outdated as problem:
            if present is not None:
                problem.headers["ETag"] = record_tag(row.version, _encode(present()))
            raise

    def _look(self) -> None:
        """End a POST that was carried out before, with the answer it got then."""
        if self.keyed and self._session is not None and self.actor.signed_in:
            self.keyed.look(self._session, self._headers())

    def record(self, record: Any, *, status: int = 200, location: str | None = None) -> Response[bytes]:
        """A record with its ETag; 201 with the address of a new one."""
        body = _encode(record)
        headers = self._headers() | {"etag": record_tag(record.version, body)}
        if location:
            headers["location"] = location
        return self._answered(body, headers, 201 if location and status == 200 else status)

    def created(self, value: Any, *, location: str, cookie: str | None = None) -> Response[bytes]:
        """Something new that is not a versioned record, and the cookie that follows from it."""
        return self._answered(_encode(value), self._headers() | {"location": location} | ({"set-cookie": cookie} if cookie else {}), 201)

    def plain(self, value: Any, *, headers: dict[str, str] | None = None, status: int | None = None) -> Response[bytes]:
        """Anything that is not a versioned record; its ETag is given by the memory."""
        return self._answered(_encode(value), self._headers() | (headers or {}), status)

    def page(self, page: "Paged", parameter: str = "cursor") -> Response[bytes]:
        """A page of a list, with a Link to the next one."""
        if page.next is None:
            return self.plain(page)
        kept = [(n, v) for n, v in reading.pairs(self._query) if n != parameter]
        address = f"{self.path}?{urlencode([*kept, (parameter, page.next)])}"
        return self.plain(page, headers={"link": f'<{address}>; rel="next"'})

    def file(self, session: ReadSession, write: Write, *, media: str, name: str) -> Response[Any]:
        """A file made from what the session sees. It is written to the disk first, so that a slow reader holds up nothing but himself."""
        source = f"{ledger.head(session.asked()).hash} {session.now.date()} {self.path}?{sorted(reading.pairs(self._query))} {self.build}"
        tag = f'"{hashlib.sha256(source.encode()).hexdigest()[:32]}"'
        headers = self._headers() | {"etag": tag, "content-disposition": f'attachment; filename="{name}"'}
        if has_tag(self.headers.get("if-none-match", "").encode(), tag.encode()):
            return Response(None, status_code=304, headers=headers)
        return streamed(self._kept.file(None if self._query else self.path, tag, write), headers, media)

    def _answered(self, body: bytes, headers: dict[str, str], status: int | None = None) -> Response[bytes]:
        self._answer = Response(body, status_code=status, headers=headers, media_type=reading.JSON)
        return self._answer

    def done(self, *, cookie: str | None = None) -> Response[None]:
        """Nothing to say but that it is done, and the cookie that follows from it."""
        return Response(None, status_code=204, headers=self._headers() | ({"set-cookie": cookie} if cookie else {}))

    def public_headers(self) -> dict[str, str]:
        """The headers of an answer that is made elsewhere."""
        return self._headers()

    def _headers(self) -> dict[str, str]:
        caching = PERSONAL if self.is_personal else PRIVATE if self.actor.signed_in else PUBLIC
        return {"cache-control": caching, "vary": VARY}


class Paged(Protocol):
    """An answer with a cursor of what follows."""

    @property
    def next(self) -> str | None: ...


def _read_or_none(shape: type[T], raw: dict[str, Any]) -> T | None:
    try:
        return read(shape, raw)
    except Invalid:
        return None


class Why(msgspec.Struct, frozen=True):
    """Every change can say why it is made, in one line."""

    reason: Annotated[str, Meta(max_length=NAME_LENGTH)] | None = None


class _Nothing(msgspec.Struct):
    """No parameters, or no fields."""
