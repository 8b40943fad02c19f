"""What every command shares: who may run it, what it is called in the ledger, and which version it was meant for."""

import datetime as dt
import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import select

from app.actors import Permission
from app.db.sessions import Reading, WriteSession
from app.errors import FieldError, Outdated, invalid

P = ParamSpec("P")
R = TypeVar("R")

COMMANDS: dict[str, Permission] = {}
"""Every command by its action (`noun:verb`) with the permission it needs: the table of who may do what."""


def command(
    action: str, permission: Permission
) -> Callable[[Callable[Concatenate[WriteSession, P], R]], Callable[Concatenate[WriteSession, P], R]]:
    """Make a function a command: it refuses whoever lacks the permission, and names the ledger entries of its session."""
    COMMANDS[action] = permission

    def wrap(function: Callable[Concatenate[WriteSession, P], R]) -> Callable[Concatenate[WriteSession, P], R]:
        @functools.wraps(function)
        def run(session: WriteSession, /, *args: P.args, **kwargs: P.kwargs) -> R:
            session.actor.require(permission)
            session.action = session.action or action
            return function(session, *args, **kwargs)

        run.permission, run.action = permission, action  # type: ignore[attr-defined]  # the doors ask before they read any input
        return run

    return wrap


class Versioned(Protocol):
    version: int


def expect(row: Versioned, version: int) -> None:
    """Raise Outdated unless the caller has seen the present version."""
    if row.version != version:
        raise Outdated("tag_outdated", version=row.version)


def latest_day(now: dt.datetime) -> dt.date:
    """The latest date accepted anywhere: today at UTC+14, where the day begins first."""
    return (now + dt.timedelta(hours=14)).date()


def day_error(pointer: str, adopted_on: dt.date | None, day: dt.date, now: dt.datetime) -> list[FieldError]:
    """What is wrong with an effective or confirmation date: it lies between the document's adoption and today."""
    if adopted_on is not None and day < adopted_on:
        return [FieldError(pointer, "date_too_early", {"date": adopted_on.isoformat()})]
    if day > latest_day(now):
        return [FieldError(pointer, "date_too_late", {"date": latest_day(now).isoformat()})]
    return []


def internal_key(session: Reading, model: Any, name: str, ref: str | None, pointer: str) -> int | None:
    """The internal key of a record by its public key column `name`; None for None. Raises Invalid for an unknown one."""
    if ref is None:
        return None
    found: int | None = session.value(select(model.id).where(getattr(model, name) == ref))
    if found is None:
        raise invalid(pointer, "unknown_reference", entity=model.__tablename__, ref=ref)
    return found
