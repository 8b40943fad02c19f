"""From a report to what is laid out: the cover, and the sections in their order. One paragraph number runs through all of it."""

import itertools
from collections.abc import Iterator

from app.domain.vocabularies import vocabularies
from app.errors import N_
from app.i18n import Lang, Text
from app.reports import tables
from app.reports.blocks import (
    Block,
    Column,
    Fact,
    Facts,
    Heading,
    Kind,
    Outline,
    Sentence,
    Table,
    Value,
    date,
    name,
    number,
    printed,
    ref,
    status,
    words,
)
from app.reports.model import Report, ReportDocument, ReportEvent, ReportText
from app.reports.passages import commitment_blocks
from app.reports.wording import at, between, counted, label, listed, on, said, same

_NUMERALS = {Lang.ZH: "一二三四五六七八九十", Lang.EN: ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")}
_SHORT = 16
_VOCABULARIES = {
    "board_of_auditors": N_("Board of Auditors"),
    "cbd_decision_tracking": N_("Decision tracking of the Convention on Biological Diversity"),
    "ogp_irm_completion": N_("Open Government Partnership, levels of completion"),
    "un80_actions": N_("UN80 Initiative, actions"),
}


def outline(report: Report) -> Outline:
    """The whole report, in both languages."""
    sections = (_summary, _standing, _changes, _commitments, _coverage, _freshness, _translations)
    numerals, paragraphs = itertools.count(), itertools.count(1)
    blocks: list[Block] = []
    for section in sections:
        if made := list(section(report)):
            blocks += _numbered(made, next(numerals), paragraphs)
    blocks += _annex()
    return Outline(
        title=report.title, subjects=[_subject(one) for one in report.documents], facts=_cover(report), notes=list(_notes(report)),
        blocks=blocks, anchors=frozenset(_anchors(blocks)), unofficial=_unofficial(report), foot=_foot(report),
        as_of=report.request.as_of, recorded_at=report.recorded_at,
    )  # fmt: skip


def _numbered(blocks: list[Block], numeral: int, paragraphs: Iterator[int]) -> Iterator[Block]:
    first, *rest = blocks
    if isinstance(first, Heading):
        numerals = Text(*(_NUMERALS[lang][numeral] for lang in (Lang.ZH, Lang.EN)))
        yield Heading(first.level, said(N_("{numeral}. {heading}"), numeral=numerals, heading=first.text), first.anchor)
    for block in rest:
        yield Sentence(block.text, next(paragraphs)) if isinstance(block, Sentence) else block


def _anchors(blocks: list[Block]) -> Iterator[str]:
    """What can be linked to."""
    for block in blocks:
        if isinstance(block, Heading):
            yield block.anchor
        elif isinstance(block, Table):
            yield from (value.anchor for row in block.rows for value in row if value.anchor)


def _subject(one: ReportDocument) -> Value:
    return printed(ReportText(one.title, tables.CURRENT, one.unofficial), Kind.NAME)


def _unofficial(report: Report) -> list[Lang]:
    texts = itertools.chain((one.text.unofficial for one in report.commitments), (one.unofficial for one in report.documents))
    found = {lang for langs in texts for lang in langs}
    return [lang for lang in Lang if lang in found]


def _foot(report: Report) -> Text:
    return said(N_("Revision {revision}, ledger {hash}"), revision=str(report.revision), hash=report.hash[:_SHORT])


def _cover(report: Report) -> Facts:
    rows = [Fact(said(N_("Document")), [_document(one)]) for one in report.documents[:10]]
    if len(report.documents) > len(rows):
        rows.append(Fact(said(N_("Documents in all")), [[number(len(report.documents))]]))
    if report.event:
        rows.append(Fact(said(N_("Event")), [_event(report.event)]))
    if first := _first_day(report):
        rows.append(Fact(said(N_("Period")), [[words(between(first, report.request.as_of))]]))
    rows.append(Fact(said(N_("As at")), [[date(report.request.as_of)]]))
    rows.append(Fact(said(N_("As recorded")), [[words(_recorded(report))]]))
    rows.append(Fact(said(N_("Ledger hash")), [[ref(_grouped(report.hash))]]))
    rows.append(Fact(said(N_("Texts")), [[words(_gate(report))]]))
    return Facts(rows)


def _grouped(digest: str) -> str:
    """A hash as people compare it, in groups."""
    return " ".join(digest[start : start + _SHORT] for start in range(0, len(digest), _SHORT))


def _document(one: ReportDocument) -> list[Value]:
    adopted = [words(said(N_("adopted {day}"), day=on(one.adopted_on)))] if one.adopted_on else []
    body = [name(one.body)] if one.body else []
    return [ref(one.symbol), *body, *adopted]


def _event(one: ReportEvent) -> list[Value]:
    found = [name(one.name)]
    if one.starts_on:
        found.append(words(between(one.starts_on, one.ends_on or one.starts_on)))
    if one.place:
        found.append(name(one.place))
    return found if one.starts_on else [*found, words(said(N_("date not known yet")))]


def _first_day(report: Report) -> str | None:
    """The day after which, or from which, the report reports."""
    adopted = min((one.adopted_on for one in report.documents if one.adopted_on), default=None)
    first = report.request.since or adopted
    return first if first and first <= report.request.as_of else None


def _recorded(report: Report) -> Text:
    if report.recorded_at is None:
        return said(N_("nothing is recorded yet"))
    return said(N_("revision {revision} of {moment}"), revision=str(report.revision), moment=at(report.recorded_at))


def _gate(report: Report) -> Text:
    states = [
        said(N_("{state}: {n}"), n=n, state=label("translation_states", state)) for state, n in report.translations.by_state.items() if n
    ]
    return listed(states) if states else same("—")


def _notes(report: Report) -> Iterator[Text]:
    yield said(
        N_("Statuses and confirmations are as at {day}; texts, links and actions are as recorded at revision {revision}."),
        day=on(report.request.as_of), revision=str(report.revision),
    )  # fmt: skip
    if report.translations.texts:
        yield said(N_("Text that is missing in a language, unchecked or stale is marked where it stands."))


def _summary(report: Report) -> Iterator[Block]:
    yield Heading(1, said(N_("Summary")), "summary")
    for sentence in report.summary:
        yield Sentence(sentence)


def _standing(report: Report) -> Iterator[Block]:
    yield Heading(1, said(N_("Standing")), "standing")
    yield tables.standing_figure(report)
    yield tables.by_kind(report)
    yield tables.by_tracking(report)
    if report.timeline:
        yield tables.timeline_figure(report)
        yield tables.over_time(report)


def _changes(report: Report) -> Iterator[Block]:
    found, since = report.difference, report.request.since
    if found is None or since is None:
        return
    yield Heading(1, said(N_("Changes after {day}"), day=on(since)), "changes")
    if not found.updates and not found.confirmations:
        yield Sentence(said(N_("Nothing has changed.")))
    if found.updates:
        yield tables.changes(found)
    if found.confirmations:
        yield tables.confirmations(found)


def _commitments(report: Report) -> Iterator[Block]:
    if not report.commitments:
        return
    yield Heading(1, said(N_("Commitments")), "commitments")
    actions = {one.ref: one for one in report.actions}
    titles = {document.symbol: document.title for document in report.documents}
    symbol = None
    for one in report.commitments:
        if one.document != symbol and len(report.documents) > 1:
            yield Heading(2, same(one.document), f"d-{one.ref}", titles[one.document])
        symbol = one.document
        yield from commitment_blocks(one, actions, 3 if len(report.documents) > 1 else 2)


def _coverage(report: Report) -> Iterator[Block]:
    if report.coverage is None and not report.actions:
        return
    yield Heading(1, said(N_("Follow-up actions and coverage")), "coverage")
    if report.coverage is not None:
        yield Sentence(_orphans(report.coverage.orphan_commitments))
        yield Sentence(_idle(report.coverage.orphan_actions))
        if report.coverage.actions:
            yield tables.matrix(report)
    if report.actions:
        yield tables.actions(report)


def _orphans(refs: list[str]) -> Text:
    if not refs:
        return said(N_("Every operational commitment is served by an action of the event."))
    return counted(
        len(refs),
        N_("{n} operational commitment is an orphan, served by no action of the event: {refs}."),
        N_("{n} operational commitments are orphans, served by no action of the event: {refs}."),
        refs=listed([same(one) for one in refs]),
    )


def _idle(refs: list[str]) -> Text:
    if not refs:
        return said(N_("Every action of the event is linked to a commitment."))
    return counted(
        len(refs),
        N_("{n} action of the event is linked to no commitment: {refs}."),
        N_("{n} actions of the event are linked to no commitment: {refs}."),
        refs=listed([same(one) for one in refs]),
    )


def _freshness(report: Report) -> Iterator[Block]:
    if not report.freshness:
        return
    yield Heading(1, said(N_("Freshness")), "freshness")
    yield Sentence(
        counted(
            report.request.review_months,
            N_("Operational commitments are to be confirmed or updated every month."),
            N_("Operational commitments are to be confirmed or updated every {n} months."),
        )
    )
    yield tables.ages(report)
    yield tables.freshness(report)


def _translations(report: Report) -> Iterator[Block]:
    if not any(report.translations.by_state.values()):
        return
    yield Heading(1, said(N_("Translations")), "translations")
    yield tables.translations(report)
    if any(one.translation != tables.UNCHECKED for one in report.translations.texts):
        yield tables.open_texts(report)


def _annex() -> Iterator[Block]:
    """How other vocabularies say our statuses; a null there is said as a dash."""
    yield Heading(1, said(N_("Annex. Status crosswalk")), "crosswalk")
    walks = vocabularies().crosswalk
    columns = [Column(said(N_("Status")), 3), *(Column(said(_VOCABULARIES[walk.name]), 3) for walk in walks)]
    rows = [[status(code), *(name(same(walk.map[code] or "—")) for walk in walks)] for code in walks[0].map]
    yield Table("t-crosswalk", said(N_("Our statuses in other vocabularies")), columns, rows)
    yield Sentence(said(N_("The other vocabularies tell fewer statuses apart, so a crosswalk cannot be read backwards.")))
