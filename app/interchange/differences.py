"""How a line differs from the record that is stored, field by field, and which differences an import may write."""

import re
from typing import Any

import msgspec

from app.codes import Authority
from app.db.records import Record
from app.interchange.record_file import Parsed

_SILENT = {"commitment": {"document", "kind", "tracking", "level"}, "status_update": {"published_no"}, "action": {"status"}}
"""Fields in which null says nothing: the register knows what follows."""
_SAID = re.compile(r"(?:(?:text|citation|lead_verb|title|body)/(zh|en)|languages/(zh|en)/authority)")
_CORRIGENDUM = re.compile(r"/Corr\.[1-9][0-9]{0,2}\Z")
_OFFICIAL = (Authority.OFFICIAL, Authority.EXCERPT)


class Difference(msgspec.Struct, frozen=True):
    """One field: where it is (`text/en`), what is stored, what the line says."""

    field: str
    stored: Any
    given: Any

    @property
    def column(self) -> str:
        """The column of the table that holds a text or its standing."""
        name, _, rest = self.field.partition("/")
        return f"authority_{rest.partition('/')[0]}" if name == "languages" else f"{name}_{rest}"


def differences(item: Parsed, stored: Record) -> list[Difference]:
    """Every field that the line gives and that is stored otherwise; a field it does not give says nothing."""
    values: Record = msgspec.to_builtins(item.values)
    values.pop("type")
    silent = _SILENT.get(item.kind, ())
    said = {name: value for name, value in values.items() if value is not None or name not in silent}
    return list(_differing(said, stored, item.given, ""))


def given_by(item: Parsed) -> list[Difference]:
    """Every field of a new record that says something."""
    values: Record = msgspec.to_builtins(item.values)
    nothing: Record = {name: {} for name, value in values.items() if isinstance(value, dict)}
    return [one for one in differences(item, nothing) if one.given not in (None, [], {})]


def _differing(values: Record, stored: Record, given: Record | None, path: str) -> Any:
    for name, value in values.items():
        if given is not None and name not in given:
            continue
        before = stored.get(name)
        if isinstance(value, dict) and isinstance(before, dict):
            inner = given[name] if given is not None else None
            yield from _differing(value, before, inner if isinstance(inner, dict) else None, f"{path}{name}/")
        elif value != before:
            yield Difference(path + name, before, value)


class Allowed(msgspec.Struct, frozen=True):
    """What an import was told to change by name.

    `corrigendum` is the symbol of a document, or of a corrigendum to it: official wording of that document and its standing. With
    `replace_working`, working translations. Everything else stays as somebody set it.
    """

    corrigendum: str | None = None
    replace_working: bool = False

    def covers(self, kind: str, record: Record, difference: Difference) -> bool:
        """Whether this difference from a stored record of the ledger may be written."""
        said = _SAID.fullmatch(difference.field)
        if said is None or kind not in ("commitment", "document"):
            return False
        standing = record["authority"][said[1] or said[2]]
        if self.replace_working and said[1] and standing == Authority.WORKING:
            return True
        if self.corrigendum is None or record["document" if kind == "commitment" else "symbol"] != self.document:
            return False
        return bool(said[2]) or standing in _OFFICIAL or self.replace_working

    @property
    def document(self) -> str | None:
        """The document whose official wording may change."""
        return None if self.corrigendum is None else _CORRIGENDUM.sub("", self.corrigendum)
