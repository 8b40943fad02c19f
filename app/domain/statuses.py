"""Status updates: the rules of a status, recorded, published, corrected, and read."""

import datetime as dt
import enum
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import Meta
from sqlalchemy import Integer, bindparam, cast, func, select
from sqlalchemy.orm import aliased

from app import tables
from app.actors import Permission
from app.codes import EvidenceKind, Status, Tracking, TranslationState, UpdateState
from app.db.ledger import CHANGE
from app.db.prepared import Prepared
from app.db.sessions import Reading, WriteSession
from app.domain import derived, people
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import DOCUMENT, is_published
from app.domain.columns import ORGANIZATION as _O
from app.domain.columns import STATUS_UPDATE as _U
from app.domain.commands import command, day_error, gathered, next_number
from app.domain.intake import Body, UpdateRef, read
from app.domain.shapes import Day, Evidence, Few, Moment, Recorder, Version, as_text
from app.domain.sight import sees
from app.domain.translations import confirmed_hashes, worst
from app.domain.vocabularies import allows, needs
from app.errors import Conflict, FieldError, Invalid, NotFound
from app.i18n import Text

BACK = (Status.NOT_ASSESSED, Status.NOT_STARTED, Status.UNDER_IMPLEMENTATION)


class NewState(enum.StrEnum):
    """The state a new update can have."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    PUBLISHED = "published"


class StatusChange(msgspec.Struct, frozen=True, kw_only=True):
    """A dated statement about a commitment. `corrects` names a published update that it replaces."""

    status: Status
    effective_on: dt.date
    narrative: Body = Body()
    evidence: Few[Evidence] = []
    state: NewState = NewState.DRAFT
    corrects: UpdateRef | None = None


class StatusUpdate(msgspec.Struct, frozen=True, kw_only=True):
    ref: Annotated[str, Meta(examples=["HI-O7b.3"])]
    commitment: str
    status: Status
    effective_on: Day
    narrative: Text
    translation: TranslationState
    evidence: list[Evidence]
    state: UpdateState
    corrects: str | None
    corrected_by: str | None
    review_note: str | None
    published_no: int | None
    recorded_at: Moment
    recorded_by: Recorder
    published_at: Moment | None
    version: Version


_corrected, _correcting = aliased(_U), aliased(_U)
_corrected_by = select(_correcting.ref).where(_correcting.corrects_id == _U.id, is_published(_correcting)).limit(1).scalar_subquery()
UPDATES = (
    select(
        _U.ref, _C.ref, _U.status, as_text(_U.effective_on), _U.narrative_zh, _U.narrative_en, _U.evidence, _U.state, _corrected.ref,
        _corrected_by,
        _U.review_note, _U.published_no, as_text(_U.recorded_at), _O.code, _U.author, as_text(_U.published_at), _U.version,
    )
    .join(_C, _C.id == _U.commitment_id)
    .outerjoin(_corrected, _corrected.id == _U.corrects_id)
    .outerjoin(_O, _O.id == _U.organization_id)
)  # fmt: skip


_BY_REF = Prepared(UPDATES.where(_U.ref == bindparam("ref")))
_FACTS = Prepared(
    select(
        select(func.max(_U.number)).where(_U.commitment_id == bindparam("commitment")).scalar_subquery(),
        select(func.max(_U.published_no)).where(_U.commitment_id == bindparam("commitment")).scalar_subquery(),
        select(_O.id).where(_O.code == bindparam("organization")).scalar_subquery(),
        select(func.max(cast(func.substr(CHANGE.c.ref, bindparam("behind")), Integer)))
        .where(CHANGE.c.entity == "status_update", CHANGE.c.action == "status_update:withdraw")
        .where(CHANGE.c.ref > bindparam("first"), CHANGE.c.ref < bindparam("last"))
        .scalar_subquery(),
    )
)
_ADOPTED = Prepared(select(DOCUMENT.adopted_on).where(DOCUMENT.id == bindparam("document")))


_unpublished_first = func.coalesce(_U.published_no, 2**31 - 1)
_OF_COMMITMENT = Prepared(
    UPDATES.where(_C.ref == bindparam("ref")).order_by(_U.effective_on.desc(), _unpublished_first.desc(), _U.number.desc())
)


def status_updates(session: Reading, commitment_ref: str) -> list[StatusUpdate]:
    """The updates of one commitment that the actor may see, newest first."""
    rows = session.rows(_OF_COMMITMENT, ref=commitment_ref)
    return shaped(session, [row for row in rows if sees(session, public=row.state == UpdateState.PUBLISHED, organization=row.code)])


def status_update(session: Reading, ref: str) -> StatusUpdate:
    """One update. Raises NotFound for one that does not exist or that the actor may not see."""
    row = session.first(_BY_REF, ref=ref)
    if row is None or not sees(session, public=row.state == UpdateState.PUBLISHED, organization=row.code):
        raise NotFound
    return shaped(session, [row])[0]


def shaped(session: Reading, rows: Iterable[Any]) -> list[StatusUpdate]:
    """The wire shapes of rows of UPDATES."""
    rows = list(rows)
    names = people.names(session, [row[14] for row in rows])
    confirmed = confirmed_hashes(session, "status_update", [row[0] for row in rows]) if rows else {}
    return [_shape(row, names, confirmed.get(row[0], {})) for row in rows]


def _shape(row: Any, names: dict[str, str], confirmed: Any) -> StatusUpdate:
    (ref, commitment, status, effective_on, zh, en, evidence, state, corrects, corrected_by, review_note, published_no, recorded_at,
     organization, author, published_at, version) = row  # fmt: skip
    narrative, proofs = Text(zh, en), msgspec.convert(evidence, list[Evidence])
    texts = [("narrative", narrative)]
    texts += [(f"evidence/{n}/{name}", getattr(proof, name)) for n, proof in enumerate(proofs) for name in ("title", "note")]
    return StatusUpdate(
        ref=ref, commitment=commitment, status=status, effective_on=effective_on, narrative=narrative, translation=worst(texts, confirmed),
        evidence=proofs, state=state, corrects=corrects, corrected_by=corrected_by, review_note=review_note, published_no=published_no,
        recorded_at=recorded_at, recorded_by=Recorder(organization, names.get(author)), published_at=published_at, version=version,
    )  # fmt: skip


@command("status_update:record", Permission.DRAFT)
def record_update(session: WriteSession, commitment: tables.Commitment, change: StatusChange) -> str:
    """Record an update as a draft, submitted, or published at once; returns its ref.

    A draft is only kept; the rules of `product.md` on statuses are checked when it is submitted and again when it is published.
    Raises Forbidden where somebody may not publish, Invalid with every wrong value, Conflict where the corrected update is taken.
    """
    if change.state is NewState.PUBLISHED:
        session.actor.require(Permission.PUBLISH)
        session.action = "status_update:publish"
    if change.state is NewState.DRAFT:
        corrected = corrected_row(session, commitment, change.corrects)
    else:
        corrected = check_everything(session, commitment, change)
    last, published_no, organization, withdrawn = _facts(session, commitment)
    number = next_number(max(last or 0, withdrawn or 0))
    row = tables.StatusUpdate(
        ref=f"{commitment.ref}.{number}", commitment_id=commitment.id or 0, number=number,
        status=change.status, effective_on=change.effective_on, narrative_zh=change.narrative.zh, narrative_en=change.narrative.en,
        evidence=msgspec.to_builtins(change.evidence), state=UpdateState(change.state), corrects_id=corrected.id if corrected else None,
        organization_id=organization, author=session.actor.id, recorded_at=session.now,
    )  # fmt: skip
    if change.state is NewState.PUBLISHED:
        publish(session, commitment, row, next_number(published_no))
    session.add(row)
    return row.ref


def _facts(session: WriteSession, commitment: tables.Commitment) -> Any:
    """The highest number and published number of its updates, the actor's organization, the highest number ever withdrawn."""
    own = {"commitment": commitment.id, "organization": session.actor.organization}
    below = {"first": f"{commitment.ref}.", "last": f"{commitment.ref}/", "behind": len(commitment.ref) + 2}
    return session.first(_FACTS, **own, **below)


