"""Users and tokens. Never in the ledger: it knows an actor only by an opaque id."""

import datetime as dt
import hashlib
import secrets
import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher
from sqlalchemy import bindparam, select

from app import tables
from app.actors import Actor, Permission, Role, Scope
from app.codes import NAME_LENGTH
from app.db.prepared import Prepared
from app.db.sessions import Reading, WriteSession
from app.domain.columns import ORGANIZATION as _O
from app.domain.columns import TOKEN
from app.domain.columns import USER as _U
from app.domain.commands import command, internal_key
from app.errors import Conflict, FieldError, Invalid, NotFound, SignInRequired, invalid
from app.gate import folded, passed

TOKEN_PREFIX = "hnt_"  # noqa: S105  # lets scanners for leaked secrets find our tokens
TOKEN_LENGTH = len(TOKEN_PREFIX) + 43
TOKEN_DAYS = 365
SHORTEST_PASSWORD, LONGEST_PASSWORD = 15, 256
_hasher = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)
_BEARER = Prepared(
    select(_U.actor_id, _U.role, TOKEN.scope, _O.code, TOKEN.expires_at)
    .select_from(TOKEN)
    .join(_U, _U.id == TOKEN.user_id)
    .outerjoin(_O, _O.id == _U.organization_id)
    .where(TOKEN.secret_sha256 == bindparam("digest"))
)
_NAMES = Prepared(select(_U.actor_id, _U.name).where(_U.actor_id.in_(bindparam("actors", expanding=True))))


@command("user:create", Permission.ADMIN)
def add_user(session: WriteSession, name: str, role: Role, organization: str | None, password: str) -> str:
    """Add a user and return the opaque actor id. Raises Invalid for a bad name or password, Conflict for a taken name."""
    shown = passed(name, "/name", limit=NAME_LENGTH, lines=False)
    if isinstance(shown, FieldError):
        raise Invalid(errors=(shown,))
    if role is Role.CONTRIBUTOR and organization is None:
        raise invalid("/organization", "organization_needed")
    if session.value(select(_U.id).where(_U.name_key == folded(shown))):
        raise Conflict("user_exists", name=shown)
    key = internal_key(session, _O, "code", organization, "/organization")
    actor_id = f"u-{secrets.token_hex(8)}"
    password_hash = _hasher.hash(_acceptable(password, shown, organization))
    session.add(
        _U(
            actor_id=actor_id, name=shown, name_key=folded(shown), role=role, organization_id=key,
            password_hash=password_hash, created_at=session.now,
        )
    )  # fmt: skip
    return actor_id


def _acceptable(password: str, *names: str | None) -> str:
    """The password in NFC. Raises Invalid for one that is too short, too long or too easy to guess."""
    text = unicodedata.normalize("NFC", password)
    if not SHORTEST_PASSWORD <= len(text) <= LONGEST_PASSWORD:
        raise invalid("/password", "password_length", low=SHORTEST_PASSWORD, high=LONGEST_PASSWORD)
    easy = {folded(name) for name in names if name} | {"hainantracker", "海南倡议"}
    if len(set(text)) < 5 or folded(text).strip("0123456789!. ") in easy:
        raise invalid("/password", "password_guessable")
    return text


@command("token:create", Permission.ADMIN)
def create_token(session: WriteSession, user: str, scope: Scope) -> str:
    """A new token of the user, shown this once; it lasts a year. Raises NotFound, or Invalid for a scope above the role."""
    found = session.first(select(_U.id, _U.role).where(_U.name_key == folded(user)))
    if found is None:
        raise NotFound("no_such_user", name=user)
    if list(Scope).index(scope) > list(Role).index(Role(found.role)):
        raise invalid("/scope", "scope_above_role", scope=scope, role=found.role)
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    session.add(
        tables.Token(
            user_id=found.id, secret_sha256=_digest(secret), scope=scope, created_at=session.now,
            expires_at=session.now + dt.timedelta(days=TOKEN_DAYS),
        )
    )  # fmt: skip
    return secret


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def authenticate(session: Reading, secret: str) -> Actor:
    """Whom a bearer token stands for. Raises SignInRequired for one that is unknown, malformed or expired."""
    if len(secret) != TOKEN_LENGTH or not secret.startswith(TOKEN_PREFIX) or not secret.isascii():
        raise SignInRequired
    row = session.first(_BEARER, digest=_digest(secret))
    if row is None or row.expires_at <= session.now:
        raise SignInRequired
    return Actor(row.actor_id, Role(row.role), Scope(row.scope), row.code, signed_in=True)


def names(session: Reading, actors: Iterable[str]) -> dict[str, str]:
    """The names behind actor ids, for staff; readers see organizations only, so for them the answer is empty."""
    wanted = set(actors)
    if not session.actor.is_staff or not wanted:
        return {}
    return {row[0]: row[1] for row in session.rows(_NAMES, actors=list(wanted))}
