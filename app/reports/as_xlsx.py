"""The report as a workbook: what others are laid out from as lists that can be filtered, sorted and counted."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from app.codes import Level, Status
from app.db.types import moment_of
from app.errors import N_
from app.formats.workbook import Cell, Chart, Grid, Look, Sheet
from app.i18n import Lang, Text
from app.reports import blocks, tables
from app.reports.blocks import FREE, Fact, Figure, Heading, Kind, Outline, Sentence, Table, Value
from app.reports.model import Report, ReportCommitment, ReportEvidence
from app.reports.proof import Line
from app.reports.voice import Tick, Voice, in_line
from app.reports.wording import UNOFFICIAL_NOTE, label, said

_FORMS: dict[tuple[Lang, ...], str] = {(Lang.ZH,): 'yyyy"年"m"月"d"日"', (Lang.EN,): "d mmmm yyyy"}
_BOTH_FORM = "yyyy-mm-dd"
_LOOKS = {
    Status.NOT_ASSESSED: Look("#FFFFFF"), Status.NOT_STARTED: Look("#E4E4E4", "percent_20", "#777777"),
    Status.UNDER_IMPLEMENTATION: Look("#9CC8EA", "wide_upward_diagonal", "#2F6FA5"), Status.IMPLEMENTED: Look("#0B4F8A"),
    Status.CONTINUING: Look("#8FCABB", "narrow_horizontal", "#2F7A66"),
    Status.NOT_IMPLEMENTED: Look("#E0A39A", "diagonal_cross", "#8C3B3B"),
    Status.OVERTAKEN_BY_EVENTS: Look("#E3CF8F", "narrow_vertical", "#8A7320"),
}  # fmt: skip
_PIECE = 2**18


def write(report: Report, laid: Outline, voice: Voice, tick: Tick) -> Iterator[bytes]:
    """The workbook; its sheets are those sections that have something to list."""
    from app.formats.workbook import written  # the library is for this format only

    sheets = list(_Writer(report, laid, voice).sheets())
    tick(1, 2)
    moment = moment_of(laid.recorded_at) if laid.recorded_at else dt.datetime.fromisoformat(f"{laid.as_of}T00:00:00+00:00")
    foot = " · ".join(
        [_joined(laid.foot, voice), *(_joined(said(UNOFFICIAL_NOTE[lang]), voice) for lang in laid.unofficial if lang in voice.langs)]
    )
    form = _FORMS.get(voice.langs, _BOTH_FORM)
    data = written(sheets, title=_joined(laid.title, voice), about=laid.foot.en or "", moment=moment, foot=foot[:230], date_form=form)
    tick(2, 2)
    yield from (data[start : start + _PIECE] for start in range(0, len(data), _PIECE))


def _joined(text: Text, voice: Voice) -> str:
    return " / ".join(one.words or "" for one in voice.label(text))


class _Writer:
    def __init__(self, report: Report, laid: Outline, voice: Voice) -> None:
        self.report, self.laid, self.voice = report, laid, voice

    def sheets(self) -> Iterator[Sheet]:
        yield self._cover()
        yield self._standing()
        yield self._list(said(N_("Commitments")), self._commitments(), 1)
        for name, table in self._tables():
            yield self._list(name, self._grid(table), 1)
        if any(one.evidence for one in self.report.commitments):
            yield self._list(said(N_("Evidence")), self._evidence(), 1)
        crosswalk = next(block for block in self.laid.blocks if isinstance(block, Table) and block.anchor == "t-crosswalk")
        yield self._list(said(N_("Status crosswalk")), self._grid(crosswalk), 0)

    def _tables(self) -> Iterator[tuple[Text, Table]]:
        report = self.report
        if report.difference and report.difference.updates:
            yield said(N_("Changes")), tables.changes(report.difference)
        if report.difference and report.difference.confirmations:
            yield said(N_("Confirmations")), tables.confirmations(report.difference)
        if report.actions:
            yield said(N_("Actions")), tables.actions(report)
        if report.coverage and report.coverage.actions:
            yield said(N_("Coverage")), tables.matrix(report)
        if report.freshness:
            yield said(N_("Freshness")), tables.freshness(report)
        if any(one.translation != tables.UNCHECKED for one in report.translations.texts):
            yield said(N_("Translations")), tables.open_texts(report)

    def _list(self, name: Text, grid: Grid, frozen: int) -> Sheet:
        return Sheet(name=self._name(name), grids=[grid], filtered=True, frozen_columns=frozen)

    def _name(self, text: Text) -> str:
        """The name of a sheet; it has at most 31 characters."""
        return _joined(text, self.voice).replace(" / ", " ")[:31].strip()

    def _cover(self) -> Sheet:
        """The cover and the sentences of the summary; a second language stands beside the first, row by row."""
        laid, langs = self.laid, self.voice.langs
        rows = [self._beside([[Cell(getattr(laid.title, lang), bold=True, spilling=True)] for lang in langs])]
        rows += [self._beside([[Cell(blocks.side(one, lang)[0], quoted=True, spilling=True)] for lang in langs]) for one in laid.subjects]
        facts = [self._beside([self._fact(fact, lang) for lang in langs]) for fact in laid.facts.rows]
        sentences = [self._beside([[Cell(one.number), Cell(getattr(one.text, lang))] for lang in langs]) for one in self._said()]
        notes = [self._beside([[None, Cell(getattr(note, lang))] for lang in langs]) for note in laid.notes]
        grids = [Grid(head=[], rows=rows), Grid(head=[], rows=facts), Grid(head=[], rows=sentences), Grid(head=[], rows=notes)]
        return Sheet(name=self._name(said(N_("Report"))), grids=grids)

    def _beside(self, sides: Sequence[Sequence[Cell | None]]) -> list[Cell | None]:
        """One row: three columns a language, and a gap between them."""
        found: list[Cell | None] = []
        for side in sides:
            found += [*([None] if found else []), *side, *[None] * (3 - len(side))]
        return found

    def _said(self) -> Iterator[Sentence]:
        """The numbered sentences of the summary."""
        for block in self.laid.blocks:
            if isinstance(block, Heading) and block.anchor == "standing":
                return
            if isinstance(block, Sentence):
                yield block

    def _fact(self, fact: Fact, lang: Lang) -> list[Cell | None]:
        """The label, our words, and names apart."""
        own = Voice((lang,))
        lines, names = (
            [in_line(lang, [own.value(value)[0].words or "" for value in line if (value.kind in FREE) is free]) for line in fact.lines]
            for free in (False, True)
        )
        free = "\n".join(filter(None, names))
        return [Cell(getattr(fact.label, lang), soft=True), Cell("\n".join(filter(None, lines))), Cell(free or None, quoted=True)]

    def _standing(self) -> Sheet:
        report = self.report
        grids = [self._grid(tables.by_kind(report), tables.standing_figure(report)), self._grid(tables.by_tracking(report))]
        if report.timeline:
            grids.append(self._grid(tables.over_time(report), tables.timeline_figure(report)))
        grids.append(self._grid(tables.ages(report)))
        grids.append(self._grid(tables.translations(report)))
        return Sheet(name=self._name(said(N_("Standing"))), grids=grids)

    def _grid(self, table: Table, figure: Figure | None = None) -> Grid:
        statuses = [column for column, value in enumerate(table.rows[0] if table.rows else []) if value.kind is Kind.STATUS]
        return Grid(
            caption=_joined(table.caption, self.voice), head=self._heads([column.label for column in table.columns]),
            rows=[[self._cell(value) for value in row] for row in table.rows], total=table.total,
            choices={column: self._labels("statuses", Status) for column in statuses if not table.total},
            chart=self._chart(table, figure) if figure else None,
        )  # fmt: skip

    def _chart(self, table: Table, figure: Figure) -> Chart:
        """Of the numbers that stand in the sheet: the table has the statuses as rows, or as columns along a time line."""
        description, title = _joined(figure.description, self.voice), _joined(figure.title, self.voice)
        if figure.upright:
            return Chart(
                title=title,
                description=description,
                upright=True,
                looks={n: _LOOKS[Status(one.code)] for n, one in enumerate(figure.series, 1)},
            )
        shown = {one.code for one in figure.series}
        looks = {n: _LOOKS[code] for n, code in enumerate(Status, 1) if code in shown}
        return Chart(title=title, description=description, upright=False, looks=looks, columns=len(table.columns) - 2)

    def _labels(self, vocabulary: str, codes: Iterable[str]) -> list[str]:
        return [_joined(label(vocabulary, code), self.voice) for code in codes]

    def _cell(self, value: Value) -> Cell:
        if value.kind is Kind.DATE and isinstance(value.raw, str):
            return Cell(dt.date.fromisoformat(value.raw))
        if isinstance(value.raw, int):
            return Cell(value.raw, percent=value.kind is Kind.PER_CENT)
        sides = [" ".join(filter(None, (one.words, one.mark))) for one in self.voice.value(value)]
        words = (" / " if value.kind not in FREE else "\n").join(sides)
        return Cell(None if words == "—" else words, quoted=value.kind in FREE)

    def _texts(self, value: Value | None) -> list[Cell]:
        """Somebody's words, one column a language, exactly as they are; nothing where there are none."""
        return [Cell(None if value is None else getattr(value.text, lang), quoted=True) for lang in self.voice.langs]

    def _words(self, text: Text) -> Cell:
        return Cell(_joined(text, self.voice))

    def _per_language(self, text: Text) -> list[str]:
        """The heads of the columns of somebody's words."""
        return [getattr(text, lang) for lang in self.voice.langs]

    def _commitments(self) -> Grid:
        head = [
            said(N_("Commitment")),
            said(N_("Document")),
            said(N_("Kind")),
            said(N_("Tracking")),
            said(N_("Level")),
            said(N_("Part of")),
        ]
        more = [
            said(N_("Status")), said(N_("Effective")), said(N_("Last confirmed")), said(N_("Months without confirmation")),
            said(N_("Review due")), said(N_("Review")), said(N_("Actions")),
        ]  # fmt: skip
        text, narrative = self._per_language(said(N_("Text"))), self._per_language(said(N_("Narrative")))
        groups = [*self._per_language(said(N_("Addressed to"))), *self._per_language(said(N_("Responsible")))]
        heads = [*self._heads(head), *text, self._heads([said(N_("Both languages"))])[0], *self._heads(more), *narrative, *groups]
        rows: list[list[Cell | None]] = [[*self._commitment(one)] for one in self.report.commitments]
        column = len(head) + len(text) + 1
        caption = _joined(said(N_("Commitments and their parts")), self.voice)
        return Grid(caption=caption, head=heads, rows=rows, choices={column: self._labels("statuses", Status)})

    def _heads(self, texts: Sequence[Text]) -> list[str]:
        return ["\n".join(one.words or "" for one in self.voice.label(text)) for text in texts]

    def _commitment(self, one: ReportCommitment) -> list[Cell]:
        level = said(N_("Part")) if one.level == Level.PART else said(N_("Commitment"))
        review = None if not one.review_due_on else said(N_("overdue")) if one.review_overdue else said(N_("not due yet"))
        return [
            Cell(one.ref), Cell(one.document), self._words(label("kinds", one.kind)), self._words(label("tracking", one.tracking)),
            self._words(level), Cell(one.parent), *self._texts(blocks.printed(one.text)),
            self._words(label("translation_states", one.text.translation)), self._words(label("statuses", one.status)),
            _day(one.status_effective_on), _day(one.last_confirmed_on), Cell(one.months_unconfirmed), _day(one.review_due_on),
            self._words(review) if review else Cell(None), Cell(", ".join(service.action for service in one.served_by) or None),
            *self._texts(blocks.printed(one.narrative) if one.narrative else None),
            *self._names([each.name for each in one.addressees]), *self._names([each.name for each in one.responsible]),
        ]  # fmt: skip

    def _names(self, texts: Sequence[Text]) -> list[Cell]:
        """Names in a row, one column a language, apart as that language has it."""
        between = {Lang.ZH: "；", Lang.EN: "; "}
        return [Cell(between[lang].join(getattr(text, lang) or "—" for text in texts) or None, quoted=True) for lang in self.voice.langs]

    def _evidence(self) -> Grid:
        head = [said(N_("Commitment")), said(N_("Kind")), said(N_("Symbol")), said(N_("Paragraph")), said(N_("Date")), said(N_("Address"))]
        heads = [*self._heads(head), *self._per_language(said(N_("Title"))), *self._per_language(said(N_("Note")))]
        rows: list[list[Cell | None]] = [[*self._proof(one.ref, proof)] for one in self.report.commitments for proof in one.evidence]
        return Grid(caption=_joined(said(N_("Evidence of the present statuses")), self.voice), head=heads, rows=rows)

    def _proof(self, ref: str, proof: ReportEvidence) -> list[Cell]:
        texts = [blocks.printed(one) if one else None for one in (proof.title, proof.note)]
        return [
            Cell(ref), self._words(label("evidence_kinds", proof.kind)), Cell(proof.symbol), Cell(proof.paragraph, quoted=True),
            _day(proof.date), Cell(proof.url), *self._texts(texts[0]), *self._texts(texts[1]),
        ]  # fmt: skip


def _day(day: str | None) -> Cell:
    return Cell(dt.date.fromisoformat(day) if day else None)


def read(data: bytes) -> Iterator[Line]:
    """The cells of the workbook; somebody's words by their mark."""
    from app.formats.workbook import cells  # the reader is for the proof only

    for cell in cells(data):
        yield Line(str(cell.value), free=cell.quoted)
