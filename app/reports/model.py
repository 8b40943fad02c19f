"""The report as values: what every format and every language says, without any layout. Texts are pairs, numbers stand once."""

from typing import Annotated

import msgspec
from msgspec import Meta

from app.codes import ActionStatus, CommitmentKind, Contribution, EvidenceKind, Level, Status, Tracking, TranslationState
from app.domain.coverage import Coverage
from app.domain.progress import Number, Numbers, Progress
from app.domain.shapes import Day, Moment
from app.i18n import Lang, Text
from app.reports.request import Gate


class ReportText(msgspec.Struct, frozen=True):
    """What somebody wrote, as it is printed; `unofficial` names the languages in which it is a working translation."""

    text: Text
    translation: TranslationState
    unofficial: list[Lang] = []


class Named(msgspec.Struct, frozen=True):
    """Something of the register with its name."""

    id: str
    name: Text


class ReportEvent(msgspec.Struct, frozen=True):
    """A workshop; dates and place are null until they are known."""

    id: str
    name: Text
    starts_on: Day | None
    ends_on: Day | None
    place: Text


class ReportDocument(msgspec.Struct, frozen=True):
    """A document whose commitments are reported on."""

    symbol: str
    title: Text
    unofficial: list[Lang]
    body: Text
    adopted_on: Day | None
    event: ReportEvent | None


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """The request with everything resolved: asked again like this, the report is the same, byte for byte."""

    documents: list[str]
    event: str | None
    since: Day | None
    as_of: Day
    as_recorded: Number
    gate: Gate
    review_months: Number


class ReportEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the present status rests on."""

    kind: EvidenceKind
    title: ReportText | None
    symbol: str | None
    paragraph: str | None
    url: str | None
    date: Day | None
    note: ReportText | None


class Step(msgspec.Struct, frozen=True):
    """A status and the day from which it held."""

    ref: str
    status: Status
    effective_on: Day


class Service(msgspec.Struct, frozen=True):
    """An action that serves a commitment, and how."""

    action: str
    contribution: Contribution


class ReportCommitment(msgspec.Struct, frozen=True, kw_only=True):
    """A commitment or part as it stands on the day. `steps` are its counted updates, newest first."""

    ref: str
    document: str
    kind: CommitmentKind
    tracking: Tracking
    level: Level
    parent: str | None
    label: str | None
    citation: Text
    text: ReportText
    addressees: list[Named]
    responsible: list[Named]
    target_on: Day | None
    status: Status
    status_effective_on: Day | None
    last_confirmed_on: Day | None
    months_unconfirmed: Number | None
    review_due_on: Day | None
    review_overdue: bool
    narrative: ReportText | None
    evidence: list[ReportEvidence]
    steps: list[Step]
    served_by: list[Service]


class Serving(msgspec.Struct, frozen=True):
    """A commitment that an action serves, and how."""

    ref: str
    contribution: Contribution


class ReportAction(msgspec.Struct, frozen=True, kw_only=True):
    """A follow-up action as it is recorded."""

    ref: str
    title: ReportText
    owner: Named | None
    event: str | None
    due_on: Day | None
    status: ActionStatus
    progress: Annotated[int, Meta(ge=0, le=100)]
    overdue: bool
    commitments: list[Serving]


class ReportChange(msgspec.Struct, frozen=True):
    """A counted update behind `since`: the commitment stood at `before` until then."""

    ref: str
    commitment: str
    effective_on: Day
    before: Status
    after: Status


class Confirmed(msgspec.Struct, frozen=True):
    """A confirmation behind `since`."""

    commitment: str
    confirmed_on: Day


class Difference(msgspec.Struct, frozen=True):
    """What happened in the world behind `since`, in document order, oldest first."""

    updates: list[ReportChange]
    confirmations: list[Confirmed]


class TimelinePoint(msgspec.Struct, frozen=True):
    """How many operational commitments were in each status at the end of a day."""

    on: Day
    by_status: Numbers


class Freshness(msgspec.Struct, frozen=True):
    """An operational commitment that can be overdue; `months` since it was confirmed, or since adoption where it never was."""

    ref: str
    last_confirmed_on: Day | None
    months: Number | None
    review_due_on: Day | None
    overdue: bool


class TextState(msgspec.Struct, frozen=True):
    """A printed text that is missing in a language, unchecked, or stale."""

    entity: str
    ref: str
    field: str
    translation: TranslationState


class Translations(msgspec.Struct, frozen=True):
    """How the printed texts stand, and those that are not current."""

    by_state: Numbers
    texts: list[TextState]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A progress report in both languages."""

    title: Text
    request: Resolved
    revision: Number
    recorded_at: Moment | None
    hash: str
    documents: list[ReportDocument]
    event: ReportEvent | None
    numbers: Progress
    summary: list[Text]
    timeline: list[TimelinePoint]
    difference: Difference | None
    commitments: list[ReportCommitment]
    actions: list[ReportAction]
    coverage: Coverage | None
    freshness: list[Freshness]
    translations: Translations
