"""The report as Markdown (CommonMark with tables): nothing that somebody wrote is ever markup."""

import re
from collections.abc import Iterable, Iterator

from app.i18n import Lang, Text
from app.reports.blocks import FREE, Block, Fact, Facts, Figure, Heading, Kind, Outline, Passage, Sentence, Table, Value
from app.reports.model import Report
from app.reports.proof import Line
from app.reports.voice import Side, Tick, Told, Voice, in_line
from app.reports.wording import UNOFFICIAL_NOTE, said
from app.short import kept_if_short

_PLAIN = re.compile(r"[^\\`*_\[\]<>&|~#$\n\-+=\d ][^\\`*_\[\]<>&|~#$\n]*(?<! )")
_MARKUP = re.compile(r"([\\`*_\[\]<>&|~#$])")
_START = re.compile(r"^( *\d{0,9})(?:(?<!\d)([-+=])|(?<=\d)([.)]))", re.MULTILINE)
_EDGE = re.compile(r"^ +| +$", re.MULTILINE)


def write(report: Report, laid: Outline, voice: Voice, tick: Tick) -> Iterator[bytes]:
    """The blocks one after the other."""
    writer = _Writer(voice)
    yield from (line.encode() for line in writer.cover(laid.title, laid.subjects, laid.facts, laid.notes))
    for number, block in enumerate(laid.blocks, 1):
        yield ("\n".join(writer.block(block)) + "\n\n").encode()
        tick(number, len(laid.blocks))
    notes = [said(UNOFFICIAL_NOTE[lang]) for lang in laid.unofficial if lang in voice.langs]
    yield "".join(f"{line}\n" for note in [*notes, laid.foot] for line in ("---", "", *writer.sentence(note), "")).encode()


@kept_if_short(4096)
def escaped(text: str) -> str:
    """Words as they are read, whatever Markdown would make of them."""
    if _PLAIN.fullmatch(text):
        return text
    found = _MARKUP.sub(r"\\\1", text)
    found = _EDGE.sub(lambda match: "&#32;" * len(match[0]), found)
    return _START.sub(lambda match: f"{match[1]}\\{match[2] or match[3]}", found)


