"""The history of a record told in words: who did what, and every field that changed, with its label in the language of the page."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec
from markupsafe import Markup, escape

from app.db.sessions import Reading
from app.domain.history import FieldChange, HistoryEntry, Named, with_page
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
_REFERRING = {"commitment": "commitment", "parent": "commitment", "action": "action", "corrects": "status_update"}
"""What kind of record a field names."""
_PAGES = {"commitment": "commitments", "action": "actions", "status_update": "updates"}
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
    named: Markup
    entity: str
    reason: Markup | None
    fields: list[Field]


def story(session: Reading, lang: Lang, entries: Iterable[HistoryEntry], names: Labels) -> list[Told]:
    """The entries of a history, in their order; the refs in them lead to the pages that whoever asks can open."""
    told = list(entries)
    pages = with_page(session, {named for entry in told for named in _named(entry)})
    return [_told(lang, entry, names, pages) for entry in told]


def _named(entry: HistoryEntry) -> list[Named]:
    """What an entry names: its own record, both ends of a link, and what its fields refer to."""
    changes = [(change.field, value) for change in entry.changes for value in (change.before, change.after)]
    return [*_parts(entry), *((_REFERRING[field], value) for field, value in changes if field in _REFERRING and isinstance(value, str))]


def _parts(entry: HistoryEntry) -> list[Named]:
    if entry.entity != "link":
        return [(entry.entity, entry.ref)]
    action, _, commitment = entry.ref.partition("/")
    return [("action", action), ("commitment", commitment)]


def _told(lang: Lang, entry: HistoryEntry, names: Labels, pages: Collection[Named]) -> Told:
    reason = None if entry.reason is None else in_its_language(entry.reason)
    what = gettext(lang, ACTIONS.get(entry.action, N_("Changed")))
    named = Markup("/").join(_linked(lang, one, pages) for one in _parts(entry))
    fields = [field_told(lang, entry.entity, change, names, pages) for change in entry.changes]
    return Told(entry.seq, entry.at, _who(lang, entry, names), what, entry.ref, named, entry.entity, reason, fields)


def _linked(lang: Lang, named: Named, pages: Collection[Named]) -> Markup:
    page = link(lang, *named) if named in pages else None
    return escape(named[1]) if page is None else Markup('<a href="{}">{}</a>').format(page, named[1])


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


def field_told(lang: Lang, entity: str, change: FieldChange, names: Labels, pages: Collection[Named] = ()) -> Field:
    """One change of one field, whose path is written with dots (`text.en`); what it refers to is linked if it is one of `pages`."""
    name, _, side = change.field.partition(".")
    title = field_name(lang, name) or name
    if side in list(Lang) and name != "authority":
        shown = gettext(lang, _IN[Lang(side)], field=title)
        return Field(shown, TAGS[Lang(side)], pieces(change.before or "", change.after or ""), None, None)
    if side:
        title = gettext(lang, _IN[Lang(side)], field=title)
    before, after = (
        _reference(lang, name, value, pages) or value_words(lang, entity, name, value, names) for value in (change.before, change.after)
    )
    return Field(title, None, [], before, after)


def _reference(lang: Lang, name: str, value: Any, pages: Collection[Named]) -> Markup | None:
    """The link to what a field refers to; None where it refers to nothing that has a page."""
    named = (_REFERRING.get(name, ""), value) if isinstance(value, str) else None
    return _linked(lang, named, pages) if named is not None and named in pages else None


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
    return address(lang, _PAGES[entity], ref) if entity in _PAGES else None
