"""Commitments written: created, changed; and one commitment with everything about it."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import Meta
from sqlalchemy import bindparam, select

from app import tables
from app.actors import Permission
from app.codes import HIGHEST_POSITION, Authority, CommitmentKind, Level, Status, Tracking
from app.db.prepared import Prepared
from app.db.sessions import Reading, WriteSession
from app.domain import derived
from app.domain.children import organization_rows, replace_children
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import COMMITMENT_ADDRESSEE, COMMITMENT_RESPONSIBLE, COMMITMENT_TAG, DOCUMENT, STATUS_UPDATE
from app.domain.commands import command, key_or_error
from app.domain.commitment_list import commitment
from app.domain.frameworks import known_places, tag_errors
from app.domain.intake import Body, Code, Line, Ref, Symbol, Title
from app.domain.shapes import Addressee, AuthorityOf, Few, Languages, Tag
from app.domain.vocabularies import allows
from app.errors import Conflict, FieldError, Invalid, NotFound
from app.gate import folded
from app.i18n import Lang, Text

WORKING = Languages(AuthorityOf(Authority.WORKING), AuthorityOf(Authority.WORKING))
_ROW = Prepared(select(_C).where(_C.ref == bindparam("ref")))
Texts = Mapping[str, Text]
"""Texts of commitments by ref."""
Position = Annotated[int, Meta(ge=1, le=HIGHEST_POSITION)]


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """What both a new and a changed commitment can say."""

    languages: Languages = WORKING
    label: Line | None = None
    citation: Title = Title()
    lead_verb: Title = Title()
    addressees: Few[Addressee] = []
    frameworks: Few[Tag] = []
    responsible: Few[Code] = []
    target_on: dt.date | None = None


class CommitmentFields(Described, frozen=True, kw_only=True):
    """What an editor may change. Official text and `languages` change only by import and are refused here."""

    tracking: Tracking
    position: Position
    text: Body


class NewCommitment(Described, frozen=True, kw_only=True):
    """A new commitment, or a part of one: then `parent` is given, and document, kind and tracking are taken from it."""

    ref: Ref
    position: Position
    text: Body
    document: Symbol | None = None
    kind: CommitmentKind | None = None
    tracking: Tracking | None = None
    level: Level | None = None
    parent: Ref | None = None


def find_commitment(session: WriteSession, ref: str) -> tables.Commitment:
    """The row of a commitment. Raises NotFound."""
    row: tables.Commitment | None = session.row(_C, _ROW, ref=ref)
    if row is None:
        raise NotFound
    return row


def parts_of(session: WriteSession, row: tables.Commitment) -> list[tables.Commitment]:
    """The rows of its parts, in their order."""
    return list(session.scalars(select(_C).where(_C.parent_id == row.id).order_by(_C.position)).all())


@command("commitment:create", Permission.PUBLISH)
def create_commitment(session: WriteSession, new: NewCommitment) -> tables.Commitment:
    """Add a commitment or a part. Raises Invalid with every wrong value, Conflict where the ref is taken (whatever its case)."""
    parent, errors = _parent(session, new)
    document, unknown = (parent.document_id, []) if parent else key_or_error(session, DOCUMENT, "symbol", new.document, "/document")
    errors += part_errors(new, parent) if parent else whole_errors(new) if new.parent is None else _text_errors(new)
    about = _about(session, new, [*errors, *unknown])
    if session.value(select(_C.id).where(_C.ref_key == folded(new.ref))):
        raise Conflict("ref_taken", ref=new.ref)
    row = _new_row(session, new, parent, document or 0)
    _fill(session, row, new, about)
    derived.shift(session, None, derived.place(row))
    if parent:
        derived.settle(session, [parent], derived.links)
    return row


def _parent(session: WriteSession, new: NewCommitment) -> tuple[tables.Commitment | None, list[FieldError]]:
    """The commitment that a part belongs to, and an error where there is none of that name: a part has no parts."""
    if new.parent is None:
        return None, []
    row: tables.Commitment | None = session.scalars(select(_C).where(_C.ref == new.parent, _C.parent_id.is_(None))).first()
    unknown = FieldError("/parent", "unknown_reference", {"entity": "commitment", "ref": new.parent})
    return row, [] if row else [unknown]


def _text_errors(new: NewCommitment) -> list[FieldError]:
    return [] if new.text else [FieldError("/text", "required")]


def whole_errors(new: NewCommitment) -> list[FieldError]:
    """What is wrong with a new commitment by itself."""
    errors = [FieldError(f"/{name}", "required") for name in ("document", "kind") if getattr(new, name) is None]
    if new.level is Level.PART:
        errors.append(FieldError("/parent", "required"))
    errors += _text_errors(new)
    excerpts = [lang for lang in Lang if getattr(new.languages, lang).authority is Authority.EXCERPT]
    return errors + [FieldError(f"/languages/{lang}/authority", "unknown_code", {"codes": "official, working"}) for lang in excerpts]


class Whole(Protocol):
    """What a part depends on of its commitment."""

    kind: str
    tracking: str
    text_zh: str | None
    text_en: str | None
    authority_zh: str
    authority_en: str


def part_errors(new: NewCommitment, parent: Whole) -> list[FieldError]:
    """What is wrong with a new part of this commitment."""
    errors = _text_errors(new)
    if new.level is Level.COMMITMENT:
        errors.append(FieldError("/level", "unknown_code", {"codes": Level.PART}))
    if new.kind is not None and new.kind != parent.kind:
        errors.append(FieldError("/kind", "unknown_code", {"codes": parent.kind}))
    if new.tracking is not None and new.tracking != parent.tracking:
        errors.append(FieldError("/tracking", "tracking_of_part"))
    return errors + [FieldError(f"/text/{lang}", "not_an_excerpt") for lang in no_excerpts(new.text, parent)]


def no_excerpts(text: Any, whole: Any) -> list[Lang]:
    """The languages in which the text does not stand word for word in the commitment's."""
    return [lang for lang in Lang if (own := getattr(text, lang)) is not None and own not in (getattr(whole, f"text_{lang}") or "")]