class _Writer:
    def __init__(self, voice: Voice) -> None:
        self.voice, self.in_columns = voice, voice.in_columns
        self.told = Told(voice.langs)

    def cover(self, title: Text, subjects: list[Value], facts: Facts, notes: list[Text]) -> Iterator[str]:
        yield "".join(f"# {escaped(one.words or '')}\n\n" for one in self.voice.label(title))
        for subject in subjects:
            yield "".join(f"{self._said(one, Kind.NAME)}\n\n" for one in self.voice.value(subject))
        yield "\n".join(self._facts(facts)) + "\n\n"
        for note in notes:
            yield "\n".join(self.sentence(note)) + "\n\n"

    def block(self, block: Block) -> Iterator[str]:
        match block:
            case Heading():
                yield self._heading(block)
            case Sentence():
                yield from self.sentence(block.text, block.number)
            case Passage():
                yield from self._passage(block.value)
            case Facts():
                yield from self._facts(block)
            case Table():
                yield from self._table(block)
            case Figure():
                yield from self._figure(block)

    def _heading(self, block: Heading) -> str:
        words = " / ".join(escaped(one.words or "") for one in self.voice.label(block.text))
        names = [] if block.name is None else [one for one in self.voice.value(Value(Kind.NAME, block.name)) if one.words]
        return f"{'#' * (block.level + 1)} {words}" + "".join(f" · {self._said(one, Kind.NAME)}" for one in names)

    def sentence(self, text: Text, number: int | None = None) -> Iterator[str]:
        sides = [escaped(one.words or "") for one in self.voice.label(text)]
        lead, indent = ("", "") if number is None else (f"{number}. ", " " * len(f"{number}. "))
        for position, words in enumerate(sides):
            yield (lead if position == 0 else indent) + words
            if position + 1 < len(sides):
                yield ""

    def _passage(self, value: Value) -> Iterator[str]:
        sides = self.voice.value(value)
        if self.in_columns:
            yield from _rows([["中文", "English"], ["---", "---"], [self._cell([one], value) for one in sides]])
            return
        for number, one in enumerate(sides):
            yield from ["", *self._quoted(one)] if number else self._quoted(one)

    def _quoted(self, one: Side) -> Iterator[str]:
        if one.words is not None:
            lines = [escaped(line) for line in one.words.split("\n")]
            for line, following in zip(lines, [*lines[1:], ""], strict=True):
                yield f"> {line}" + ("\\" if line and following else "")
        if one.mark:
            yield from ([">"] if one.words is not None else []) + [f"> {escaped(one.mark)}"]

    def _facts(self, facts: Facts) -> Iterator[str]:
        rows = [row for fact in facts.rows for row in self._fact(fact)]
        columns = len(rows[0])
        yield from _rows([[""] * columns, ["---"] * columns, *rows])

    def _fact(self, fact: Fact) -> Iterator[list[str]]:
        sides = [[f"**{escaped(getattr(fact.label, lang))}**", self._lines(fact, lang)] for lang in self.voice.langs]
        if self.in_columns:
            yield [cell for side in sides for cell in side]
        else:
            yield from sides

    def _lines(self, fact: Fact, lang: Lang) -> str:
        lines = [[self.told.of(value, lang, self._cell) for value in line] for line in fact.lines]
        return "<br>".join([line[0] if len(line) == 1 else in_line(lang, line) for line in lines])

    def _table(self, table: Table) -> Iterator[str]:
        yield "**" + " / ".join(escaped(one.words or "") for one in self.voice.label(table.caption)) + "**"
        yield ""
        head = ["<br>".join(escaped(one.words or "") for one in self.voice.label(column.label)) for column in table.columns]
        rule = ["---:" if column.numeric else "---" for column in table.columns]
        yield from _rows([head, rule, *([self._cell(self.voice.value(value), value) for value in row] for row in table.rows)])

    def _figure(self, figure: Figure) -> Iterator[str]:
        """The figure in words: Markdown has none of its own."""
        yield "**" + " / ".join(escaped(one.words or "") for one in self.voice.label(figure.title)) + "**"
        yield ""
        yield from self.sentence(figure.description)

    def _cell(self, sides: Iterable[Side], value: Value) -> str:
        return "<br>".join([self._said(one, value.kind) for one in sides]).replace("\n", "<br>")

    def _said(self, one: Side, kind: Kind) -> str:
        words = "" if one.words is None else _address(one.words) if kind is Kind.LINK else escaped(one.words)
        if kind in FREE and one.words is not None:
            words = f"*{words}*"
        if not one.mark:
            return words
        return f"{words} {escaped(one.mark)}" if words else escaped(one.mark)


def _address(url: str) -> str:
    return f"<{url.replace('<', '%3C').replace('>', '%3E').replace('|', '%7C')}>"


def _rows(rows: Iterable[list[str]]) -> Iterator[str]:
    for row in rows:
        yield f"| {' | '.join(row)} |"


_UNESCAPED = re.compile(r"\\(.)")
_FREE = re.compile(r"<https?://[^>\n]*>|>(?<=\n>) ?(?P<quoted>.*)|\*(?<![\\*]\*)(?!\*)(?P<told>(?:\\.|[^*\\\n])*)\*(?!\*)")


def read(data: bytes) -> Iterator[Line]:
    """What a file in one language says: somebody's words, quoted or in italics, and each stretch of ours between them."""
    text, last = data.decode(), 0
    for match in _FREE.finditer(text):
        if match.lastgroup is None:  # an address, in which an asterisk is one
            continue
        yield Line(_plain(text[last : match.start()]))
        yield Line(_plain(_unbroken(match[match.lastgroup])), free=True)
        last = match.end()
    yield Line(_plain(text[last:]))


def _unbroken(line: str) -> str:
    """A line without the backslash that goes on with the next; two of them are one that somebody wrote."""
    return line[:-1] if (len(line) - len(line.rstrip("\\"))) % 2 else line


def _plain(text: str) -> str:
    text = text.replace("<br>", " ").replace("&#32;", " ") if "<" in text or "&" in text else text
    return _UNESCAPED.sub(r"\1", text) if "\\" in text else text
