"""How often somebody may fail to sign in: per account, per address, and altogether, counted in the database for all processes.

An attempt is counted before the password is compared, so that a hundred at once are no way around it, and taken back when it
was good. An account has two counts: one for places its owner has signed in from lately, and one for everybody else. So whoever
guesses from elsewhere keeps out others who guess, and never the owner at the usual place. A count that nobody adds to is
forgotten after 30 days, a name that nobody has like any other, so that neither the answer nor its time tells which names exist.
"""

import datetime as dt
import hashlib
import ipaddress
from collections.abc import Iterable

import msgspec
from sqlalchemy import bindparam, delete, select

from app import tables_people
from app.codes import SecurityEventKind
from app.db.sessions import Reading, WriteSession
from app.domain.columns import SECURITY_EVENT as _E
from app.domain.columns import THROTTLE as _T
from app.domain.security_events import Origin, record_event
from app.errors import TooManyAttempts
from app.gate import folded

WINDOW = dt.timedelta(minutes=5)
FIRST_WAIT, LONGEST_WAIT = dt.timedelta(seconds=30), dt.timedelta(minutes=15)
CONSECUTIVE = 100
_QUIET = WINDOW + 2 * LONGEST_WAIT
_FORGOTTEN = dt.timedelta(days=30)
_KNOWN_PLACE = dt.timedelta(days=90)
_IPV6_NETWORK = 64
_OLD = delete(_T).where(_T.last_at < bindparam("limit"))
_SEEN_THERE = select(_E.id).where(
    _E.subject == bindparam("subject"),
    _E.kind == SecurityEventKind.SIGNED_IN,
    _E.at > bindparam("limit"),
    _E.address == bindparam("address"),
)


class Subject(msgspec.Struct, frozen=True):
    """What is counted, how many failures it may have in five minutes, and whether it is one account."""

    key: str
    limit: int
    account: bool = False


def subjects(session: Reading, name: str, actor_id: str | None, origin: Origin) -> list[Subject]:
    """What an attempt counts for. From a place the owner is known at, only the account counts, by itself."""
    account = f"name:{hashlib.sha256(folded(name).encode()).hexdigest()}"
    limit = session.now - _KNOWN_PLACE
    known = session.first(_SEEN_THERE, subject=actor_id or "", limit=limit, address=origin.address or "")
    if known is not None:
        return [Subject(f"{account} {origin.address}", 10, account=True)]
    return [Subject(account, 10, account=True), *address_subjects(origin)]


def address_subjects(origin: Origin) -> list[Subject]:
    """What an attempt counts for beside the account."""
    return [Subject(f"address:{_network(origin.address)}", 50), Subject("all", 1000)]


def _network(address: str | None) -> str:
    """The address, or the network of an IPv6 one: whoever has one address of it has all."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((found, _IPV6_NETWORK), strict=False)) if found.version == 6 else str(found)


def refuse_throttled(session: Reading, asked: Iterable[Subject]) -> None:
    """Raise TooManyAttempts where one of the counts has to wait, or an account was tried a hundred times in a row."""
    found = {row.key: row for row in session.rows(select(_T.key, _T.until, _T.consecutive).where(_T.key.in_([one.key for one in asked])))}
    rows = [(one, found[one.key]) for one in asked if one.key in found]
    if any(one.account and row.consecutive >= CONSECUTIVE for one, row in rows):
        raise TooManyAttempts("reset_needed", seconds=int(LONGEST_WAIT.total_seconds()))
    waits = [(row.until - session.now).total_seconds() for _, row in rows if row.until and row.until > session.now]
    if waits:
        raise TooManyAttempts("wait", seconds=int(max(waits)) + 1)


def count_attempts(session: WriteSession, asked: Iterable[Subject], subject: str | None, origin: Origin) -> None:
    """Count an attempt as failed. Raises TooManyAttempts as `refuse_throttled`, in the same transaction, so that none slips through."""
    refuse_throttled(session, asked)
    session.derive(_OLD, {"limit": session.now - _FORGOTTEN})
    for one in asked:
        row = session.get(tables_people.Throttle, one.key)
        if row is None:
            row = tables_people.Throttle(
                key=one.key, failures=0, since=session.now, waits=0, until=None, consecutive=0, last_at=session.now
            )
            session.add(row)
        if _counted(row, one, session.now):
            detail = one.key.partition(":")[0]
            record_event(session, SecurityEventKind.THROTTLED, subject=subject, origin=origin, detail=detail)


def _counted(row: tables_people.Throttle, subject: Subject, now: dt.datetime) -> bool:
    """Add one failure; true where a wait begins with it."""
    over = now - row.since > WINDOW and (row.waits == 0 or not subject.account)
    if over or now - row.last_at > _QUIET:
        row.failures, row.waits, row.since = 0, 0, now
    row.failures += 1
    row.consecutive += 1
    row.last_at = now
    if row.failures < subject.limit:
        return False
    row.until = now + _wait(row, subject, now)
    row.waits += 1
    return True


def _wait(row: tables_people.Throttle, subject: Subject, now: dt.datetime) -> dt.timedelta:
    """Twice as long each time for an account; for an address and for all, until the window has passed."""
    if subject.account:
        return min(FIRST_WAIT * (1 << min(row.waits, 10)), LONGEST_WAIT)
    return max(row.since + WINDOW - now, FIRST_WAIT)


def take_back(session: WriteSession, asked: Iterable[Subject]) -> None:
    """The attempt was good: forget the failures of the account, and the one that was counted for the address and for all."""
    for one in asked:
        row = session.get(tables_people.Throttle, one.key)
        if row is not None and one.account:
            session.delete(row)
        elif row is not None:
            row.failures -= 1
            row.consecutive -= 1
            row.until = row.until if row.failures >= one.limit else None


def forget_failures(session: WriteSession, name: str) -> None:
    """Open an account that was tried too often; also for the places its owner is known at."""
    account = f"name:{hashlib.sha256(folded(name).encode()).hexdigest()}"
    session.derive(delete(_T).where(_T.key.startswith(account, autoescape=True)), {})
