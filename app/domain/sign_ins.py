"""Signing in and out, the places somebody is signed in at, and changing the password.

A password is compared between two write sessions, never inside one: it takes tens of milliseconds, in which nobody else could write.
"""

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import bindparam, delete, or_, select, update

from app import tables_people
from app.actors import ANONYMOUS, Actor, Permission, Role, Scope
from app.codes import SecurityEventKind
from app.db import Database
from app.db.sessions import Reading, WriteSession
from app.db.types import moment_text
from app.domain.accounts import find_user, is_secret, organization_names, password_purpose, store_password, used_secret
from app.domain.columns import ORGANIZATION as _O
from app.domain.columns import SIGN_IN as _T
from app.domain.columns import TOKEN
from app.domain.columns import USER as _U
from app.domain.commands import Asks, command, view
from app.domain.intake import Line
from app.domain.passwords import hashed, is_outdated, is_password, password_errors
from app.domain.people import IDLE, LONGEST_SIGN_IN, STAMP_EVERY, digest, new_secret
from app.domain.security_events import HERE, Origin, record_event
from app.domain.shapes import Moment, Page
from app.domain.throttle import Subject, address_subjects, count_attempts, refuse_throttled, subjects, take_back
from app.errors import Invalid, NotFound, SignInRequired, invalid
from app.gate import folded

Secret = Annotated[str, Meta(max_length=1024, extra={"secret": True})]
_ACCOUNT = select(_U.actor_id, _U.name, _U.password_hash, _U.disabled_at, _O.code).outerjoin(_O, _O.id == _U.organization_id)
_OVER = delete(_T).where(or_(_T.seen_at < bindparam("idle"), _T.created_at < bindparam("oldest")))


class Credentials(msgspec.Struct, frozen=True):
    """What somebody signs in with."""

    name: Line
    password: Secret


class PasswordChange(msgspec.Struct, frozen=True):
    """The present password and the new one, which has 15 to 256 characters."""

    current: Secret
    password: Secret


class PasswordChoice(msgspec.Struct, frozen=True):
    """The code an administrator gave, and the password to choose with it."""

    name: Line
    code: Secret
    password: Secret


class Me(msgspec.Struct, frozen=True):
    """Who asks. `scope` is that of the token; a sign-in has the scope admin, which allows all the role does, and an end."""

    id: str
    name: str
    role: Role
    organization: str | None
    scope: Scope
    signed_in_until: Moment | None


class PlaceSignedIn(msgspec.Struct, frozen=True):
    """A place where one is signed in; `current` is the one that asks."""

    id: str
    created_at: Moment
    seen_at: Moment
    expires_at: Moment
    address: str | None
    agent: str | None
    current: bool


class _Account(msgspec.Struct, frozen=True):
    """What is known of a name before the password is compared; without an account everything but the subjects is empty."""

    subjects: list[Subject]
    actor_id: str | None = None
    password_hash: str | None = None
    disabled: bool = False
    names: tuple[str | None, ...] = ()


def sign_in(db: Database, given: Credentials, origin: Origin, *, present: int | None = None) -> str:
    """Sign somebody in and return the secret for the cookie; `present`, the place he was signed in at with this client, ends.

    Raises SignInRequired, in the same time and with the same words for an unknown name, and TooManyAttempts.
    """
    account = _attempted(db, given.name, origin)
    good = is_password(account.password_hash, given.password) and not account.disabled
    if not good or account.actor_id is None:
        with db.write(ANONYMOUS) as session:
            record_event(session, SecurityEventKind.SIGN_IN_FAILED, subject=account.actor_id, origin=origin)
        raise SignInRequired("sign_in_failed")
    better = hashed(given.password) if is_outdated(account.password_hash or "") else None
    with db.write(ANONYMOUS) as session:
        row = find_user(session, account.actor_id)
        if row.disabled_at is not None or row.password_hash != account.password_hash:
            raise SignInRequired("sign_in_failed")  # closed, or another password, while this one was compared
        row.password_hash = better or row.password_hash
        take_back(session, account.subjects)
        return open_place(session, row, origin, present)


