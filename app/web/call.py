"""One API request: who asks, what was sent, and how it is answered."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Annotated, Any, Protocol, TypeVar, cast
from urllib.parse import unquote_to_bytes, urlencode

import msgspec
from litestar import Request, Response
from msgspec import Meta

from app.actors import ANONYMOUS, Actor, system_actor
from app.codes import NAME_LENGTH, SecurityEventKind
from app.db import Database, ledger
from app.db.sessions import ReadSession, WriteSession
from app.domain import people
from app.domain.commands import Asks, Right, Versioned, expect, right_of
from app.domain.intake import merge_patch, read
from app.domain.security_events import Origin, record_event
from app.errors import Forbidden, Invalid, Outdated, SignInRequired
from app.settings import Settings
from app.web import origin, reading
from app.web.access_log import ACTOR
from app.web.caching import PERSONAL, PRIVATE, PUBLIC, VARY, has_tag, record_tag
from app.web.describe import operation_of
from app.web.files import KeptFiles, Write, streamed
from app.web.idempotency import HEADER, Keyed
from app.web.reporters import Reporters
from app.web.stamps import Stamps
from app.web.writers import Writers

T = TypeVar("T", bound=msgspec.Struct)
_encode = msgspec.json.Encoder().encode


class Call:
    """What a handler needs; handlers run in worker threads and use nothing else of the framework."""

    def __init__(self, request: Request[Any, Any, Any], body: bytes) -> None:
        self.headers, self._body, self._scope = request.headers, body, cast(dict[str, Any], request.scope)
        self.path: str = request.scope["path"]
        self._query: bytes = request.scope.get("query_string", b"")
        self.db: Database = request.app.state.db
        self.settings: Settings = request.app.state.settings
        self.description: Callable[[], bytes] = request.app.state.description
        self._actor: Actor | None = None
        self._stamps: Stamps = request.app.state.stamps
        self.hashers: Executor = request.app.state.hashers
        self.exporter: Executor = request.app.state.exporter
        self._kept: KeptFiles = request.app.state.kept
        self.importer: Executor = request.app.state.importer
        self.build: str = request.app.state.build
        self.reporters: Reporters = request.app.state.reporters
        self.is_personal = False
        self.writers: Writers | None = None if request.method == "GET" else request.app.state.writers
        self.executor: Executor | None = None
        self.quick = self.db.backend.quick is not None and b"as_recorded" not in unquote_to_bytes(self._query)
        self._operation = operation_of(request.route_handler.opt)
        self.keyed: Keyed | None = None
        if request.method == "POST" and HEADER.lower() in request.headers:
            self.keyed = Keyed(request, body, secret=self._operation.secret, running=request.app.state.running)
        self._session: WriteSession | None = None
        self._answer: Response[bytes] | None = None

    @property
    def actor(self) -> Actor:
        """Who asks. Raises SignInRequired for credentials that are not good, Forbidden for a cookie that another site sends.

        A cookie that is unknown or over is ignored where nothing is changed: its owner reads like anybody, until he signs in again.
        """
        if self._actor is None:
            self._actor = self._authenticated()
            self._scope[ACTOR] = self._actor.id if self._actor.signed_in else None
        return self._actor

    def _authenticated(self) -> Actor:
        if self._is_unsafe and origin.cookie_of(self._scope, self.settings) is not None:
            origin.require_own_origin(self._scope, self.settings)
        shown = origin.credential_of(self._scope, self.settings)
        if shown is None:
            return ANONYMOUS
        try:
            with self.db.read(quick=self.quick) as session:
                known = people.authenticate(session, shown)
        except SignInRequired:
            if shown.is_cookie and not self._is_unsafe:
                return ANONYMOUS
            raise
        if known.stamp is not None:
            self._stamps.note(known.stamp, is_place=shown.is_cookie)
        return known.actor

    @property
    def _is_unsafe(self) -> bool:
        return str(self._scope["method"]) != "GET"

    @property
    def origin(self) -> Origin:
        """The client, for security events."""
        return origin.origin_of(self._scope, self.settings)

    def allow(self, function: Callable[..., Any]) -> Actor:
        """Refuse whoever may not run this command or see this view, before any input is read; else who he is."""
        right = right_of(function)
        self.is_personal = right.personal
        if right.asks is Asks.NOTHING:
            origin.require_own_origin(self._scope, self.settings)
            return self.actor if self._has_token else ANONYMOUS
        with self._noting_refusals(right):
            right.require(self.actor)
        return self.actor

    @property
    def present_sign_in(self) -> int | None:
        """The place this client is signed in at, if the cookie it sends is still good."""
        try:
            shown = origin.cookie_of(self._scope, self.settings)
            return self.whose(shown).sign_in if shown else None
        except SignInRequired:
            return None

    def whose(self, cookie: str) -> Actor:
        """Whom the secret of a cookie stands for. Raises SignInRequired."""
        with self.db.read() as session:
            return people.authenticate(session, people.Credential(cookie, is_cookie=True)).actor

    @property
    def _has_token(self) -> bool:
        return "authorization" in self.headers

    @contextmanager
    def read(self, view: Callable[..., Any] | None = None) -> Iterator[ReadSession]:
        """A read session; of a view of people only for whoever may see it."""
        actor = self.actor if view is None else self.allow(view)
        with self.db.read(actor, quick=self.quick) as session:
            yield session

    @contextmanager
    def read_as_anybody(self) -> Iterator[ReadSession]:
        """A read session that sees what is public and nothing else, whoever asks. Raises SignInRequired for bad credentials."""
        _ = self.actor
        with self.db.read() as session:
            yield session

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

    def _check_again(self, session: WriteSession, right: Right) -> None:
        """Ask once more when nobody else can write: a sign-out, a revoked token or a lower role counts from its commit on."""
        shown = origin.credential_of(self._scope, self.settings)
        if right.asks is not Asks.NOTHING and shown is not None:
            session.actor = people.authenticate(session, shown).actor
            right.require(session.actor)

    @contextmanager
    def _noting_refusals(self, right: Right) -> Iterator[None]:
        """Keep a refused change, if we know whose it was."""
        try:
            yield
        except Forbidden:
            if self._is_unsafe and self._actor is not None and self._actor.signed_in:
                with self.db.write(system_actor("doors")) as session:
                    kind, who = SecurityEventKind.WRITE_REFUSED, self._actor.id
                    record_event(session, kind, subject=who, actor=who, origin=self.origin, detail=right.action)
            raise

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
        state = ledger.head(session.asked()).hash
        source = f"{state} {session.now.date()} {self.path}?{sorted(reading.pairs(self._query))} {self.build}"
        tag = f'"{hashlib.sha256(source.encode()).hexdigest()[:32]}"'
        headers = self._headers() | {"etag": tag, "content-disposition": f'attachment; filename="{name}"'}
        if has_tag(self.headers.get("if-none-match", "").encode(), tag.encode()):
            return Response(None, status_code=304, headers=headers)
        return streamed(self._kept.file(state, tag, write), headers, media)

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
