"""What an upload would change, told in words: every field before and after, and where in the file a value stands."""

import re
from typing import Any

import msgspec
from markupsafe import Markup, escape

from app.domain.history import FieldChange
from app.domain.labels import Labels
from app.errors import N_
from app.i18n import Lang, gettext
from app.interchange.columns import FIELDS, SHEETS
from app.interchange.upload_shapes import ImportField, ImportRecord
from app.record_words import field_name
from app.web.forms import Form
from app.web.pages.told import Field, field_told, link, value_words
from app.web.rendering import in_its_language

_HEADINGS = {field.name: field for fields in FIELDS.values() for field in fields}
_CELL = re.compile(r"(?:(.*)!)?([A-Z]{0,3})([0-9]{1,7})\Z", re.DOTALL)


class Changed(msgspec.Struct, frozen=True):
    """One field of a record: before and after, and what was exported where somebody else has changed it since."""

    field: Field
    where: Markup
    exported: Markup | None
    conflict: bool


class Previewed(msgspec.Struct, frozen=True):
    """What would happen to one record."""

    id: str
    entity: str
    ref: str | None
    link: str | None
    state: str
    where: Markup
    fields: list[Changed]


def previewed(lang: Lang, record: ImportRecord, names: Labels, *, by_lines: bool) -> Previewed:
    """A record of an upload. `by_lines` says that it is a record file, which has lines where a table has cells."""
    fields = [_changed(lang, record, change, names, by_lines) for change in record.changes]
    known = None if record.ref is None or record.state == "new" else link(lang, record.entity, record.ref)
    return Previewed(record.id, record.entity, record.ref, known, record.state, place(lang, record.where, by_lines=by_lines), fields)


def _changed(lang: Lang, record: ImportRecord, change: ImportField, names: Labels, by_lines: bool) -> Changed:
    name, after = _dotted(change.field), change.after
    if name.startswith("authority.") and isinstance(after, dict):
        after = after.get("authority")
    told = field_told(lang, record.entity, FieldChange(name, change.before, after), names)
    exported = value_words(lang, record.entity, name.partition(".")[0], change.exported, names) if change.conflict else None
    return Changed(told, place(lang, change.where, by_lines=by_lines), exported, change.conflict)


def _dotted(field: str) -> str:
    """The path of a field as histories have it: `text/en` and the column `text_en` are `text.en`."""
    first, *rest = field.split("/")
    if first == "languages":
        return f"authority.{rest[0]}"
    if rest:
        return f"{first}.{rest[-1]}" if rest[-1] in list(Lang) else rest[-1]
    name, _, side = field.rpartition("_")
    return f"{name}.{side}" if side in list(Lang) else field


def place(lang: Lang, where: str, *, by_lines: bool) -> Markup:
    """Where something stands in a file: a line with its field, or a cell or row with its sheet."""
    if by_lines:
        line, _, pointer = where.partition("/")
        said, field = gettext(lang, N_("Line {number}"), number=line), field_name(lang, pointer) if pointer else ""
        return escape(f"{said} · {field}" if field else said) if line.isdigit() and line != "0" else Markup()
    found = _CELL.fullmatch(where)
    if found is None:
        return _sheet(lang, where)
    said = gettext(lang, N_("Cell {cell}"), cell=found[2] + found[3]) if found[2] else gettext(lang, N_("Row {number}"), number=found[3])
    return escape(said) if found[1] is None else Markup("{} · {}").format(_sheet(lang, found[1]), said)


def _sheet(lang: Lang, title: str) -> Markup:
    """The name of a sheet: of one of ours the side of the language."""
    for name, (zh, en) in SHEETS.items():
        if title in (name, zh, en, f"{zh} {en}"):
            return escape(zh if lang is Lang.ZH else en)
    return in_its_language(title) if title else Markup()


def in_file(form: Form[Any], *, by_lines: bool) -> list[tuple[Markup, str]]:
    """The errors that stand in the file, not in a field of the form, each with its place and what stands there."""
    params = [error.params for error in form.problem.errors] if form.problem else []
    found = [(one, values) for one, values in zip(form.errors, params, strict=True) if not one.pointer.startswith("/")]
    return [(_there(form.lang, one.pointer, values, by_lines=by_lines), one.detail) for one, values in found]


def _there(lang: Lang, where: str, params: dict[str, Any], *, by_lines: bool) -> Markup:
    """A place in a file with the heading of the column, and the record of the row."""
    heading = _HEADINGS.get(params.get("column") or "")
    pieces = [place(lang, where, by_lines=by_lines), getattr(heading, lang) if heading else "", params.get("record") or ""]
    return Markup(" · ").join(filter(None, pieces))


def by_lines(content: bytes) -> bool:
    """Whether a file is a record file, as the import tells it apart from tables."""
    return content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"{", b"["))