def publish(session: WriteSession, commitment: tables.Commitment, row: tables.StatusUpdate, number: int) -> None:
    """Make an update public under its number and let the commitment stand where its updates now say."""
    row.state, row.published_no, row.published_at = UpdateState.PUBLISHED, number, session.now
    session.add(row)
    derived.settle(session, [commitment], derived.status)
    commitment.version += 1
    commitment.updated_at = session.now


def corrected_row(session: WriteSession, commitment: tables.Commitment, ref: str | None) -> tables.StatusUpdate | None:
    """The update that another one corrects. Raises Invalid for one that cannot be corrected, Conflict for one that is already."""
    if ref is None:
        return None
    row = _correctable(session, commitment, ref)
    if row is None:
        raise Invalid(errors=(FieldError("/corrects", "not_correctable"),))
    if session.value(select(_U.id).where(_U.corrects_id == row.id, is_published(_U))):
        raise Conflict("already_corrected", ref=row.ref)
    return row


def _correctable(session: WriteSession, commitment: tables.Commitment, ref: str) -> tables.StatusUpdate | None:
    """The published update of this ref, if it is one of the commitment."""
    published = select(_U).where(_U.ref == ref, _U.commitment_id == commitment.id, is_published(_U))
    found: tables.StatusUpdate | None = session.scalars(published).first()
    return found


