"""From one read session to a report."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from sqlalchemy import select

from app.actors import ANONYMOUS
from app.codes import ActionStatus, Authority
from app.db import ledger
from app.db.ledger import CHANGE
from app.db.sessions import Reading, ReadSession
from app.domain.actions import Action
from app.domain.columns import COMMITMENT
from app.domain.commands import day_error
from app.domain.commitment_list import Commitment
from app.domain.coverage import coverage
from app.domain.documents import Document, document
from app.domain.dossier import Dossier, dossier
from app.domain.events import event
from app.domain.moments import revision_or_moment
from app.domain.organizations import organizations
from app.domain.progress import Progress, ProgressQuery, progress
from app.domain.replay import as_recorded, revision_for
from app.domain.shapes import Evidence
from app.domain.statuses import StatusUpdate
from app.errors import Invalid, invalid
from app.i18n import Lang, Text
from app.names import slug_of
from app.reports import summary
from app.reports.gate import Texts, require_current
from app.reports.history import difference, freshness, months_between, timeline
from app.reports.model import (
    Named,
    Report,
    ReportAction,
    ReportCommitment,
    ReportDocument,
    ReportEvent,
    ReportEvidence,
    Resolved,
    Service,
    Serving,
    Step,
)
from app.reports.request import Content, Gate

_CLOSED = (ActionStatus.COMPLETED, ActionStatus.CANCELLED)


def progress_report(session: ReadSession, asked: Content, review_months: int, *, most: int | None = None) -> Report:
    """The report; the same for everybody, because only what is public counts. `most` is how many commitments and parts it may have.

    Raises Invalid for an unknown document or event and for days that lie in the future or in the wrong order, NotFound for
    `as_recorded` before the first record, and Conflict with every open text where the gate refuses them.
    """
    if asked.as_of is not None and (errors := day_error("?as_of", None, asked.as_of, session.now)):
        raise Invalid(errors=tuple(errors))
    head = ledger.head(session.asked(), _revision(session, asked))
    with _recorded(ReadSession(session.connection, ANONYMOUS, session.now), head.seq) as then:
        query = ProgressQuery(document=asked.document, event=asked.event, since=asked.since, as_of=asked.as_of)
        numbers = msgspec.structs.replace(progress(then, query, review_months), revision=head.seq, hash=head.hash)
        _require_no_more(numbers, most)
        report = _Builder(then, numbers, asked.gate, review_months).report(head.at or None)
    if asked.gate is Gate.REFUSE:
        require_current(report.translations)
    return report


def _require_no_more(numbers: Progress, most: int | None) -> None:
    number = numbers.operational.total + numbers.declaratory.total + numbers.parts.total
    if most is not None and number > most:
        raise invalid("?document", "report_too_large", limit=most, number=number)


def _revision(session: Reading, asked: Content) -> int | None:
    if asked.as_recorded is None:
        return None
    return revision_for(session, revision_or_moment(asked.as_recorded, "?as_recorded"))


@contextmanager
def _recorded(session: ReadSession, revision: int) -> Iterator[ReadSession]:
    """The session itself where the revision is the present one, else one on everything that was recorded by then."""
    if revision == ledger.head(session.asked()).seq:
        yield session
        return
    commitments = [row[0] for row in session.rows(select(COMMITMENT.ref).order_by(COMMITMENT.ref))]
    actions = session.rows(select(CHANGE.c.ref).distinct().where(CHANGE.c.entity == "action", CHANGE.c.seq <= revision))
    with as_recorded(session, revision, commitments, [row[0] for row in actions]) as then:
        yield then


class _Builder:
    """What the parts of one report share while it is made."""

    def __init__(self, session: Reading, numbers: Progress, gate: Gate, review_months: int) -> None:
        as_of = dt.date.fromisoformat(numbers.as_of)
        self.session, self.numbers, self.gate, self.review_months = session, numbers, gate, review_months
        self.sources = [document(session, slug_of(symbol)) for symbol in numbers.documents]
        self.made_from: Dossier = dossier(session, numbers.documents, numbers.event, as_of, review_months)
        self.current = {ref: updates[0] for ref, updates in self.made_from.updates.items()}
        self.texts = Texts(session, self.made_from, self.current.values())
        self.names = {one.id: Named(one.id, one.name) for one in organizations(session)}
        self.adopted = {one.symbol: one.adopted_on for one in self.sources}

    def report(self, recorded_at: str | None) -> Report:
        numbers, commitments, actions = self.numbers, self._commitments(), self._actions()
        fresh = freshness(self.made_from.commitments, self.adopted, numbers.as_of)
        translations = self.texts.tallied()
        return Report(
            title=summary.title(numbers.documents), request=self._resolved(), revision=numbers.revision, recorded_at=recorded_at,
            hash=numbers.hash, documents=[self._document(one) for one in self.sources],
            event=self._event(numbers.event) if numbers.event else None, numbers=numbers,
            summary=summary.summary(numbers, fresh, translations),
            timeline=timeline(self.made_from, [day for day in self.adopted.values() if day], numbers.as_of),
            difference=difference(self.made_from, numbers.since) if numbers.since else None,
            commitments=commitments, actions=actions,
            coverage=coverage(self.session, numbers.event, numbers.documents) if numbers.event else None,
            freshness=fresh, translations=translations,
        )  # fmt: skip

    def _resolved(self) -> Resolved:
        numbers = self.numbers
        return Resolved(
            documents=numbers.documents, event=numbers.event, since=numbers.since, as_of=numbers.as_of, as_recorded=numbers.revision,
            gate=self.gate, review_months=self.review_months,
        )  # fmt: skip

    def _document(self, one: Document) -> ReportDocument:
        unofficial = [
            Lang(lang) for lang in Lang if getattr(one.languages, lang).authority == Authority.WORKING and getattr(one.title, lang)
        ]
        held = self._event(one.event) if one.event else None
        return ReportDocument(one.symbol, one.title, unofficial, one.body, one.adopted_on, held)

    def _event(self, code: str) -> ReportEvent:
        one = event(self.session, code)
        return ReportEvent(one.id, one.name, one.starts_on, one.ends_on, one.place)

    def _commitments(self) -> list[ReportCommitment]:
        serving: dict[str, list[Service]] = {}
        for action in self.made_from.actions:
            for link in action.commitments:
                serving.setdefault(link.ref, []).append(Service(action.ref, link.contribution))
        return [self._commitment(one, serving.get(one.ref, [])) for one in self.made_from.commitments]

    def _commitment(self, one: Commitment, served_by: list[Service]) -> ReportCommitment:
        update, as_of = self.current.get(one.ref), self.numbers.as_of
        self.texts.of_commitment(one, "citation")
        return ReportCommitment(
            ref=one.ref, document=one.document, kind=one.kind, tracking=one.tracking, level=one.level, parent=one.parent, label=one.label,
            citation=one.citation, text=self.texts.of_commitment(one, "text"),
            addressees=[self.names[addressee.code] for addressee in one.addressees],
            responsible=[self.names[code] for code in one.responsible], target_on=one.target_on,
            status=one.status, status_effective_on=one.status_effective_on, last_confirmed_on=one.last_confirmed_on,
            months_unconfirmed=months_between(one.last_confirmed_on, as_of), review_due_on=one.review_due_on,
            review_overdue=one.review_due_on is not None and one.review_due_on < as_of,
            narrative=self.texts.of_update(update, "narrative", update.narrative) if update else None,
            evidence=self._evidence(update) if update else [],
            steps=[Step(step.ref, step.status, step.effective_on) for step in self.made_from.updates.get(one.ref, ())],
            served_by=served_by,
        )  # fmt: skip

    def _evidence(self, update: StatusUpdate) -> list[ReportEvidence]:
        return [self._proof(update, number, proof) for number, proof in enumerate(update.evidence)]

    def _proof(self, update: StatusUpdate, number: int, proof: Evidence) -> ReportEvidence:
        title, note = (self.texts.of_update(update, f"evidence/{number}/{name}", _pair(getattr(proof, name))) for name in ("title", "note"))
        day = proof.date.isoformat() if proof.date else None
        return ReportEvidence(
            kind=proof.kind, title=title, symbol=proof.symbol, paragraph=proof.paragraph, url=proof.url, date=day, note=note
        )

    def _actions(self) -> list[ReportAction]:
        return [self._action(action) for action in self.made_from.actions]

    def _action(self, one: Action) -> ReportAction:
        overdue = one.due_on is not None and one.due_on < self.numbers.as_of and one.status not in _CLOSED
        return ReportAction(
            ref=one.ref, title=self.texts.of_action(one), owner=self.names[one.owner] if one.owner else None, event=one.event,
            due_on=one.due_on, status=one.status, progress=one.progress, overdue=overdue,
            commitments=[Serving(link.ref, link.contribution) for link in one.commitments],
        )  # fmt: skip


def _pair(text: Text) -> Text:
    return Text(text.zh, text.en)
