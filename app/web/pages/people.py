"""Users and security events, for administrators."""

from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.actors import Role
from app.codes import SecurityEventKind
from app.db.sessions import Reading
from app.domain import accounts, sign_ins, tokens
from app.domain.accounts import NewUser, User, UserFields
from app.domain.lists import Paging
from app.domain.security_events import SecurityEvent, SecurityEventFilter, security_events
from app.domain.tokens import TokenFilter
from app.errors import NotFound
from app.i18n import Lang, gettext
from app.record_words import ACTIONS
from app.web.describe import page
from app.web.forms import AGAIN, Form
from app.web.pages.clashes import clashes
from app.web.pages.listing import chosen, further, refined
from app.web.paths import token_part, user_part
from app.web.rendering import label
from app.web.running import in_thread, quick
from app.web.visit import Visit


class Bare(msgspec.Struct, frozen=True):
    """A form that says nothing but that something is to be done."""


class People(Controller):
    path = "/people"

    @get("/", **page(view=accounts.users))
    @quick
    def index(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.read(accounts.users) as session:
            paging = call.query(Paging)
            found = accounts.users(session, paging)
            first = refined(call, cursor=None) if paging.cursor else None
            return call.render("people.html", found=found, next=further(call, found.next), first=first)

    @get("/new", **page())
    @quick
    def begin(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.desk(accounts.create_user):
            call.no_query()
            return _new(call, call.form(NewUser))

    @post("/new", **page(command=accounts.create_user, secret=True))
    @in_thread
    def create(self, call: NamedDependency[Visit]) -> Response[bytes]:
        form = call.form(NewUser)
        try:
            with call.write(accounts.create_user) as session:
                new = call.filled(form)
                code = accounts.create_user(session, new, call.origin)
                call.person = sign_ins.me(session).name
                return _code(call, new.name, code)
        except AGAIN as problem:
            with call.once_more():
                return _new(call, form.refused(problem))

    @get("/events", **page(view=security_events))
    @quick
    def events(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.read(security_events) as session:
            filters = call.query(SecurityEventFilter)
            found = security_events(session, filters)
            first = refined(call, cursor=None) if filters.cursor else None
            return call.render(
                "security_events.html", found=found,
                words={one.id: detail_words(call.lang, one) for one in found.items}, kinds=list(SecurityEventKind),
                chosen=chosen(filters), next=further(call, found.next), first=first,
            )  # fmt: skip


_TOLD = (
    SecurityEventKind.USER_MADE, SecurityEventKind.ROLE_CHANGED, SecurityEventKind.TOKEN_MADE, SecurityEventKind.TOKEN_REVOKED,
    SecurityEventKind.TOKEN_FIRST_USED,
)  # fmt: skip
"""The kinds whose detail says something to people; that of the others is for programs."""


def detail_words(lang: Lang, event: SecurityEvent) -> str:
    """The detail of an event: roles, scopes and commands by their names, numbers as they are."""
    if event.kind is SecurityEventKind.WRITE_REFUSED and event.detail in ACTIONS:
        return gettext(lang, ACTIONS[event.detail])
    if event.detail is None or event.kind not in _TOLD:
        return ""
    vocabulary = "scopes" if event.kind is SecurityEventKind.TOKEN_MADE else "roles"
    return " ".join(label(lang, vocabulary, word) for word in event.detail.split())


def _new(call: Visit, form: Form[NewUser]) -> Response[bytes]:
    return call.render("person_form.html", status=form.status, form=form, user=None, roles=list(Role), clashes=[], tokens=[])


def _code(call: Visit, name: str, code: accounts.OneTimeCode) -> Response[bytes]:
    """The code, shown this once."""
    return call.render("one_time_code.html", name=name, code=code)


class Person(Controller):
    path = "/people/{user:str}"

    @get("/", **page(view=accounts.user))
    @quick
    def show(self, call: NamedDependency[Visit], user: FromPath[str]) -> Response[bytes]:
        with call.read(accounts.user) as session:
            one = accounts.user(session, user_part(user))
            call.no_query()
            return _shown(call, session, one, call.form(UserFields, _fields(one)))

    @post("/", **page(command=accounts.change_user))
    @in_thread
    def change(self, call: NamedDependency[Visit], user: FromPath[str]) -> Response[bytes]:
        form = call.form(UserFields)
        try:
            with call.write(accounts.change_user) as session:
                row = accounts.find_user(session, user_part(user))
                accounts.change_user(session, row, call.filled(form, row), call.origin)
                return call.see(call.to("people", row.actor_id, done="user_changed"))
        except AGAIN as problem:
            with call.once_more() as session:
                return _shown(call, session, accounts.user(session, user_part(user)), form.refused(problem))

    @post("/reset", **page(command=accounts.reset_password, secret=True))
    @in_thread
    def reset(self, call: NamedDependency[Visit], user: FromPath[str]) -> Response[bytes]:
        form = call.form(Bare)
        try:
            with call.write(accounts.reset_password) as session:
                row = accounts.find_user(session, user_part(user))
                call.filled(form, row)
                call.person = sign_ins.me(session).name
                return _code(call, row.name, accounts.reset_password(session, row, call.origin))
        except AGAIN as problem:
            return _as_before(call, user, problem)

    @post("/tokens/{token:str}/revoke", **page(command=tokens.revoke_token))
    @in_thread
    def revoke(self, call: NamedDependency[Visit], user: FromPath[str], token: FromPath[str]) -> Response[bytes]:
        form = call.form(Bare)
        try:
            with call.write(tokens.revoke_token) as session:
                number, owner = token_part(token), user_part(user)
                if number not in {token_part(one.id) for one in tokens.tokens(session, TokenFilter(user=owner, limit=200)).items}:
                    raise NotFound
                call.filled(form)
                tokens.revoke_token(session, number, call.origin)
                return call.see(call.to("people", owner, done="revoked"))
        except AGAIN as problem:
            return _as_before(call, user, problem)


def _fields(one: User) -> dict[str, Any]:
    return {name: msgspec.to_builtins(getattr(one, name)) for name in (*UserFields.__struct_fields__, "version")}


def _as_before(call: Visit, user: str, problem: Any) -> Response[bytes]:
    """The page of a user after a step that could not be taken."""
    call.stands_at = call.to("people", user_part(user))
    with call.once_more() as session:
        one = accounts.user(session, user_part(user))
        return _shown(call, session, one, call.form(UserFields, _fields(one)).blamed(problem))


def _shown(call: Visit, session: Reading, one: User, form: Form[UserFields]) -> Response[bytes]:
    return call.render(
        "person_form.html", status=form.status, form=form, user=one, roles=list(Role),
        clashes=clashes(call.lang, "user", _fields(one), form, call.names),
        tokens=tokens.tokens(session, TokenFilter(user=one.id, limit=200)).items,
    )  # fmt: skip
