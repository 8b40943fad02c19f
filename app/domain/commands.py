"""What every command shares: who may run it, what it is called in the ledger, and which version it was meant for."""

import datetime as dt
import enum
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import msgspec
from sqlalchemy import select

from app.actors import Actor, Permission
from app.codes import HIGHEST_NUMBER
from app.db.sessions import Reading, WriteSession
from app.errors import Conflict, FieldError, Invalid, Outdated, SignInRequired

P = ParamSpec("P")
R = TypeVar("R")


class Asks(enum.Enum):
    """Whom a command or a view is for: whoever has the permission, is signed in, may change his own account, or anybody at all."""

    PERMISSION = enum.auto()
    SIGNED_IN = enum.auto()
    ACCOUNT = enum.auto()
    NOTHING = enum.auto()


class Right(msgspec.Struct, frozen=True):
    """Who may do or see something. What is `personal` is about people: it is in no ledger, and no answer to it is stored anywhere."""

    action: str
    permission: Permission
    asks: Asks
    personal: bool

    def require(self, actor: Actor) -> None:
        """Raise SignInRequired or Forbidden for an actor who may not."""
        if self.asks is Asks.SIGNED_IN and not actor.signed_in:
            raise SignInRequired
        if self.asks is Asks.ACCOUNT:
            actor.require_account()
        actor.require(self.permission)


COMMANDS: dict[str, Right] = {}
"""Every command by its action (`noun:verb`) with the right it asks for: the table of who may do what."""


def right_of(function: Callable[..., Any]) -> Right:
    """The right that a command or view asks for; doors ask it before they read any input."""
    found: Right = function.right  # type: ignore[attr-defined]  # set by @command and @view
    return found


def command(
    action: str, permission: Permission, *, asks: Asks = Asks.PERMISSION, personal: bool = False
) -> Callable[[Callable[Concatenate[WriteSession, P], R]], Callable[Concatenate[WriteSession, P], R]]:
    """Make a function a command: it refuses whoever lacks the permission, and names the ledger entries of its session."""
    right = COMMANDS[action] = Right(action, permission, asks, personal)

    def wrap(function: Callable[Concatenate[WriteSession, P], R]) -> Callable[Concatenate[WriteSession, P], R]:
        @functools.wraps(function)
        def run(session: WriteSession, /, *args: P.args, **kwargs: P.kwargs) -> R:
            right.require(session.actor)
            session.action = session.action or action
            return function(session, *args, **kwargs)

        run.permission, run.action, run.right = permission, action, right  # type: ignore[attr-defined]  # the doors ask before they read any input
        return run

    return wrap


def view(
    permission: Permission,
) -> Callable[[Callable[Concatenate[Reading, P], R]], Callable[Concatenate[Reading, P], R]]:
    """Make a function a view of people: it takes a sign-in or a token, and the permission."""
    right = Right("view", permission, Asks.SIGNED_IN, personal=True)

    def wrap(function: Callable[Concatenate[Reading, P], R]) -> Callable[Concatenate[Reading, P], R]:
        @functools.wraps(function)
        def run(session: Reading, /, *args: P.args, **kwargs: P.kwargs) -> R:
            right.require(session.actor)
            return function(session, *args, **kwargs)

        run.right = right  # type: ignore[attr-defined]  # the doors ask before they read any input
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


@contextmanager
def gathered(errors: list[FieldError]) -> Iterator[None]:
    """Raise Invalid with these errors and those of the block, so that all are told at once."""
    try:
        yield
    except Invalid as found:
        errors = [*errors, *found.errors]
    if errors:
        raise Invalid(errors=tuple(errors))


def next_number(last: int | None) -> int:
    """The number behind the last one that was given. Raises Conflict where there is none left."""
    if (last or 0) >= HIGHEST_NUMBER:
        raise Conflict("no_number_left", limit=HIGHEST_NUMBER)
    return (last or 0) + 1


def internal_key(session: Reading, model: Any, name: str, ref: str | None, pointer: str) -> int | None:
    """The internal key of a record by its public key column `name`; None for None. Raises Invalid for an unknown one."""
    found, errors = key_or_error(session, model, name, ref, pointer)
    if errors:
        raise Invalid(errors=tuple(errors))
    return found


def key_or_error(session: Reading, model: Any, name: str, ref: str | None, pointer: str) -> tuple[int | None, list[FieldError]]:
    """The same for whoever has more to say about what was sent: the error of an unknown one stands beside the key."""
    if ref is None:
        return None, []
    found: int | None = session.value(select(model.id).where(getattr(model, name) == ref))
    unknown = FieldError(pointer, "unknown_reference", {"entity": model.__tablename__, "ref": ref})
    return found, [] if found is not None else [unknown]