def _new_row(session: WriteSession, new: NewCommitment, parent: tables.Commitment | None, document: int) -> tables.Commitment:
    authority = [authority_of(new, parent, lang) for lang in Lang]
    row = tables.Commitment(
        ref=new.ref, ref_key=folded(new.ref), document_id=document, parent_id=parent.id if parent else None,
        kind=parent.kind if parent else str(new.kind), tracking=parent.tracking if parent else new.tracking or Tracking.DECLARATORY,
        position=new.position, status=Status.NOT_ASSESSED,
        authority_zh=authority[0], authority_en=authority[1], updated_at=session.now, order_key=new.ref,
    )  # fmt: skip
    session.add(row)
    return row


def authority_of(new: NewCommitment, parent: Whole | None, lang: Lang) -> Authority:
    """The standing of the text in a language: that of a part follows from its commitment's."""
    if parent is None:
        given: AuthorityOf = getattr(new.languages, lang)
        return given.authority
    return Authority.EXCERPT if getattr(parent, f"authority_{lang}") == Authority.OFFICIAL else Authority.WORKING


def commitment_fields(session: Reading, ref: str) -> dict[str, Any]:
    """What a merge patch of this commitment is merged into: the raw values of CommitmentFields."""
    now = commitment(session, ref, review_months=0)
    return {name: msgspec.to_builtins(getattr(now, name)) for name in CommitmentFields.__struct_fields__}


@command("commitment:change", Permission.PUBLISH)
def change_commitment(session: WriteSession, row: tables.Commitment, fields: CommitmentFields, beside: Texts | None = None) -> None:
    """Give a commitment these values; one that are its values already changes nothing, not even the version.

    `beside` are the texts that others get in the same transaction: a commitment and its parts are held against what both will say.
    """
    before = commitment_fields(session, row.ref)
    about = _about(session, fields, _change_errors(session, row, fields, beside or {}))
    if row.tracking != fields.tracking:
        _retrack(session, row, fields.tracking)
    row.position = fields.position
    _fill(session, row, fields, about)
    if commitment_fields(session, row.ref) != before:
        row.version += 1
        row.updated_at = session.now


