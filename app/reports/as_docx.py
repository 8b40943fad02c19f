"""The report as a Word file that staff can go on editing: real heading styles, repeated table heads, page fields, pictures in words."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from markupsafe import Markup

from app.db.types import moment_of
from app.errors import N_
from app.formats.charts import svg
from app.i18n import Lang, Text
from app.reports.blocks import FREE, Block, Fact, Facts, Figure, Heading, Kind, Outline, Passage, Sentence, Table, Value
from app.reports.model import Report
from app.reports.proof import Line
from app.reports.voice import Side, Tick, Voice
from app.reports.word_xml import BREAK, GAP, anchored, cell, field, joined, led, row, run
from app.reports.wording import SEPARATORS, UNOFFICIAL_NOTE, on, said

_BODY = (Path(__file__).parent / "report.word.xml").read_text("utf-8")
_WIDTH = 9184  # of the text, in twentieths of a point
_PICTURE_MM, _PICTURE_POINTS, _PICTURE_INCH = 150.0, 425.0, 200
_TAGS = {Lang.ZH: "zh-CN", Lang.EN: "en-GB"}
_LONG = 400
_SHORT = 12
_PIECE = 2**18
_BESIDE, _BELOW = (1400, 3192), (1900, 7284)  # the widths of a label and its values, for both languages beside or below each other
_FREE_STYLES = ("Quoted", "Mark", "HeadingName")
Data = dict[str, Any]


def write(report: Report, laid: Outline, voice: Voice, tick: Tick) -> Iterator[bytes]:
    """The file; docxtpl makes it in one go."""
    from app.formats.docx import Page, Picture, filled, template  # Word's libraries are for this format only
    from app.formats.pdf import png
    from app.reports.word_styles import STYLES

    writer = _Writer(voice, laid)
    context = writer.context()
    pictures = {
        name: Picture(png(drawing, width_in_points=_PICTURE_POINTS, pixels_per_inch=_PICTURE_INCH), _PICTURE_MM, *about)
        for name, (drawing, *about) in writer.drawings.items()
    }
    chain = "".join(f"{{% if b.file == '{name}' %}}PICTURE:{name}{{% endif %}}" for name in pictures)
    page = Page(top=27, bottom=30, side=24, header=writer.header(), footer=writer.footer())
    made = template(_BODY.replace("PICTURES_HERE", chain), styles=STYLES, page=page, pictures=pictures, lang=_TAGS[voice.langs[0]])
    tick(len(laid.blocks) // 2, len(laid.blocks))
    document = filled(made, context, title=writer.title, lang=_TAGS[voice.langs[0]], moment=writer.moment, about=laid.foot.en or "")
    tick(len(laid.blocks), len(laid.blocks))
    yield from (document[start : start + _PIECE] for start in range(0, len(document), _PIECE))


class _Writer:
    """Turns blocks into what the template reads, and numbers the places that can be linked to."""

    def __init__(self, voice: Voice, laid: Outline) -> None:
        self.voice, self.laid = voice, laid
        self.places = {anchor: number for number, anchor in enumerate(sorted(laid.anchors), 1)}
        self.drawings: dict[str, tuple[str, str, str]] = {}
        self.moment = moment_of(laid.recorded_at) if laid.recorded_at else dt.datetime.fromisoformat(f"{laid.as_of}T00:00:00+00:00")
        self.title = " / ".join(one.words or "" for one in voice.label(laid.title))

    def context(self) -> Data:
        laid, blocks = self.laid, [self._block(block) for block in self.laid.blocks]
        notes = [*laid.notes, *self._unofficial()]
        return {
            "columns": self.voice.in_columns, "title": self._label(laid.title),
            "subjects": [run(one, free=True) for subject in laid.subjects for one in self.voice.value(subject)],
            "cover": self._facts(laid.facts), "notes": [self._label(note) for note in notes],
            "contents": self._beside(said(N_("Contents"))), "blocks": blocks,
            "chapters": [block for block in blocks if block["k"] == "heading" and block["level"] == 1],
        }  # fmt: skip

    def _unofficial(self) -> list[Text]:
        return [said(UNOFFICIAL_NOTE[lang]) for lang in self.laid.unofficial if lang in self.voice.langs]

    def header(self) -> str:
        """The running head: the title, and beside it the title in the other language or the day."""
        left, *right = self.voice.label(self.laid.title)
        beside = right[0] if right else self.voice.label(on(self.laid.as_of))[0]
        return f'<w:p><w:pPr><w:pStyle w:val="Running"/></w:pPr>{run(left)}<w:r><w:tab/></w:r>{run(beside)}</w:p>'

    def footer(self) -> str:
        """Which texts are not official, what the report was made from, and page x/y."""
        notes = [run(one) for note in self._unofficial() for one in self.voice.label(note)]
        foot = '<w:r><w:t xml:space="preserve"> · </w:t></w:r>'.join(run(one) for one in self.voice.label(self.laid.foot))
        pages = f"<w:r><w:tab/></w:r>{field('PAGE')}<w:r><w:t>/</w:t></w:r>{field('NUMPAGES')}"
        rows = [*notes, foot + pages]
        return "".join(f'<w:p><w:pPr><w:pStyle w:val="Foot"/></w:pPr>{row}</w:p>' for row in rows)

    def _block(self, block: Block) -> Data:
        match block:
            case Heading():
                return self._heading(block)
            case Sentence():
                return {"k": "sentence", "n": block.number, "s": self._label(block.text)}
            case Passage():
                sides = self.voice.value(block.value)
                short = all(len(one.words or "") < _LONG * 3 for one in sides)
                return {"k": "passage", "short": short, "s": [{"x": run(one, free=True), "zh": one.lang is Lang.ZH} for one in sides]}
            case Facts():
                return {"k": "facts", "rows": self._facts(block)}
            case Table():
                return self._table(block)
            case Figure():
                return self._figure(block)

    def _heading(self, block: Heading) -> Data:
        names = [] if block.name is None else [one for one in self.voice.value(Value(Kind.NAME, block.name)) if one.words]
        place = self.places[block.anchor]
        return {
            "k": "heading", "level": block.level, "at": f"b{place}", "id": place, "x": self._beside(block.text),
            "names": joined(GAP + run(one, style="HeadingName") for one in names), "first": block is self.laid.blocks[0],
        }  # fmt: skip

    def _table(self, table: Table) -> Data:
        unit = _WIDTH / sum(column.width for column in table.columns)
        widths = [round(unit * column.width) for column in table.columns]
        columns = [
            {"x": self._stacked(column.label), "w": width, "numeric": column.numeric}
            for column, width in zip(table.columns, widths, strict=True)
        ]
        made = [self._row(table, values, widths, number) for number, values in enumerate(table.rows, 1)]
        return {
            "k": "table", "caption": self._stacked(table.caption), "name": _joined(table.caption, self.voice), "columns": columns,
            "widths": widths, "rows": joined(made),
        }  # fmt: skip

    def _row(self, table: Table, values: list[Value], widths: list[int], number: int) -> Markup:
        """A row; those of a short table keep together, and the last has a line below it."""
        last = number == len(table.rows)
        total, kept = table.total and last, len(table.rows) <= _SHORT and not last
        style = "TableTotal" if total else "TableCell"
        return row(
            cell(width, style + ("Number" if column.numeric else ""), [self._value(value, self.voice)], kept=kept, below=last, above=total)
            for value, column, width in zip(values, table.columns, widths, strict=True)
        )

    def _figure(self, figure: Figure) -> Data:
        chart = self.voice.chart(figure)
        self.drawings[figure.anchor] = (svg(chart), chart.title, chart.description)
        return {"k": "figure", "file": figure.anchor, "title": self._stacked(figure.title)}

    def _facts(self, facts: Facts) -> Markup:
        """The rows of a table: a label and its values, both languages in one row or in two."""
        return joined(self._fact(fact) for fact in facts.rows)

    def _fact(self, fact: Fact) -> Markup:
        """Rows stay on one page, unless they have a long text."""
        whole = all(len(side or "") < _LONG for line in fact.lines for one in line for side in (one.text.zh, one.text.en))
        beside = self.voice.in_columns
        sides = [self._fact_side(fact, lang, _BESIDE if beside else _BELOW) for lang in self.voice.langs]
        return row(sides, whole=whole) if beside else joined(row([side], whole=whole) for side in sides)

    def _fact_side(self, fact: Fact, lang: Lang, widths: tuple[int, int]) -> Markup:
        own, between = Voice((lang,)), run(Side(lang, SEPARATORS[lang]))
        lines = [between.join(self._value(value, own) for value in line) for line in fact.lines]
        return cell(widths[0], "FactLabel", [run(Side(lang, getattr(fact.label, lang)))]) + cell(widths[1], "FactValue", lines)

    def _value(self, value: Value, voice: Voice) -> Markup:
        """A value with what it leads to and what leads to it."""
        made = BREAK.join(run(one, free=value.kind in FREE) for one in voice.value(value))
        if value.target and (value.target[0] != "#" or value.target[1:] in self.places):
            made = led(made, value.target, self.places.get(value.target[1:]))
        return anchored(made, place) if value.anchor and (place := self.places.get(value.anchor)) else made

    def _label(self, text: Text) -> list[Markup]:
        return [run(one) for one in self.voice.label(text)]

    def _stacked(self, text: Text) -> Markup:
        return BREAK.join(self._label(text))

    def _beside(self, text: Text) -> Markup:
        return GAP.join(self._label(text))


def _joined(text: Text, voice: Voice) -> str:
    return " / ".join(one.words or "" for one in voice.label(text))


def read(data: bytes) -> Iterator[Line]:
    """The runs of the file; somebody's words by their style."""
    from app.formats.docx import words  # the reader is for the proof only

    for text, own, paragraph in words(data):
        yield Line(text, free=own in _FREE_STYLES or paragraph == "Passage")
