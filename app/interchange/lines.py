"""The lines of a record file: one kind of record each, between the bytes of a line, its values, and the record of the ledger."""

import re
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Union

import msgspec
from msgspec import Meta

from app.codes import HIGHEST_NUMBER, Authority, UpdateState
from app.db.records import Record
from app.domain.action_commands import ActionFields, NewLink, NewNote
from app.domain.actions import ActionRef
from app.domain.commitments import NewCommitment
from app.domain.confirmations import NewConfirmation
from app.domain.documents import NewDocument
from app.domain.events import NewEvent
from app.domain.frameworks import NewFramework
from app.domain.intake import Code, Note, Ref, UpdateRef, is_web_address, read, unknown_fields
from app.domain.organizations import NewOrganization
from app.domain.review import UpdateFields
from app.errors import FieldError, Problem
from app.i18n import Lang

Digest = Annotated[str, Meta(max_length=64, pattern="^[0-9a-f]{64}$")]
Number = Annotated[int, Meta(ge=1, le=HIGHEST_NUMBER)]
FieldName = Annotated[str, Meta(max_length=40, pattern="^[a-z_]+(/[0-9]{1,2}/[a-z_]+)?$")]
RecordRef = Annotated[str, Meta(max_length=100, pattern="^[A-Za-z0-9][A-Za-z0-9 ./()+,:_-]{0,99}$")]


class NoteLine(NewNote, frozen=True):
    """A note and the organization whose people wrote it."""

    organization: Code | None = None


