"""Who makes a request, what he may run and see, and the sessions that are his."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from litestar import Request

from app.actors import ANONYMOUS, Actor, system_actor
from app.codes import SecurityEventKind
from app.db import Database
from app.db.sessions import ReadSession, WriteSession
from app.domain import people
from app.domain.commands import Asks, Right, right_of
from app.domain.security_events import Origin, record_event
from app.errors import Forbidden, SignInRequired
from app.settings import Settings
from app.web import origin
from app.web.access_log import ACTOR
from app.web.stamps import Stamps


class Caller:
    """The caller of one request. `is_personal` says that the answer is for him alone; `quick`, whether it may be tried on the loop."""

    def __init__(self, request: Request[Any, Any, Any]) -> None:
        self.headers, self._scope = request.headers, cast(dict[str, Any], request.scope)
        self._query: bytes = request.scope.get("query_string", b"")
        self.db: Database = request.app.state.db
        self.settings: Settings = request.app.state.settings
        self._actor: Actor | None = None
        self._stamps: Stamps = request.app.state.stamps
        self.is_personal = False
        self.quick = self.db.backend.quick is not None and b"as_recorded" not in unquote_to_bytes(self._query)

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
