"""The summary of a report in words, generated from its numbers. Facts come in the same order in both languages: the proof reads them."""

from collections.abc import Iterable, Iterator, Sequence

from app.codes import Status
from app.domain.progress import Covered, Progress, Standing
from app.errors import N_
from app.i18n import Text
from app.reports.model import Freshness, Translations
from app.reports.wording import counted, label, listed, on, said, same

_MOST_SYMBOLS = 3


def title(documents: Sequence[str]) -> Text:
    if not documents:
        return said(N_("Progress report"))
    if len(documents) > _MOST_SYMBOLS:
        return counted(len(documents), "", N_("Progress in implementing the commitments of {n} documents"))
    return said(N_("Progress in implementing the commitments of {documents}"), documents=_symbols(documents))


def _symbols(documents: Sequence[str]) -> Text:
    return listed([same(symbol) for symbol in documents])


def summary(numbers: Progress, fresh: Sequence[Freshness], translations: Translations) -> list[Text]:
    """The sentences, most important first; none about what is not there."""
    said_of = (_scope(numbers), _standings(numbers), _moves(numbers), _ageing(numbers, fresh), _actions(numbers), _texts(translations))
    return [sentence for part in said_of for sentence in part]


def _scope(numbers: Progress) -> Iterator[Text]:
    operational, declaratory = numbers.operational.total, numbers.declaratory.total
    yield counted(
        operational + declaratory,
        N_("As at {day}, this report covers {n} commitment: {operational} operational and {declaratory} declaratory."),
        N_("As at {day}, this report covers {n} commitments: {operational} operational and {declaratory} declaratory."),
        day=on(numbers.as_of), operational=operational, declaratory=declaratory,
    )  # fmt: skip
    if parts := numbers.parts.total:
        yield counted(
            parts,
            N_("In addition, {n} part of a commitment is tracked for itself and not counted above."),
            N_("In addition, {n} parts of commitments are tracked for themselves and not counted above."),
        )


def _standings(numbers: Progress) -> Iterator[Text]:
    if numbers.operational.total:
        yield counted(
            numbers.operational.total,
            N_("Of the {n} operational commitment, {standing}."), N_("Of the {n} operational commitments, {standing}."),
            standing=_standing(numbers.operational),
        )  # fmt: skip
    if numbers.implemented_per_cent is not None:
        yield said(N_("The rate of implementation of the operational commitments is {rate} per cent."), rate=numbers.implemented_per_cent)
    if numbers.declaratory.total:
        yield counted(
            numbers.declaratory.total,
            N_("Of the {n} declaratory commitment, which counts in no rate, {standing}."),
            N_("Of the {n} declaratory commitments, which count in no rate, {standing}."),
            standing=_standing(numbers.declaratory),
        )  # fmt: skip


def _standing(standing: Standing) -> Text:
    return listed(list(_shares(standing)))


def _shares(standing: Standing) -> Iterable[Text]:
    for status in Status:
        if n := standing.by_status[status]:
            yield counted(n, N_("{n} is “{status}”"), N_("{n} are “{status}”"), status=label("statuses", status))


def _moves(numbers: Progress) -> Iterator[Text]:
    if numbers.changes is None or numbers.since is None:
        return
    updates = counted(numbers.changes.updates, N_("{n} update of a status"), N_("{n} updates of a status"))
    confirmations = counted(numbers.changes.confirmations, N_("{n} confirmation"), N_("{n} confirmations"))
    moved = counted(
        numbers.changes.moved, N_("{n} commitment or part changed its status"), N_("{n} commitments or parts changed their status")
    )
    yield said(
        N_("After {since} there were {updates} and {confirmations}; {moved}."),
        since=on(numbers.since), updates=updates, confirmations=confirmations, moved=moved,
    )  # fmt: skip


def _ageing(numbers: Progress, fresh: Sequence[Freshness]) -> Iterator[Text]:
    if not fresh:
        return
    overdue = numbers.ageing.overdue
    yield counted(
        overdue, N_("The review of {n} operational commitment is overdue."), N_("The review of {n} operational commitments is overdue.")
    )
    oldest = fresh[0]
    if oldest.months and oldest.last_confirmed_on:
        yield counted(
            oldest.months,
            N_("The longest unconfirmed, {ref}, has not been confirmed for {n} month."),
            N_("The longest unconfirmed, {ref}, has not been confirmed for {n} months."),
            ref=oldest.ref,
        )


def _actions(numbers: Progress) -> Iterator[Text]:
    actions = numbers.actions
    yield counted(
        actions.total,
        N_("There is {n} follow-up action; {overdue}, and {unlinked}."), N_("There are {n} follow-up actions; {overdue}, and {unlinked}."),
        overdue=counted(actions.overdue, N_("{n} is overdue"), N_("{n} are overdue")),
        unlinked=counted(actions.unlinked, N_("{n} is linked to no commitment"), N_("{n} are linked to no commitment")),
    )  # fmt: skip
    yield _covered(numbers.coverage)


def _covered(coverage: Covered) -> Text:
    return counted(
        coverage.covered,
        N_("An action serves {n} operational commitment; none serves {orphans}."),
        N_("An action serves {n} operational commitments; none serves {orphans}."),
        orphans=coverage.orphans,
    )


def _texts(translations: Translations) -> Iterator[Text]:
    by_state = translations.by_state
    total = sum(by_state.values())
    if not total:
        return
    yield counted(
        total,
        N_("Of {n} text printed here, {missing} is missing in a language, {unchecked} unchecked, {stale} stale and {current} current."),
        N_("Of {n} texts printed here, {missing} are missing in a language, {unchecked} unchecked, {stale} stale and {current} current."),
        **by_state,
    )  # fmt: skip
