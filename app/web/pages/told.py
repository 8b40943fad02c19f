"""The history of a record told in words: who did what, and every field that changed, with its label in the language of the page."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from markupsafe import Markup, escape

from app.domain.history import FieldChange, HistoryEntry
from app.domain.labels import Labels
from app.errors import N_
from app.i18n import Lang, Text, day_words, gettext
from app.record_words import ACTIONS, FIELDS, field_name
from app.web.pages.differences import Piece, pieces
from app.web.rendering import TAGS, address, in_its_language, label, name_of

_IN = {Lang.ZH: N_("{field} (Chinese)"), Lang.EN: N_("{field} (English)")}
_VOCABULARIES = {
    "tracking": "tracking", "contribution": "contributions", "state": "update_states", "priority": "priorities", "basis": "bases",
    "authority": "authorities",
}  # fmt: skip
_OF_ENTITY = {
    ("status", "commitment"): "statuses", ("status", "status_update"): "statuses", ("status", "action"): "action_states",
    ("status", "event"): "event_states", ("kind", "commitment"): "kinds", ("kind", "status_update"): "evidence_kinds",
    ("kind", "action"): "evidence_kinds", ("kind", "organization"): "organization_kinds",
}  # fmt: skip
_ORGANIZATIONS = ("organization", "owner", "responsible", "partners", "organizers", "code")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Field(msgspec.Struct, frozen=True):
    """One change of one field. `pieces` are there for texts, else what it was and what it is."""

    name: str
    tag: str | None
    pieces: list[Piece]
    before: Markup | None
    after: Markup | None


class Told(msgspec.Struct, frozen=True):
    """One entry of a history."""

    seq: int
    at: str
    who: Markup
    what: str
    ref: str
    entity: str
    reason: Markup | None
    fields: list[Field]


def story(lang: Lang, entries: Iterable[HistoryEntry], names: Labels) -> list[Told]:
    """The entries of a history, in their order."""
    return [_told(lang, entry, names) for entry in entries]


def _told(lang: Lang, entry: HistoryEntry, names: Labels) -> Told:
    reason = None if entry.reason is None else in_its_language(entry.reason)
    what = gettext(lang, ACTIONS.get(entry.action, N_("Changed")))
    fields = [field_told(lang, entry.entity, change, names) for change in entry.changes]
    return Told(entry.seq, entry.at, _who(lang, entry, names), what, entry.ref, entry.entity, reason, fields)


def _who(lang: Lang, entry: HistoryEntry, names: Labels) -> Markup:
    actor = entry.actor
    if actor.name is not None and actor.name.startswith("system:"):
        return escape(gettext(lang, N_("the program")))
    body = None if actor.organization is None else name_of(lang, names.organizations, actor.organization)
    if actor.name is None:
        return body if body is not None else escape(gettext(lang, N_("a person")))
    return (
        escape(actor.name)
        if body is None
        else escape(gettext(lang, N_("{name} ({organization})"))).format(name=actor.name, organization=body)
    )


def field_told(lang: Lang, entity: str, change: FieldChange, names: Labels) -> Field:
    """One change of one field, whose path is written with dots (`text.en`)."""
    name, _, side = change.field.partition(".")
    title = field_name(lang, name) or name
    if side in list(Lang) and name != "authority":
        shown = gettext(lang, _IN[Lang(side)], field=title)
        return Field(shown, TAGS[Lang(side)], pieces(change.before or "", change.after or ""), None, None)
    if side:
        title = gettext(lang, _IN[Lang(side)], field=title)
    before, after = (value_words(lang, entity, name, value, names) for value in (change.before, change.after))
    return Field(title, None, [], before, after)


def value_words(lang: Lang, entity: str, name: str, value: Any, names: Labels) -> Markup | None:
    """A value in words; None for nothing."""
    if value is None or value == []:
        return None
    if isinstance(value, list):
        inner = Markup("").join(Markup("<li>{}</li>").format(value_words(lang, entity, name, one, names) or "") for one in value)
        return Markup("<ul>{}</ul>").format(inner)
    if isinstance(value, dict):
        return _record(lang, entity, value, names)
    vocabulary = _VOCABULARIES.get(name) or _OF_ENTITY.get((name, entity))
    if vocabulary:
        return escape(label(lang, vocabulary, value))
    if name in _ORGANIZATIONS and value in names.organizations:
        return name_of(lang, names.organizations, value)
    if name in ("event", "framework"):
        return name_of(lang, names.events if name == "event" else names.frameworks, value)
    if isinstance(value, str) and _DAY.fullmatch(value):
        return escape(day_words(lang, value))
    return in_its_language(value) if isinstance(value, str) else escape(value)


def _record(lang: Lang, entity: str, value: Mapping[str, Any], names: Labels) -> Markup:
    """The fields of something inside a list that say something."""
    parts = []
    for name, inner in value.items():
        if name == "author":
            continue
        told = (
            _pair(Text(**inner))
            if isinstance(inner, dict) and set(inner) <= {"zh", "en"}
            else value_words(lang, entity, name, inner, names)
        )
        if told:
            shown = gettext(lang, FIELDS[name]) if name in FIELDS else name
            parts.append(escape(gettext(lang, N_("{field}: {value}"))).format(field=shown, value=told))
    return Markup("<br>").join(parts)


def _pair(text: Text) -> Markup:
    sides = [(one, getattr(text, one)) for one in Lang if getattr(text, one) is not None]
    return Markup(" / ").join(Markup('<span lang="{}">{}</span>').format(TAGS[one], side) for one, side in sides)


def link(lang: Lang, entity: str, ref: str) -> str | None:
    """The page of the record that an entry is about."""
    match entity:
        case "commitment":
            return address(lang, "commitments", ref)
        case "action":
            return address(lang, "actions", ref)
    return None
