"""Codes with their labels in both languages, the rules that are data, and the crosswalk of statuses."""

import functools
from typing import Any

import msgspec
import yaml

from app.codes import Status, Tracking
from app.i18n import Text
from app.resources import resource


class Term(msgspec.Struct, frozen=True):
    """One code. `needs` is what a status update with it must have; `tracking` which commitments may take it."""

    code: str
    label: Text
    meaning: str | None = None
    tracking: tuple[str, ...] | None = None
    needs: str | None = None


class Crosswalk(msgspec.Struct, frozen=True):
    """How another vocabulary says our statuses: its word for each code, null where it has none, and what gets lost."""

    name: str
    provenance: str
    map: dict[str, str | None]
    loss: str


class Vocabularies(msgspec.Struct, frozen=True):
    statuses: tuple[Term, ...]
    kinds: tuple[Term, ...]
    tracking: tuple[Term, ...]
    contributions: tuple[Term, ...]
    authorities: tuple[Term, ...]
    translation_states: tuple[Term, ...]
    update_states: tuple[Term, ...]
    action_states: tuple[Term, ...]
    evidence_kinds: tuple[Term, ...]
    roles: tuple[Term, ...]
    crosswalk: tuple[Crosswalk, ...]


@functools.cache
def vocabularies() -> Vocabularies:
    """The vocabularies of `data/vocabularies.yaml`, whose labels may be corrected without touching code."""
    raw = yaml.safe_load((resource("data") / "vocabularies.yaml").read_text("utf-8"))
    lists = {name: tuple(_term(entry) for entry in raw[name]) for name in Vocabularies.__struct_fields__ if name != "crosswalk"}
    walks = tuple(
        Crosswalk(name=name, provenance=walk["provenance"], map=walk["map"], loss=walk["loss"]) for name, walk in raw["crosswalk"].items()
    )
    return Vocabularies(**lists, crosswalk=walks)


def _term(entry: dict[str, Any]) -> Term:
    tracking = tuple(entry["tracking"]) if "tracking" in entry else None
    label = Text(zh=entry["zh"], en=entry["en"])
    return Term(code=entry["code"], label=label, meaning=entry.get("meaning"), tracking=tracking, needs=entry.get("needs"))


@functools.cache
def _rules() -> dict[str, Term]:
    return {term.code: term for term in vocabularies().statuses}


def needs(status: Status) -> str | None:
    """`evidence`, `narrative` or None: what an update with this status must have."""
    return _rules()[status].needs


def allows(tracking: str, status: str) -> bool:
    """Whether a commitment tracked like this may take the status."""
    return tracking in (_rules()[status].tracking or tuple(Tracking))
