"""Records by their names, as people type them."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from app.db.sessions import Reading
from app.domain.actions import action
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import DOCUMENT as _D
from app.domain.statuses import status_update
from app.errors import NotFound
from app.gate import folded
from app.names import slug_of


def named(session: Reading, words: str) -> tuple[str, str] | None:
    """The kind and the ref (of a document its symbol) of the record called so, whatever the case; None where the actor sees none."""
    return next(((kind, found) for kind, find in _KINDS.items() if (found := find(session, words.strip()))), None)


def _commitment(session: Reading, name: str) -> str | None:
    ref: str | None = session.value(select(_C.ref).where(_C.ref_key == folded(name)))
    return ref


def _update(session: Reading, name: str) -> str | None:
    base, _, number = name.rpartition(".")
    of = _commitment(session, base) if base else None
    return _seen(lambda: status_update(session, f"{of}.{number}").ref) if of else None


def _action(session: Reading, name: str) -> str | None:
    return _seen(lambda: action(session, name.upper()).ref)


def _document(session: Reading, name: str) -> str | None:
    slugs = {slug_of(name), slug_of(name.upper())}  # symbols are in capitals; to fold what is stored would read all of it for every search
    symbol: str | None = session.value(select(_D.symbol).where(_D.slug.in_(slugs)))
    return symbol


def _seen(find: Callable[[], str]) -> str | None:
    try:
        return find()
    except NotFound:
        return None


_KINDS: dict[str, Callable[[Any, str], str | None]] = {
    "commitment": _commitment,
    "status_update": _update,
    "action": _action,
    "document": _document,
}