def _attempted(db: Database, name: str, origin: Origin) -> _Account:
    """Look a name up and count an attempt. Raises TooManyAttempts."""
    with db.read() as session:
        account = _account(session, name, origin)
        refuse_throttled(session, account.subjects)  # asked first without a lock, so that a flood does not hold up writers
    with db.write(ANONYMOUS) as session:
        count_attempts(session, account.subjects, account.actor_id, origin)
    return account


def _account(session: Reading, name: str, origin: Origin) -> _Account:
    row = session.first(_ACCOUNT.where(_U.name_key == folded(name)))
    counted = subjects(session, name, row.actor_id if row else None, origin)
    if row is None:
        return _Account(counted)
    names = (row.name, *organization_names(session, row.code))
    return _Account(counted, row.actor_id, row.password_hash, row.disabled_at is not None, names)


@command("session:create", Permission.READ, asks=Asks.NOTHING, personal=True)
def open_place(session: WriteSession, row: tables_people.User, origin: Origin, present: int | None = None) -> str:
    """Sign a user in here and return the secret for the cookie, always a new one; forget what is over."""
    session.derive(_OVER, {"idle": session.now - IDLE, "oldest": session.now - LONGEST_SIGN_IN})
    session.derive(delete(_T).where(_T.id == (present or 0)), {})
    secret = new_secret()
    session.add(
        tables_people.SignIn(
            user_id=row.id or 0, secret_sha256=digest(secret), created_at=session.now, seen_at=session.now, address=origin.address,
            agent=origin.agent,
        )
    )  # fmt: skip
    record_event(session, SecurityEventKind.SIGNED_IN, subject=row.actor_id, actor=row.actor_id, origin=origin)
    return secret


@command("session:end", Permission.READ, asks=Asks.ACCOUNT, personal=True)
def sign_out(session: WriteSession, origin: Origin = HERE) -> None:
    """End the place one is signed in at. Raises NotFound for a token, which has none."""
    _end(session, session.actor.sign_in or 0, origin)


@command("session:end_other", Permission.READ, asks=Asks.ACCOUNT, personal=True)
def end_place(session: WriteSession, number: int, origin: Origin = HERE) -> None:
    """End one place of one's own. Raises NotFound."""
    _end(session, number, origin)


def _end(session: WriteSession, number: int, origin: Origin) -> None:
    row = session.get(tables_people.SignIn, number)
    if row is None or row.user_id != find_user(session, session.actor.id).id:
        raise NotFound
    session.delete(row)
    record_event(session, SecurityEventKind.SIGNED_OUT, subject=session.actor.id, origin=origin, detail=f"s{number}")


@command("session:end_others", Permission.READ, asks=Asks.ACCOUNT, personal=True)
def end_other_places(session: WriteSession, origin: Origin = HERE) -> None:
    """End every place of one's own but the one that asks."""
    owner = find_user(session, session.actor.id)
    session.derive(delete(_T).where(_T.user_id == owner.id, _T.id != (session.actor.sign_in or 0)), {})
    record_event(session, SecurityEventKind.SIGNED_OUT, subject=session.actor.id, origin=origin, detail="others")


@view(Permission.READ)
def me(session: Reading) -> Me:
    """Who asks."""
    actor = session.actor
    row = session.first(select(_U.name).where(_U.actor_id == actor.id))
    since = session.value(select(_T.created_at).where(_T.id == (actor.sign_in or 0)))
    until = None if since is None else moment_text(since + LONGEST_SIGN_IN)
    return Me(actor.id, row.name, actor.role, actor.organization, actor.scope, until)


@view(Permission.READ)
def places(session: Reading) -> Page[PlaceSignedIn]:
    """The places one is signed in at, latest first."""
    statement = select(_T.id, _T.created_at, _T.seen_at, _T.address, _T.agent).join(_U, _U.id == _T.user_id)
    items = [
        PlaceSignedIn(
            f"s{row.id}", moment_text(row.created_at), moment_text(row.seen_at), moment_text(row.created_at + LONGEST_SIGN_IN),
            row.address, row.agent, row.id == session.actor.sign_in,
        )
        for row in session.rows(statement.where(_U.actor_id == session.actor.id).order_by(_T.id.desc()))
        if row.seen_at + IDLE > session.now and row.created_at + LONGEST_SIGN_IN > session.now
    ]  # fmt: skip
    return Page(items, len(items), None)


