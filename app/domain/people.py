"""Who asks: whom a token or a place signed in stands for today, and the names behind actor ids."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable

import msgspec
from sqlalchemy import bindparam, select

from app.actors import Actor, Role, Scope
from app.db.prepared import Prepared
from app.db.sessions import Reading
from app.domain.columns import ORGANIZATION as _O
from app.domain.columns import SIGN_IN, TOKEN
from app.domain.columns import USER as _U
from app.errors import SignInRequired

TOKEN_PREFIX = "hnt_"  # noqa: S105  # lets scanners for leaked secrets find our tokens
SECRET_LENGTH = len(TOKEN_PREFIX) + 43
IDLE, LONGEST_SIGN_IN = dt.timedelta(minutes=60), dt.timedelta(hours=12)
STAMP_EVERY = dt.timedelta(minutes=10)
_WHO = (_U.actor_id, _U.role, _O.code)
_BEARER = Prepared(
    select(*_WHO, TOKEN.id, TOKEN.scope, TOKEN.expires_at, TOKEN.last_used_on)
    .select_from(TOKEN)
    .join(_U, _U.id == TOKEN.user_id)
    .outerjoin(_O, _O.id == _U.organization_id)
    .where(TOKEN.secret_sha256 == bindparam("digest"), _U.disabled_at.is_(None))
)
_SIGNED_IN = Prepared(
    select(*_WHO, SIGN_IN.id, SIGN_IN.created_at, SIGN_IN.seen_at)
    .select_from(SIGN_IN)
    .join(_U, _U.id == SIGN_IN.user_id)
    .outerjoin(_O, _O.id == _U.organization_id)
    .where(SIGN_IN.secret_sha256 == bindparam("digest"), _U.disabled_at.is_(None))
)
_NAMES = Prepared(select(_U.actor_id, _U.name).where(_U.actor_id.in_(bindparam("actors", expanding=True))))


class Credential(msgspec.Struct, frozen=True):
    """What a request shows: a token, or the cookie of a sign-in. One is never taken for the other."""

    secret: str
    is_cookie: bool = False


class Known(msgspec.Struct, frozen=True):
    """Whom a credential stands for; `stamp` names the row whose last use should be written down, where that is due."""

    actor: Actor
    stamp: int | None


def new_secret(prefix: str = "") -> str:
    """256 random bits."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def authenticate(session: Reading, shown: Credential) -> Known:
    """Whom a credential stands for. Raises SignInRequired for one that is unknown, malformed, over, or of somebody disabled."""
    if not shown.secret.isascii():
        raise SignInRequired
    return _signed_in(session, shown.secret) if shown.is_cookie else _bearer(session, shown.secret)


def _bearer(session: Reading, secret: str) -> Known:
    if len(secret) != SECRET_LENGTH or not secret.startswith(TOKEN_PREFIX):
        raise SignInRequired
    row = session.first(_BEARER, digest=digest(secret))
    if row is None or row.expires_at <= session.now:
        raise SignInRequired
    actor = Actor(row.actor_id, Role(row.role), Scope(row.scope), row.code, signed_in=True)
    return Known(actor, row.id if row.last_used_on != session.now.date() else None)


def _signed_in(session: Reading, secret: str) -> Known:
    row = session.first(_SIGNED_IN, digest=digest(secret))
    if row is None or row.seen_at + IDLE <= session.now or row.created_at + LONGEST_SIGN_IN <= session.now:
        raise SignInRequired
    actor = Actor(row.actor_id, Role(row.role), Scope.ADMIN, row.code, signed_in=True, sign_in=row.id)
    return Known(actor, row.id if session.now - row.seen_at >= STAMP_EVERY else None)


def names(session: Reading, actors: Iterable[str]) -> dict[str, str]:
    """The names behind actor ids, for staff; readers see organizations only, so for them the answer is empty."""
    wanted = set(actors)
    if not session.actor.is_staff or not wanted:
        return {}
    return {row[0]: row[1] for row in session.rows(_NAMES, actors=list(wanted))}
