"""Tokens: secrets for programs, each with a name, an owner, a scope and an end."""

import datetime as dt
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import func, select

from app import tables_people
from app.actors import Permission, Role, Scope
from app.codes import SecurityEventKind
from app.db.sessions import Reading, WriteSession
from app.domain.accounts import find_user, id_of
from app.domain.columns import SECURITY_EVENT as _E
from app.domain.columns import TOKEN as _T
from app.domain.columns import USER as _U
from app.domain.commands import Asks, command, view
from app.domain.intake import Code, Line
from app.domain.lists import Paging, Place, cursor_of, number_of, place_of
from app.domain.lists import digest as filter_digest
from app.domain.people import TOKEN_PREFIX, digest, new_secret
from app.domain.security_events import HERE, Origin, record_event
from app.domain.shapes import Day, Moment, Page, as_text
from app.errors import Conflict, Forbidden, NotFound, invalid

TOKEN_DAYS, MOST_DAYS = 365, 1826
_COLUMNS = select(
    _T.id, _T.name, _U.actor_id, _T.scope, as_text(_T.created_at), as_text(_T.expires_at), as_text(_T.last_used_on)
).join(_U, _U.id == _T.user_id)  # fmt: skip


class Token(msgspec.Struct, frozen=True):
    """A token without its secret. It can do what both its scope and its owner's role allow."""

    id: str
    name: str
    user: str
    scope: Scope
    created_at: Moment
    expires_at: Moment
    last_used_on: Day | None


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """What a new token needs. `user` is for administrators, who make tokens for others."""

    name: Line
    scope: Scope
    days: Annotated[int, Meta(ge=1, le=MOST_DAYS)] = TOKEN_DAYS
    user: Code | None = None


class MadeToken(msgspec.Struct, frozen=True):
    """A new token with its secret, which is shown this once."""

    token: Token
    secret: str


class TokenFilter(Paging, frozen=True, kw_only=True):
    """Whose tokens; administrators see those of others."""

    user: Code | None = None


@view(Permission.READ)
def tokens(session: Reading, filters: TokenFilter) -> Page[Token]:
    """One page of the tokens of a user, one's own without a filter, in the order in which they were made. Raises Forbidden."""
    owner = filters.user or session.actor.id
    if owner != session.actor.id:
        session.actor.require(Permission.ADMIN)
    place = place_of(filters, 1)
    counted = select(func.count()).select_from(_T).join(_U, _U.id == _T.user_id).where(_U.actor_id == owner)
    total = place.total if place else int(session.value(counted))
    rows = session.rows(_COLUMNS.where(_U.actor_id == owner, _T.id > number_of(place)).order_by(_T.id).limit(filters.limit + 1))
    items = [_shape(row) for row in rows[: filters.limit]]
    more = len(rows) > filters.limit
    return Page(items, total, cursor_of(Place(filter_digest(filters), total, [items[-1].id.removeprefix("t")])) if more else None)


def _shape(row: Any) -> Token:
    return Token(f"t{row[0]}", row[1], row[2], Scope(row[3]), row[4], row[5], row[6])


@command("token:create", Permission.READ, asks=Asks.ACCOUNT, personal=True)
def make_token(session: WriteSession, new: NewToken, origin: Origin = HERE) -> MadeToken:
    """A new token, one's own or, for administrators, somebody else's. Raises Forbidden, or Invalid for a scope above the role."""
    owner = new.user or session.actor.id
    if owner != session.actor.id and not session.actor.may(Permission.ADMIN):
        raise Forbidden
    try:
        row = find_user(session, owner)
    except NotFound as error:
        raise invalid("/user", "unknown_user") from error
    if list(Scope).index(new.scope) > list(Role).index(Role(row.role)):
        raise invalid("/scope", "scope_above_role", scope=new.scope, role=row.role)
    if row.disabled_at is not None:
        raise Conflict("user_disabled", name=row.name)
    secret = new_secret(TOKEN_PREFIX)
    token = tables_people.Token(
        id=_next_number(session), user_id=row.id or 0, secret_sha256=digest(secret), scope=new.scope, created_at=session.now, name=new.name,
        expires_at=session.now + dt.timedelta(days=new.days),
    )  # fmt: skip
    session.add(token)
    session.flush()
    record_event(session, SecurityEventKind.TOKEN_MADE, subject=owner, origin=origin, detail=f"t{token.id} {new.scope}")
    return MadeToken(_shape(session.first(_COLUMNS.where(_T.id == token.id))), secret)


def _next_number(session: WriteSession) -> int:
    """One above the highest ever given, as far as events tell: whoever revokes a token twice must not hit another one."""
    made = select(_E.detail).where(_E.kind == SecurityEventKind.TOKEN_MADE).order_by(_E.id.desc()).limit(1)
    last = session.value(made)
    known = int(last.split()[0].removeprefix("t")) if last else 0
    return 1 + max(known, session.value(select(func.max(_T.id))) or 0)


def create_token(session: WriteSession, user: str, scope: Scope, *, name: str = "token", days: int = TOKEN_DAYS) -> str:
    """A new token of the user of that name, for the command line; returns the secret. Raises NotFound, else as make_token."""
    owner = id_of(session, user)
    return make_token(session, NewToken(name=name, scope=scope, days=days, user=owner)).secret


@command("token:revoke", Permission.READ, asks=Asks.ACCOUNT, personal=True)
def revoke_token(session: WriteSession, number: int, origin: Origin = HERE) -> None:
    """End a token of one's own or, for administrators, of anybody. Raises NotFound, also for one of somebody else."""
    row = session.get(tables_people.Token, number)
    owner = session.get(tables_people.User, row.user_id) if row else None
    if row is None or owner is None or (owner.actor_id != session.actor.id and not session.actor.may(Permission.ADMIN)):
        raise NotFound
    record_event(session, SecurityEventKind.TOKEN_REVOKED, subject=owner.actor_id, origin=origin, detail=f"t{number}")
    session.delete(row)
