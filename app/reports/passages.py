"""One commitment as blocks: its text, where it stands, what was said of it, and the actions that serve it."""

from collections.abc import Iterator, Mapping

from app.codes import Level
from app.errors import N_
from app.reports.blocks import (
    Block,
    Fact,
    Facts,
    Heading,
    Kind,
    Passage,
    Value,
    date,
    link,
    name,
    named,
    printed,
    ref,
    share,
    status,
    words,
)
from app.reports.model import ReportAction, ReportCommitment, ReportEvidence, Service
from app.reports.wording import counted, label, on, said, same


def anchor(one_ref: str) -> str:
    """The anchor of a commitment."""
    return f"c-{one_ref}"


def action_anchor(one_ref: str) -> str:
    return f"a-{one_ref}"


def commitment_blocks(one: ReportCommitment, actions: Mapping[str, ReportAction], level: int) -> Iterator[Block]:
    """Everything about one commitment; parts stand one level deeper."""
    yield Heading(level + (one.level == Level.PART), same(one.ref), anchor(one.ref), one.citation or None)
    yield Passage(printed(one.text))
    yield Facts([*_standing(one), *_about(one), *_evidence(one), *_served(one, actions)])


def _standing(one: ReportCommitment) -> Iterator[Fact]:
    yield Fact(said(N_("Kind")), [[words(label("kinds", one.kind)), words(label("tracking", one.tracking))]])
    since = [words(said(N_("since {day}"), day=on(one.status_effective_on)))] if one.status_effective_on else []
    yield Fact(said(N_("Status")), [[status(one.status), *since]])
    if one.narrative:
        yield Fact(said(N_("Narrative")), [[printed(one.narrative)]])
    if len(one.steps) > 1:
        yield Fact(
            said(N_("Before")), [[status(step.status), words(said(N_("since {day}"), day=on(step.effective_on)))] for step in one.steps[1:]]
        )
    if one.last_confirmed_on:
        yield Fact(said(N_("Last confirmed")), [[date(one.last_confirmed_on), *_age(one)]])
    if one.review_due_on:
        overdue = [words(said(N_("overdue")))] if one.review_overdue else []
        yield Fact(said(N_("Review due")), [[date(one.review_due_on), *overdue]])
    if one.target_on:
        yield Fact(said(N_("Target")), [[date(one.target_on)]])


def _age(one: ReportCommitment) -> Iterator[Value]:
    if months := one.months_unconfirmed:
        yield words(counted(months, N_("not confirmed for {n} month"), N_("not confirmed for {n} months")))


def _about(one: ReportCommitment) -> Iterator[Fact]:
    if one.addressees:
        yield Fact(said(N_("Addressed to")), [[named(each) for each in one.addressees]])
    if one.responsible:
        yield Fact(said(N_("Responsible")), [[named(each) for each in one.responsible]])


def _evidence(one: ReportCommitment) -> Iterator[Fact]:
    if one.evidence:
        yield Fact(said(N_("Evidence")), [list(_proof(proof)) for proof in one.evidence])


def _proof(proof: ReportEvidence) -> Iterator[Value]:
    yield words(label("evidence_kinds", proof.kind))
    if proof.symbol:
        yield ref(proof.symbol)
    if proof.paragraph:
        yield name(said(N_("para. {paragraph}"), paragraph=proof.paragraph))
    if proof.title:
        yield printed(proof.title, Kind.NAME)
    if proof.date:
        yield date(proof.date)
    if proof.url:
        yield link(proof.url)
    if proof.note:
        yield printed(proof.note, Kind.NAME)


def _served(one: ReportCommitment, actions: Mapping[str, ReportAction]) -> Iterator[Fact]:
    if one.served_by:
        yield Fact(said(N_("Actions")), [list(_action(service, actions[service.action])) for service in one.served_by])


def _action(service: Service, action: ReportAction) -> Iterator[Value]:
    yield ref(action.ref, action_anchor(action.ref))
    yield words(label("contributions", service.contribution))
    yield printed(action.title, Kind.NAME)
    if action.owner:
        yield named(action.owner)
    yield words(label("action_states", action.status))
    yield share(action.progress)
    if action.due_on:
        yield words(said(N_("due {day}"), day=on(action.due_on)))
    if action.overdue:
        yield words(said(N_("overdue")))