def _change_errors(session: WriteSession, row: tables.Commitment, fields: CommitmentFields, beside: Texts) -> list[FieldError]:
    errors = [FieldError("/text", "required")] if not fields.text else []
    for lang in Lang:
        authority, text = getattr(row, f"authority_{lang}"), getattr(row, f"text_{lang}")
        if getattr(fields.languages, lang).authority != authority:
            errors.append(FieldError(f"/languages/{lang}", "official_text"))
        if authority == Authority.OFFICIAL and getattr(fields.text, lang) != text:
            errors.append(FieldError(f"/text/{lang}", "official_text"))
    if row.parent_id is not None:
        whole = _text_of(session.get_one(_C, row.parent_id), beside)
        outside = [lang for lang in Lang if (own := getattr(fields.text, lang)) is not None and own not in (getattr(whole, lang) or "")]
        errors += [FieldError(f"/text/{lang}", "not_an_excerpt") for lang in outside]
        if fields.tracking != row.tracking:
            errors.append(FieldError("/tracking", "tracking_of_part"))
    return errors + _torn_parts(session, row, fields, beside)


def _text_of(row: tables.Commitment, beside: Texts) -> Text:
    return beside.get(row.ref) or Text(row.text_zh, row.text_en)


def _torn_parts(session: WriteSession, row: tables.Commitment, fields: CommitmentFields, beside: Texts) -> list[FieldError]:
    """An error for each part whose text would no longer stand in the commitment's; official text is refused anyway."""
    return [
        FieldError(f"/text/{lang}", "parts_do_not_match", {"ref": part.ref})
        for lang in Lang
        if getattr(row, f"authority_{lang}") != Authority.OFFICIAL
        for part in parts_of(session, row)
        if (own := getattr(_text_of(part, beside), lang)) is not None and own not in (getattr(fields.text, lang) or "")
    ]


def _retrack(session: WriteSession, row: tables.Commitment, tracking: Tracking) -> None:
    """Change the tracking of a commitment and its parts. Raises Conflict where a counted update stands against it."""
    family = [row, *parts_of(session, row)]
    counted = select(STATUS_UPDATE.ref, STATUS_UPDATE.status).where(
        STATUS_UPDATE.commitment_id.in_([one.id for one in family]),
        derived.COUNTED,
    )
    for ref, status in session.rows(counted.order_by(STATUS_UPDATE.ref)):
        if not allows(tracking, status):
            raise Conflict("tracking_in_use", ref=ref)
    for one in family:
        before, one.tracking = derived.place(one), tracking
        derived.shift(session, before, derived.place(one))
    derived.settle(session, family, derived.status)
    for part in family[1:]:
        part.version += 1
        part.updated_at = session.now


class About(msgspec.Struct, frozen=True):
    """The rows of what a commitment is about, with internal keys."""

    addressees: list[dict[str, Any]]
    frameworks: list[dict[str, Any]]
    responsible: list[dict[str, Any]]


def _about(session: WriteSession, fields: NewCommitment | CommitmentFields, errors: list[FieldError]) -> About:
    """Find everything the fields name. Raises Invalid with the errors so far and those of unknown or repeated names."""
    known = known_places(session)
    unplaced = tag_errors(known, fields.frameworks, "/frameworks")
    addressees, wrong = organization_rows(session, [a.code for a in fields.addressees], "/addressees", "/code")
    responsible, unknown = organization_rows(session, fields.responsible, "/responsible")
    if errors := [*errors, *unplaced, *wrong, *unknown]:
        raise Invalid(errors=tuple(errors))
    bases = [{"basis": addressee.basis.value} for addressee in fields.addressees]
    placed = [{"framework_id": known[tag.framework].id, "code": tag.code, "basis": tag.basis.value} for tag in fields.frameworks]
    return About([a | b for a, b in zip(addressees, bases, strict=True)], placed, responsible)


def _fill(session: WriteSession, row: tables.Commitment, fields: NewCommitment | CommitmentFields, about: About) -> None:
    """Set what both a new and a changed commitment take, then everything that follows from it."""
    row.label, row.target_on = fields.label, fields.target_on
    for name in ("citation", "lead_verb", "text"):
        for lang in Lang:
            setattr(row, f"{name}_{lang}", getattr(getattr(fields, name), lang))
    replace_children(session, COMMITMENT_ADDRESSEE, "commitment_id", row, about.addressees)
    replace_children(session, COMMITMENT_RESPONSIBLE, "commitment_id", row, about.responsible)
    replace_children(session, COMMITMENT_TAG, "commitment_id", row, about.frameworks)
    derived.settle(session, [row], derived.texts, derived.status, derived.card)
    derived.settle(session, [row, *parts_of(session, row)], derived.order)