class Equivalence(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody confirmed that both languages of a text say the same; the hashes are those of the texts he saw."""

    entity: Code
    ref: RecordRef
    field: FieldName
    zh_sha256: Digest
    en_sha256: Digest


_By = {"organization": (Code | None, None)}
"""An author's organization."""
_MORE: dict[str, dict[str, tuple[Any, Any]]] = {
    "status_update": {
        "ref": (UpdateRef, msgspec.NODEFAULT),
        "commitment": (Ref, msgspec.NODEFAULT),
        "state": (UpdateState, UpdateState.DRAFT),
        "review_note": (Note | None, None),
        "published_no": (Number | None, None),
        **_By,
    },
    "confirmation": {"commitment": (Ref, msgspec.NODEFAULT), **_By},
    "action": {"ref": (ActionRef, msgspec.NODEFAULT), "notes": (Annotated[list[NoteLine], Meta(max_length=10_000)], []), **_By},
    "link": {"action": (ActionRef, msgspec.NODEFAULT), "commitment": (Ref, msgspec.NODEFAULT)},
}
"""What a line says besides what is said to the command that makes such a record."""


def _shape(tag: str, base: type[msgspec.Struct], order: str) -> type[msgspec.Struct]:
    """The shape of a line: the fields of `base` and those of _MORE, in the order in which they are written."""
    own = {field.name: (field.type, field.default, field.default_factory) for field in msgspec.structs.fields(base)}
    more = {name: (kind, default, msgspec.NODEFAULT) for name, (kind, default) in _MORE.get(tag, {}).items()}
    found = own | more
    fields = [(name, found[name][0], *_default(*found[name][1:])) for name in order.split()]
    return msgspec.defstruct(f"{base.__name__}Line", fields, frozen=True, kw_only=True, tag_field="type", tag=tag)


def _default(default: Any, factory: Any) -> tuple[Any, ...]:
    if factory is not msgspec.NODEFAULT:
        return (msgspec.field(default_factory=factory),)
    return () if default is msgspec.NODEFAULT else (default,)


_COMMITMENT = (
    "ref document kind tracking level parent position label citation lead_verb text languages addressees frameworks responsible target_on"
)
_ORDER: dict[str, tuple[type[msgspec.Struct], str]] = {
    "organization": (NewOrganization, "id name acronym kind"),
    "framework": (NewFramework, "id title symbol items"),
    "event": (NewEvent, "id series ordinal name starts_on ends_on place organizers report status"),
    "document": (NewDocument, "symbol title languages body adopted_on event references"),
    "commitment": (NewCommitment, _COMMITMENT),
    "status_update": (
        UpdateFields,
        "ref commitment status effective_on narrative evidence state corrects review_note published_no organization",
    ),
    "confirmation": (NewConfirmation, "commitment confirmed_on note organization"),
    "action": (
        ActionFields,
        "ref title description event owner partners due_on status priority progress milestones notes evidence organization",
    ),
    "link": (NewLink, "action commitment contribution note"),
    "equivalence": (Equivalence, "entity ref field zh_sha256 en_sha256"),
}
SHAPES = {tag: _shape(tag, base, order) for tag, (base, order) in _ORDER.items()}
"""Every kind of line by its type, in an order in which each comes after those it points to."""

KEYS: dict[str, Callable[[Any], str]] = {
    "organization": lambda line: str(line.id),
    "framework": lambda line: str(line.id),
    "event": lambda line: str(line.id),
    "document": lambda line: str(line.symbol),
    "commitment": lambda line: str(line.ref),
    "status_update": lambda line: str(line.ref),
    "confirmation": lambda line: f"{line.commitment}/{line.confirmed_on}",
    "action": lambda line: str(line.ref),
    "link": lambda line: f"{line.action}/{line.commitment}",
    "equivalence": lambda line: f"{line.entity}/{line.ref}/{line.field}",
}
"""The name of a line among those of its type, as the ledger has it."""

encode = msgspec.json.Encoder().encode
_exact: Any = msgspec.json.Decoder(Union[tuple(SHAPES.values())])  # noqa: UP007  # the kinds are known at run time
_PLAIN = re.compile("[ -~\u00a1-\u00ac\u00ae-\u024f\u2010-\u2027\u2030-\u205e\u3000-\u3029\u3030-\u303e\u4e00-\u9fff\uff01-\uff5e]+")
_EDGES = (' "', '" ', '\u3000"', '"\u3000')


def plain_line(line: bytes) -> Any:
    """The values of a line that is written exactly as the export writes it and needs nothing of the gate; None for any other.

    Where the values written again give the same bytes, no field is unknown or given twice; where the line holds neither an escape, nor a
    character beyond the common ones, nor a space at the edge of a text, every text in it is as the gate would leave it.
    """
    if b"\\" in line:
        return None
    try:
        text = line.decode("utf-8")
        if not _PLAIN.fullmatch(text) or any(edge in text for edge in _EDGES):
            return None
        found = _exact.decode(line)
    except (UnicodeDecodeError, msgspec.MsgspecError, RecursionError):
        return None
    if encode(found) != line or not all(is_web_address(proof.url) for proof in getattr(found, "evidence", ()) if proof.url):
        return None
    return found


def plain_again(line: bytes) -> Any:
    """The values of a line that was found to be plain before."""
    return _exact.decode(line)


def read_line(kind: str, raw: Record) -> Any:
    """The values of a line from its parsed JSON without `type`, through the gate. Raises Problem with every error."""
    shape = SHAPES[kind]
    unknown_fields(shape, raw)
    return read(shape, raw)


def errors_of(problem: Problem) -> list[FieldError]:
    """What a problem says field by field; a problem of the whole line stands under an empty pointer."""
    return list(problem.errors) or [FieldError("", _OF_A_LINE.get(problem.code or "", problem.code or problem.slug), problem.params)]


_OF_A_LINE = {"not_utf8": "line_not_utf8", "not_json": "line_not_json", "too_deep": "line_too_deep"}


def builtins(line: Any) -> Record:
    """The values of a line as JSON has them, without the type."""
    found: Record = msgspec.to_builtins(line)
    found.pop("type")
    return found


def stored(entity: str, record: Record) -> Record:
    """What a line says of this record of the ledger, as JSON has it: without versions, clocks, people and what follows from the rest."""
    found = dict(record)
    for name in _INTERNAL:
        found.pop(name, None)
    if entity in ("organization", "framework", "event"):
        found["id"] = found.pop("code")
    if "authority" in found:
        found["languages"] = {lang: {"authority": standing} for lang, standing in found.pop("authority").items()}
    for name in ("organizers", "partners", "responsible"):
        if name in found:
            found[name] = [entry["organization"] for entry in found[name] or ()]
    if entity == "commitment":
        found["level"] = "part" if found["parent"] else "commitment"
        found["addressees"] = [{"code": entry["organization"], "basis": entry["basis"]} for entry in found["addressees"]]
    if entity == "action":
        found["notes"] = [{name: note[name] for name in ("on", "text", "organization")} for note in found["notes"]]
    return found


_INTERNAL = ("version", "updated_at", "author", "recorded_at", "published_at")


def line_of(entity: str, record: Record) -> Any:
    """The line that says what this record of the ledger says."""
    return msgspec.convert(stored(entity, record), SHAPES[entity])


def record_of(entity: str, values: Record) -> Record:
    """The record of the ledger that a line makes; the values hold what no line says as well: versions, moments, the author."""
    found = dict(values)
    if entity == "commitment":
        del found["level"]
        found["addressees"] = [{"organization": entry["code"], "basis": entry["basis"]} for entry in found["addressees"]]
    if "languages" in found:
        found["authority"] = {lang: entry["authority"] for lang, entry in found.pop("languages").items()}
    for name in ("organizers", "partners", "responsible"):
        if name in found:
            found[name] = [{"organization": code} for code in found[name]]
    return found


def standing(zh: Authority, en: Authority) -> Record:
    """The authorities of both languages as a line says them."""
    return {Lang.ZH.value: {"authority": zh.value}, Lang.EN.value: {"authority": en.value}}


def lines(found: Iterable[Any]) -> bytes:
    """Lines as a file holds them."""
    return b"".join(encode(line) + b"\n" for line in found)
