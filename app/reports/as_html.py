"""The report as one web page without any outside request: for screens of every width, for print, and for screen readers."""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from html.parser import HTMLParser
from pathlib import Path

from app.errors import N_
from app.formats.charts import svg
from app.i18n import Lang, Text
from app.reports.blocks import FREE, Block, Fact, Facts, Figure, Heading, Kind, Outline, Passage, Sentence, Table, Value
from app.reports.model import Report
from app.reports.proof import Line
from app.reports.voice import Side, Tick, Told, Voice, in_line
from app.reports.wording import UNOFFICIAL_NOTE, said

_STYLE = (Path(__file__).parent / "report.css").read_text("utf-8")
POLICY = (
    "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; style-src 'sha256-"
    f"{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)
"""What a browser may do with the page: show it, with its own style."""
_TAGS = {Lang.ZH: "zh-Hans", Lang.EN: "en"}


def write(report: Report, laid: Outline, voice: Voice, tick: Tick) -> Iterator[bytes]:
    """The page, block by block."""
    writer = _Writer(voice, laid.anchors)
    yield "".join(writer.top(laid)).encode()
    for number, block in enumerate(laid.blocks, 1):
        yield ("".join(writer.block(block)) + "\n").encode()
        tick(number, len(laid.blocks))
    yield "".join(writer.bottom(laid)).encode()


class _Writer:
    def __init__(self, voice: Voice, anchors: frozenset[str]) -> None:
        self.voice, self.anchors = voice, anchors
        self.told = Told(voice.langs)

    def top(self, laid: Outline) -> Iterator[str]:
        title = " / ".join(one.words or "" for one in self.voice.label(laid.title))
        yield f'<!doctype html>\n<html lang="{_TAGS[self.voice.langs[0]]}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light">'
        yield f"<style>{_STYLE}</style></head>\n<body>"
        skip = said(N_("To the content"))
        yield f'<a class="skip" href="#content">{self._label(skip, " ")}</a>'
        yield f"<header><h1>{self._label(laid.title)}</h1>"
        for subject in laid.subjects:
            yield "".join(f'<p class="subject">{self._said(one, Kind.NAME)}</p>' for one in self.voice.value(subject))
        yield from self._facts(laid.facts)
        yield from (f'<div class="note">{note}</div>' for note in map(self._paragraph, [*laid.notes, *self._unofficial(laid)]))
        yield "</header>\n"
        yield from self._contents(laid)
        yield '<main id="content">\n'

    def _unofficial(self, laid: Outline) -> list[Text]:
        return [said(UNOFFICIAL_NOTE[lang]) for lang in laid.unofficial if lang in self.voice.langs]

    def _contents(self, laid: Outline) -> Iterator[str]:
        contents = " / ".join(one.words or "" for one in self.voice.label(said(N_("Contents"))))
        yield f'<nav aria-label="{escape(contents)}"><ol>'
        for block in laid.blocks:
            if isinstance(block, Heading) and block.level == 1:
                yield f'<li><a href="#{block.anchor}">{self._label(block.text, " ")}</a></li>'
        yield "</ol></nav>\n"

    def bottom(self, laid: Outline) -> Iterator[str]:
        yield f"</main>\n<footer>{self._paragraph(laid.foot)}"
        yield from map(self._paragraph, self._unofficial(laid))
        yield "</footer></body></html>\n"

    def block(self, block: Block) -> Iterator[str]:
        match block:
            case Heading():
                yield self._heading(block)
            case Sentence():
                yield self._paragraph(block.text, block.number)
            case Passage():
                yield self._passage(block.value)
            case Facts():
                yield from self._facts(block)
            case Table():
                yield from self._table(block)
            case Figure():
                yield f"<figure><figcaption>{self._label(block.title, ' ')}</figcaption>{svg(self.voice.chart(block))}</figure>"

    def _heading(self, block: Heading) -> str:
        names = [] if block.name is None else [one for one in self.voice.value(Value(Kind.NAME, block.name)) if one.words]
        more = "".join(f" {self._said(one, Kind.NAME)}" for one in names)
        return f'<h{block.level + 1} id="{escape(block.anchor)}">{self._label(block.text, " ")}{more}</h{block.level + 1}>'

    def _paragraph(self, text: Text, number: int | None = None) -> str:
        sides = self.voice.label(text)
        words = "".join(f"<p{self._tag(one.lang)}>{escape(one.words or '')}</p>" for one in sides)
        inner = f'<div class="pair">{words}</div>' if self.voice.in_columns and len(sides) > 1 else words
        return inner if number is None else f'<div class="numbered"><p>{number}.</p><div>{inner}</div></div>'

    def _passage(self, value: Value) -> str:
        words = "".join(f"<blockquote{self._tag(one.lang)}>{self._said(one, value.kind)}</blockquote>" for one in self.voice.value(value))
        return f'<div class="pair">{words}</div>' if self.voice.in_columns else words

    def _facts(self, facts: Facts) -> Iterator[str]:
        yield f'<table class="facts{" columns" if self.voice.in_columns else ""}"><tbody>'
        for fact in facts.rows:
            cells = [self._fact(fact, lang) for lang in self.voice.langs]
            yield f"<tr>{''.join(cells)}</tr>" if self.voice.in_columns else "".join(f"<tr>{cell}</tr>" for cell in cells)
        yield "</tbody></table>"

    def _fact(self, fact: Fact, lang: Lang) -> str:
        tag, label = self._tag(lang), escape(getattr(fact.label, lang))
        return f'<th scope="row"{tag}>{label}</th><td{tag}>{self._lines(fact, lang)}</td>'

    def _lines(self, fact: Fact, lang: Lang) -> str:
        lines = [in_line(lang, [self.told.of(value, lang, self._inner) for value in line]) for line in fact.lines]
        return lines[0] if len(lines) == 1 else "".join(f"<p>{line}</p>" for line in lines)

    def _table(self, table: Table) -> Iterator[str]:
        yield f'<div class="scroll" tabindex="0" role="region" aria-labelledby="{table.anchor}"><table><caption id="{table.anchor}">'
        yield f"{self._label(table.caption, ' ')}</caption><thead><tr>"
        yield "".join(f'<th scope="col"{_numeric(column.numeric)}>{self._label(column.label)}</th>' for column in table.columns)
        yield "</tr></thead><tbody>"
        for number, row in enumerate(table.rows, 1):
            yield '<tr class="total">' if table.total and number == len(table.rows) else "<tr>"
            yield "".join(self._cell(value, table.columns[position].numeric, position == 0) for position, value in enumerate(row))
            yield "</tr>"
        yield "</tbody></table></div>"

    def _cell(self, value: Value, numeric: bool, first: bool) -> str:
        sides = self.voice.value(value)
        anchor = f' id="{escape(value.anchor)}"' if value.anchor else ""
        kind = ' class="n"' if numeric else ' class="two"' if len(sides) > 1 else ""
        tag, scope = ("th", ' scope="row"') if first else ("td", "")
        return f"<{tag}{scope}{anchor}{kind}>{self._inner(sides, value)}</{tag}>"

    def _inner(self, sides: Iterable[Side], value: Value) -> str:
        words = " ".join(self._said(one, value.kind) for one in sides)
        return f'<a href="{escape(value.target)}">{words}</a>' if value.target and self._leads(value.target) else words

    def _leads(self, target: str) -> bool:
        return not target.startswith("#") or target[1:] in self.anchors

    def _label(self, text: Text, between: str = "") -> str:
        return between.join(self._said(one, Kind.WORDS) for one in self.voice.label(text))

    def _said(self, one: Side, kind: Kind) -> str:
        words = "" if one.words is None else escape(one.words)
        if kind in FREE and one.words is not None:
            words = f'<span class="free"{self._tag(one.lang)}>{words}</span>'
        elif one.lang is not None and self.voice.is_both:
            words = f"<span{self._tag(one.lang)}>{words}</span>"
        mark = f'<span class="mark"{self._tag(one.lang)}>{escape(one.mark)}</span>' if one.mark else ""
        return f"{words} {mark}" if words and mark else words + mark

    def _tag(self, lang: Lang | None) -> str:
        """The language of a piece, where it is not that of the whole page."""
        return f' lang="{_TAGS[lang]}"' if lang and self.voice.is_both else ""


def _numeric(numeric: bool) -> str:
    return ' class="n"' if numeric else ""


def read(data: bytes) -> list[Line]:
    """The words of the page in their order, without those of its head; a chart is read by its description."""
    reader = _Reader()
    reader.feed(data.decode())
    reader.end()
    return reader.lines


_EMPTY = {"meta", "br", "wbr", "rect", "path", "col"}
_BREAKS = {"p", "td", "th", "h1", "h2", "h3", "h4", "h5", "li", "caption", "figcaption", "blockquote", "tr", "div", "desc"}
_SKIPPED = {"head", "svg", "style"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self._open: list[tuple[str, bool | None, bool]] = []
        self._text = ""

    @property
    def _state(self) -> tuple[bool, bool]:
        skipped = next((skipped for _, skipped, _ in reversed(self._open) if skipped is not None), False)
        return skipped, any(free for _, _, free in self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = dict(attrs).get("class") or ""
        if tag in _BREAKS or "free" in kind.split():
            self.end()
        if tag not in _EMPTY:
            skipped = False if tag == "desc" else True if tag in _SKIPPED or "mark" in kind.split() else None
            self._open.append((tag, skipped, "free" in kind.split()))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BREAKS or (self._open and self._open[-1][2]):
            self.end()
        if self._open and tag == self._open[-1][0]:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        skipped, _ = self._state
        if not skipped:
            self._text += data

    def end(self) -> None:
        """Put away what was read so far as one line."""
        if self._text.strip():
            self.lines.append(Line(self._text, self._state[1]))
        self._text = ""