def check_everything(session: WriteSession, commitment: tables.Commitment, change: StatusChange) -> tables.StatusUpdate | None:
    """The update that this one corrects, if it may be published as things stand. Raises Invalid with all that is wrong, else Conflict."""
    corrected = _correctable(session, commitment, change.corrects) if change.corrects else None
    errors = [FieldError("/corrects", "not_correctable")] if change.corrects and corrected is None else []
    with gathered(errors):
        check_rules(session, commitment, change, corrected)
    return corrected_row(session, commitment, change.corrects)


def check_rules(
    session: Reading, commitment: tables.Commitment, change: StatusChange, corrected: tables.StatusUpdate | None = None
) -> None:
    """Raise Invalid with everything that stands against a change of this commitment."""
    adopted, tracking = day_adopted(session, commitment), Tracking(commitment.tracking)
    errors = rule_errors(change, tracking, adopted, session.now, lambda: _steps_back(session, commitment, change, corrected))
    if errors:
        raise Invalid(errors=tuple(errors))


def day_adopted(session: Reading, commitment: tables.Commitment) -> dt.date | None:
    """The day its document was adopted on: nothing was done about it before."""
    found: dt.date | None = session.value(_ADOPTED, document=commitment.document_id)
    return found


class Stated(Protocol):
    """What the rules look at of a change."""

    @property
    def status(self) -> Status: ...
    @property
    def effective_on(self) -> dt.date: ...
    @property
    def narrative(self) -> Text: ...
    @property
    def evidence(self) -> list[Evidence]: ...


def rule_errors(
    change: Stated, tracking: Tracking | None, adopted_on: dt.date | None, now: dt.datetime, steps_back: Callable[[], bool]
) -> list[FieldError]:
    """The rules of `product.md` on statuses, in one place: everything that stands against the change.

    Without `tracking` the status is not held against it; `steps_back` says whether the commitment would no longer be implemented.
    """
    errors = evidence_errors(change.evidence)
    errors += day_error("/effective_on", adopted_on, change.effective_on, now)
    if tracking is not None and not allows(tracking, change.status):
        errors.append(FieldError("/status", "status_not_allowed"))
    if needs(change.status) == "evidence" and not change.evidence:
        errors.append(FieldError("/evidence", "evidence_required"))
    if not change.narrative and (needs(change.status) == "narrative" or (change.status in BACK and steps_back())):
        errors.append(FieldError("/narrative", "narrative_required"))
    return errors


def rules_of_the_rest(session: Reading, commitment: tables.Commitment, raw: dict[str, Any], unread: set[str]) -> tuple[FieldError, ...]:
    """What the rules say of raw values of which some fields could not be read: forms tell every error at once."""
    fields = StatusChange.__struct_fields__
    sound = {name: value for name, value in raw.items() if name in fields and name not in unread}
    stand_in = {"status": Status.NOT_ASSESSED.value, "effective_on": session.now.date().isoformat()}
    untold = unread | ({"narrative"} if "status" in unread else set())
    try:
        check_rules(session, commitment, read(StatusChange, stand_in | sound, lenient=True))
    except Invalid as found:
        return tuple(error for error in found.errors if error.pointer.split("/")[1] not in untold)
    return ()


def _steps_back(session: Reading, commitment: tables.Commitment, change: StatusChange, corrected: tables.StatusUpdate | None) -> bool:
    """Whether the published update before it by effective date says implemented."""
    before = select(_U.status).where(_U.commitment_id == commitment.id, derived.COUNTED, _U.effective_on <= change.effective_on)
    if corrected is not None:
        before = before.where(_U.id != corrected.id)
    newest = before.order_by(_U.effective_on.desc(), _U.published_no.desc()).limit(1)
    return bool(session.value(newest) == Status.IMPLEMENTED)


def evidence_errors(evidence: Iterable[Evidence], pointer: str = "/evidence") -> list[FieldError]:
    """A document needs its symbol, a web page its address, a meeting its name."""
    field = {EvidenceKind.DOCUMENT: "symbol", EvidenceKind.WEB: "url", EvidenceKind.MEETING: "title"}
    return [
        FieldError(f"{pointer}/{n}/{field[proof.kind]}", "required")
        for n, proof in enumerate(evidence)
        if not getattr(proof, field[proof.kind])
    ]
