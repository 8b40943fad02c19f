"""The first administrator: a one-time secret on the server lets somebody make the account that makes all others."""

import datetime as dt

import msgspec
from sqlalchemy import delete, select

from app.actors import Permission, Role, system_actor
from app.db import Database
from app.db.sessions import Reading, WriteSession
from app.domain.accounts import add_user, keep_secret, used_secret
from app.domain.columns import ONE_TIME_SECRET as _S
from app.domain.columns import USER as _U
from app.domain.commands import Asks, command
from app.domain.intake import Line
from app.domain.people import new_secret
from app.domain.sign_ins import Secret
from app.errors import NotFound, invalid

PURPOSE = "first-administrator"
HOURS = 24
_ADMINISTRATOR = select(_U.id).where(_U.role == Role.ADMIN, _U.disabled_at.is_(None)).limit(1)


class FirstAdministrator(msgspec.Struct, frozen=True):
    """The account to make, and the one-time secret from the server's file. The password has 15 to 256 characters."""

    name: Line
    password: Secret
    secret: Secret


def has_administrator(session: Reading) -> bool:
    return session.value(_ADMINISTRATOR) is not None


def renew_secret(db: Database) -> str | None:
    """A new one-time secret, good for 24 hours, in place of the last; None where there is an administrator."""
    with db.write(system_actor("start")) as session:
        if has_administrator(session):
            session.derive(delete(_S).where(_S.purpose == PURPOSE), {})
            return None
        secret = new_secret("hnf_")
        keep_secret(session, PURPOSE, secret, session.now + dt.timedelta(hours=HOURS))
        return secret


def refuse_where_there_is_one(session: Reading) -> None:
    """Raise NotFound where there is an administrator: then nobody can become the first."""
    if has_administrator(session):
        raise NotFound


@command("administrator:create", Permission.READ, asks=Asks.NOTHING, personal=True)
def make_first_administrator(session: WriteSession, given: FirstAdministrator) -> str:
    """Make the account and return its actor id; the secret is used up. Raises NotFound, and Invalid for a wrong secret."""
    refuse_where_there_is_one(session)
    if not used_secret(session, PURPOSE, given.secret):
        raise invalid("/secret", "secret_wrong")
    return add_user(session, given.name, Role.ADMIN, None, given.password)
