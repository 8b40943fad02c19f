"""Users: who they are, what they may do, and the codes with which they choose a password."""

import datetime as dt
import secrets
from typing import Any

import msgspec
from sqlalchemy import delete, func, select

from app import tables_people
from app.actors import Permission, Role
from app.codes import NAME_LENGTH, SecurityEventKind
from app.db.sessions import Reading, WriteSession
from app.db.types import moment_text
from app.domain.columns import ONE_TIME_SECRET as _S
from app.domain.columns import ORGANIZATION as _O
from app.domain.columns import SIGN_IN, TOKEN
from app.domain.columns import USER as _U
from app.domain.commands import command, internal_key, view
from app.domain.intake import Code, Line
from app.domain.lists import Paging, Place, cursor_of, digest, number_of, place_of
from app.domain.passwords import hashed, password_errors
from app.domain.people import digest as secret_digest
from app.domain.people import new_secret
from app.domain.security_events import HERE, Origin, record_event
from app.domain.shapes import Moment, Page, Version, as_text
from app.domain.throttle import forget_failures
from app.errors import Conflict, FieldError, Invalid, NotFound, invalid
from app.gate import folded, passed

CODE_PREFIX = "hnc_"
CODE_HOURS = 24
_COLUMNS = select(
    _U.actor_id, _U.name, _U.role, _O.code, _U.disabled_at.is_not(None), as_text(_U.created_at), _U.version, _U.id
).outerjoin(_O, _O.id == _U.organization_id)  # fmt: skip


class User(msgspec.Struct, frozen=True):
    """A person or a program with a role; `disabled` accounts can do nothing, and their sign-ins and tokens are gone."""

    id: str
    name: str
    role: Role
    organization: str | None
    disabled: bool
    created_at: Moment
    version: Version


class NewUser(msgspec.Struct, frozen=True, kw_only=True):
    """What a new user needs; the answer holds a code with which he chooses his password."""

    name: Line
    role: Role
    organization: Code | None = None