def change_own_password(db: Database, actor: Actor, given: PasswordChange, origin: Origin) -> str | None:
    """Change one's password; every place signed in at ends. Returns the secret of the new one, or None for whoever came with a token.

    Raises Invalid for a wrong present password or a new one that is not taken, and TooManyAttempts.
    """
    with db.read() as session:
        name = session.value(select(_U.name).where(_U.actor_id == actor.id))
    account = _attempted(db, name, origin)
    if not is_password(account.password_hash, given.current):
        raise invalid("/current", "password_wrong")
    _refuse_password(given.password, account)
    made = hashed(given.password)
    with db.write(actor) as session:
        take_back(session, account.subjects)
        return change_password(session, made, origin)


@command("password:change", Permission.READ, asks=Asks.ACCOUNT, personal=True)
def change_password(session: WriteSession, password_hash: str, origin: Origin = HERE) -> str | None:
    """Put one's new password in place; every place signed in at ends, and the one that asks goes on under a new secret."""
    row = find_user(session, session.actor.id)
    present = session.actor.sign_in
    if present is not None and session.get(tables_people.SignIn, present) is None:
        raise SignInRequired  # signed out meanwhile
    store_password(session, row, password_hash, origin)
    return open_place(session, row, origin) if present is not None else None


def choose_password(db: Database, given: PasswordChoice, origin: Origin) -> None:
    """Choose a password with the code of an administrator. Raises Invalid for a wrong code or a password that is not taken.

    Guesses count for the address and never for the account, which must stay open to whoever holds the code.
    """
    counted = address_subjects(origin)
    with db.read() as session:
        refuse_throttled(session, counted)
        account = _account(session, given.name, origin)
        good = account.actor_id is not None and is_secret(session, password_purpose(account.actor_id), given.code)
    if not good:
        with db.write(ANONYMOUS) as session:
            count_attempts(session, counted, account.actor_id, origin)
        raise invalid("/code", "code_wrong")
    _refuse_password(given.password, account)
    made = hashed(given.password)
    with db.write(ANONYMOUS) as session:
        choose_with_code(session, account.actor_id, given.code, made, origin)


@command("password:choose", Permission.READ, asks=Asks.NOTHING, personal=True)
def choose_with_code(session: WriteSession, actor_id: str | None, code: str, password_hash: str, origin: Origin = HERE) -> None:
    """Put the password in place if the code is good, which is then used up. Raises Invalid."""
    if actor_id is None or not used_secret(session, password_purpose(actor_id), code):
        raise invalid("/code", "code_wrong")
    store_password(session, find_user(session, actor_id), password_hash, origin)


def _refuse_password(password: str, account: _Account) -> None:
    if errors := password_errors(password, "/password", account.names):
        raise Invalid(errors=tuple(errors))


def stamp_place(session: WriteSession, number: int) -> None:
    """Note that a place was used; it never brings back one that has ended."""
    stale = session.now - STAMP_EVERY
    session.derive(update(_T).where(_T.id == number, _T.seen_at <= stale).values(seen_at=session.now), {})


def stamp_token(session: WriteSession, number: int) -> None:
    """Note the day of a token's last use, and its first use as an event."""
    today = session.now.date()
    row = session.first(select(TOKEN.last_used_on, _U.actor_id).join(_U, _U.id == TOKEN.user_id).where(TOKEN.id == number))
    if row is None or row.last_used_on == today:
        return
    session.derive(update(TOKEN).where(TOKEN.id == number).values(last_used_on=today), {})
    if row.last_used_on is None:
        kind = SecurityEventKind.TOKEN_FIRST_USED
        record_event(session, kind, subject=row.actor_id, actor=row.actor_id, detail=f"t{number}")