class UserFields(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of a user."""

    name: Line
    role: Role
    organization: Code | None = None
    disabled: bool = False


class OneTimeCode(msgspec.Struct, frozen=True):
    """A code with which a user chooses a password, shown this once and good for 24 hours."""

    user: str
    code: str
    expires_at: Moment


@view(Permission.ADMIN)
def users(session: Reading, filters: Paging) -> Page[User]:
    """One page of the users in the order in which they were made."""
    place = place_of(filters, 1)
    total = place.total if place else int(session.value(select(func.count()).select_from(_U)))
    after = number_of(place)
    rows = session.rows(_COLUMNS.where(_U.id > after).order_by(_U.id).limit(filters.limit + 1))
    shown = rows[: filters.limit]
    more = len(rows) > filters.limit
    return Page([_shape(row) for row in shown], total, cursor_of(Place(digest(filters), total, [str(shown[-1][7])])) if more else None)


@view(Permission.ADMIN)
def user(session: Reading, actor_id: str) -> User:
    """One user. Raises NotFound."""
    row = session.first(_COLUMNS.where(_U.actor_id == actor_id))
    if row is None:
        raise NotFound
    return _shape(row)


def _shape(row: Any) -> User:
    actor_id, name, role, organization, disabled, created_at, version, _ = row
    return User(actor_id, name, Role(role), organization, bool(disabled), created_at, version)


def find_user(session: WriteSession, actor_id: str) -> tables_people.User:
    """The row of a user, to change it. Raises NotFound."""
    found: tables_people.User | None = session.scalars(select(_U).where(_U.actor_id == actor_id)).first()
    if found is None:
        raise NotFound
    return found


def user_named(session: WriteSession, name: str) -> tables_people.User:
    """The row of a user by name, whatever its spelling. Raises NotFound."""
    return find_user(session, id_of(session, name))


def id_of(session: Reading, name: str) -> str:
    """The actor id of a user by name, whatever its spelling. Raises NotFound."""
    found: str | None = session.value(select(_U.actor_id).where(_U.name_key == folded(name)))
    if found is None:
        raise NotFound("no_such_user", name=name)
    return found


@command("user:create", Permission.ADMIN, personal=True)
def create_user(session: WriteSession, new: NewUser, origin: Origin = HERE) -> OneTimeCode:
    """Add a user without a password. Raises Invalid for a focal point without organization, Conflict for a taken name."""
    row = _added(session, new, "")
    record_event(session, SecurityEventKind.USER_MADE, subject=row.actor_id, origin=origin, detail=new.role)
    return _code_for(session, row)


@command("user:add", Permission.ADMIN, personal=True)
def add_user(session: WriteSession, name: str, role: Role, organization: str | None, password: str) -> str:
    """Add a user with a password and return the opaque actor id; for the command line and the first administrator."""
    shown = passed(name, "/name", limit=NAME_LENGTH, lines=False)
    if isinstance(shown, FieldError):
        raise Invalid(errors=(shown,))
    names = (shown, *organization_names(session, organization))
    if errors := password_errors(password, "/password", names):
        raise Invalid(errors=tuple(errors))
    row = _added(session, NewUser(name=shown, role=role, organization=organization), hashed(password))
    record_event(session, SecurityEventKind.USER_MADE, subject=row.actor_id, detail=role)
    return row.actor_id


def _added(session: WriteSession, new: NewUser, password_hash: str) -> tables_people.User:
    _refuse_homeless(new.role, new.organization)
    key = internal_key(session, _O, "code", new.organization, "/organization")
    _refuse_taken(session, new.name, None)
    row = tables_people.User(
        actor_id=f"u-{secrets.token_hex(8)}", name=new.name, name_key=folded(new.name), role=new.role, organization_id=key,
        password_hash=password_hash, created_at=session.now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _affiliate(session, row)
    return row


def _affiliate(session: WriteSession, row: tables_people.User) -> None:
    """From now on he writes for the organization of his account; what he did before stays with the one before."""
    session.add(tables_people.Affiliation(user_id=row.id or 0, organization_id=row.organization_id, since=session.now))


def _refuse_homeless(role: Role, organization: str | None) -> None:
    if role is Role.CONTRIBUTOR and organization is None:
        raise invalid("/organization", "organization_needed")


def _refuse_taken(session: Reading, name: str, own: str | None) -> None:
    holder = session.value(select(_U.actor_id).where(_U.name_key == folded(name)))
    if holder not in (None, own):
        raise Conflict("user_exists", name=name)


def organization_names(session: Reading, code: str | None) -> tuple[str | None, ...]:
    """What an organization is called: none of it makes a password."""
    row = session.first(select(_O.code, _O.name_zh, _O.name_en, _O.acronym).where(_O.code == code)) if code else None
    return tuple(row) if row else ()


def user_fields(session: Reading, row: tables_people.User) -> dict[str, Any]:
    """What a merge patch starts from."""
    organization = session.value(select(_O.code).where(_O.id == row.organization_id))
    return {"name": row.name, "role": row.role, "organization": organization, "disabled": row.disabled_at is not None}


@command("user:change", Permission.ADMIN, personal=True)
def change_user(session: WriteSession, row: tables_people.User, fields: UserFields, origin: Origin = HERE) -> None:
    """Change a user. A new role ends all sign-ins; disabling ends them and all tokens at once, for good. Another organization counts
    from now on: what he did before stays with the one before.

    Raises Invalid for a focal point without organization, Conflict for a taken name and where no administrator would be left.
    """
    _refuse_homeless(fields.role, fields.organization)
    key = internal_key(session, _O, "code", fields.organization, "/organization")
    _refuse_taken(session, fields.name, row.actor_id)
    role_changed, disabled = fields.role != row.role, fields.disabled and row.disabled_at is None
    if (role_changed or disabled) and row.role == Role.ADMIN and not _others_administer(session, row):
        raise Conflict("last_administrator")
    if change := _told(user_fields(session, row), fields):
        record_event(session, SecurityEventKind.ROLE_CHANGED, subject=row.actor_id, origin=origin, detail=change)
    if role_changed:
        end_sign_ins(session, row)
    if fields.disabled != (row.disabled_at is not None):
        _switch(session, row, fields.disabled, origin)
    moved, row.organization_id = key != row.organization_id, key
    row.name, row.name_key, row.role = fields.name, folded(fields.name), fields.role
    row.version += 1
    if moved:
        _affiliate(session, row)


def _told(now: dict[str, Any], fields: UserFields) -> str:
    """What an event tells of a change: `contributor editor`, `editor@cnsa editor@unoosa`, `name`; empty where there is nothing to tell."""
    places = (f"@{now['organization'] or '-'}", f"@{fields.organization or '-'}")
    before, after = (f"{role}{at if places[0] != places[1] else ''}" for role, at in zip((now["role"], fields.role), places, strict=True))
    return " ".join(([before, after] if before != after else []) + (["name"] if fields.name != now["name"] else []))


def _others_administer(session: Reading, row: tables_people.User) -> bool:
    return bool(session.value(select(_U.id).where(_U.role == Role.ADMIN, _U.disabled_at.is_(None), _U.id != row.id).limit(1)))


def _switch(session: WriteSession, row: tables_people.User, disabled: bool, origin: Origin) -> None:
    row.disabled_at = session.now if disabled else None
    kind = SecurityEventKind.DISABLED if disabled else SecurityEventKind.ENABLED
    record_event(session, kind, subject=row.actor_id, origin=origin)
    if disabled:
        end_sign_ins(session, row)
        session.derive(delete(TOKEN).where(TOKEN.user_id == row.id), {})
        session.derive(delete(_S).where(_S.purpose == password_purpose(row.actor_id)), {})


def end_sign_ins(session: WriteSession, row: tables_people.User, *, but: int | None = None) -> None:
    """End every place a user is signed in at, except one."""
    session.derive(delete(SIGN_IN).where(SIGN_IN.user_id == row.id, SIGN_IN.id != (but or 0)), {})


@command("user:reset", Permission.ADMIN, personal=True)
def reset_password(session: WriteSession, row: tables_people.User, origin: Origin = HERE) -> OneTimeCode:
    """A code with which the user chooses a new password, and an account that opens again after too many failures.

    The password, sign-ins and tokens of today go on until the code is used. Raises Conflict for a disabled user.
    """
    if row.disabled_at is not None:
        raise Conflict("user_disabled", name=row.name)
    forget_failures(session, row.name)
    record_event(session, SecurityEventKind.RESET_GIVEN, subject=row.actor_id, origin=origin)
    return _code_for(session, row)


def password_purpose(actor_id: str) -> str:
    return f"password:{actor_id}"


def _code_for(session: WriteSession, row: tables_people.User) -> OneTimeCode:
    code = new_secret(CODE_PREFIX)
    expires_at = session.now + dt.timedelta(hours=CODE_HOURS)
    keep_secret(session, password_purpose(row.actor_id), code, expires_at)
    return OneTimeCode(row.actor_id, code, moment_text(expires_at))


def keep_secret(session: WriteSession, purpose: str, secret: str, expires_at: dt.datetime) -> None:
    """Keep the hash of a one-time secret in place of an earlier one for the same purpose."""
    row = session.get(tables_people.OneTimeSecret, purpose)
    if row is None:
        row = tables_people.OneTimeSecret(purpose=purpose, secret_sha256="", expires_at=expires_at)  # set in the next line
        session.add(row)
    row.secret_sha256, row.expires_at = secret_digest(secret), expires_at


def is_secret(session: Reading, purpose: str, secret: str) -> bool:
    """Whether the one-time secret is good."""
    row = session.first(select(_S.secret_sha256, _S.expires_at).where(_S.purpose == purpose))
    return row is not None and row.expires_at > session.now and row.secret_sha256 == secret_digest(secret)


def used_secret(session: WriteSession, purpose: str, secret: str) -> bool:
    """Whether the one-time secret is good; then it is gone."""
    good = is_secret(session, purpose, secret)
    if good:
        session.derive(delete(_S).where(_S.purpose == purpose), {})
    return good


@command("user:password", Permission.ADMIN, personal=True)
def set_password(session: WriteSession, row: tables_people.User, password: str) -> None:
    """Give a user another password; for the command line. Raises Invalid."""
    organization = session.value(select(_O.code).where(_O.id == row.organization_id))
    if errors := password_errors(password, "/password", (row.name, *organization_names(session, organization))):
        raise Invalid(errors=tuple(errors))
    store_password(session, row, hashed(password), HERE)


def store_password(session: WriteSession, row: tables_people.User, password_hash: str, origin: Origin) -> None:
    """Put a new hash in place; every sign-in ends, failures are forgotten, and an unused code is void."""
    row.password_hash = password_hash
    end_sign_ins(session, row)
    forget_failures(session, row.name)
    session.derive(delete(_S).where(_S.purpose == password_purpose(row.actor_id)), {})
    record_event(session, SecurityEventKind.PASSWORD_CHANGED, subject=row.actor_id, origin=origin)
