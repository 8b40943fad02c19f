"""The report as a tagged PDF: the blocks become the data of a typst template."""

import datetime as dt
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.db.types import moment_of
from app.errors import N_, Unavailable
from app.formats.apart import LimitError
from app.formats.charts import svg
from app.i18n import Lang
from app.reports.blocks import FREE, Block, Fact, Facts, Figure, Heading, Kind, Outline, Passage, Sentence, Table, Value
from app.reports.model import Report
from app.reports.proof import Line
from app.reports.voice import Side, Tick, Voice
from app.reports.wording import SEPARATORS, UNOFFICIAL_NOTE, on, said

_TEMPLATE = (Path(__file__).parent / "report.typ").read_text("utf-8")
_PIECE = 2**18
_LONG = re.compile(r"[!-~]{30,}")
_SHORT = {Lang.ZH: 360, Lang.EN: 800}  # characters that take less than a third of a page in half its width
_WHOLE, _FEW_LINES = 800, 5
Data = dict[str, Any]


def write(report: Report, laid: Outline, voice: Voice, tick: Tick) -> Iterator[bytes]:
    """The file; typst makes it in one go, without holding up other threads. Raises Unavailable where it takes too much."""
    from app.formats.pdf import compiled, without_glyph  # typst and its fonts are for this format only

    writer = _Writer(voice, laid)
    data = writer.data()
    for missing in without_glyph(writer.printed):
        data = _replaced(data, missing)
    try:
        made = compiled(_TEMPLATE, data, writer.files, date=writer.date)
    except LimitError as error:
        raise Unavailable("report_too_much") from error
    tick(len(laid.blocks), len(laid.blocks))
    yield from (made[start : start + _PIECE] for start in range(0, len(made), _PIECE))


def _replaced(data: Any, missing: str) -> Any:
    """The data with a character that no font has named by its code point, so that it does not vanish."""
    if isinstance(data, str):
        return data.replace(missing, f"[U+{ord(missing):04X}]")
    if isinstance(data, list):
        return [_replaced(one, missing) for one in data]
    return {name: _replaced(one, missing) for name, one in data.items()} if isinstance(data, dict) else data


def _breakable(match: re.Match[str]) -> str:
    """A word longer than a line may break anywhere; typst would let it run out of the page."""
    return "\u200b".join(match[0])


def _is_short(value: Value) -> bool:
    """Whether a text stays on one page, beside its other language."""
    sides = [(lang, getattr(value.text, lang) or "") for lang in Lang]
    return all(len(words) <= _SHORT[lang] and words.count("\n") < _FEW_LINES for lang, words in sides)


def _is_whole(fact: Fact) -> bool:
    """Whether a row stays on one page; typst would let a higher one than a page run out of it."""
    sides = [side for line in fact.lines for one in line for side in (one.text.zh, one.text.en) if side]
    return len(fact.lines) <= _FEW_LINES and sum(map(len, sides)) <= _WHOLE and not any("\n" in side for side in sides)


def _is_of_short_words(fact: Fact) -> bool:
    """Whether a row is a text of somebody's and stays on one page."""
    return [[value.kind for value in line] for line in fact.lines] == [[Kind.PROSE]] and _is_whole(fact)


def _is_one_word(value: Value) -> bool:
    """Whether a reference has to be kept on one line; one of letters and digits alone stays there by itself."""
    return value.kind is Kind.REF and not (value.text.en or "").isalnum()


class _Writer:
    """Collects what is printed and the drawings while the data is made."""

    def __init__(self, voice: Voice, laid: Outline) -> None:
        self.voice, self.laid = voice, laid
        self.printed: set[str] = set()
        self.files: dict[str, bytes] = {}
        self.date = moment_of(laid.recorded_at) if laid.recorded_at else dt.datetime.fromisoformat(f"{laid.as_of}T00:00:00+00:00")

    def data(self) -> Data:
        laid, voice = self.laid, self.voice
        title = " / ".join(one.words or "" for one in voice.label(laid.title))
        notes = [UNOFFICIAL_NOTE[lang] for lang in laid.unofficial if lang in voice.langs]
        return {
            "langs": list(voice.langs), "columns": voice.in_columns, "title": title, "keywords": [laid.foot.en or ""],
            "date": [self.date.year, self.date.month, self.date.day], "head": self._sides(voice.label(laid.title)),
            "day": self._sides(voice.label(on(laid.as_of))), "foot": self._sides(voice.label(laid.foot)),
            "heading": self._sides(voice.label(laid.title)), "subjects": [self._value(one, voice) for one in laid.subjects],
            "facts": self._facts(laid.facts),
            "notes": [self._sides(voice.label(note)) for note in [*laid.notes, *map(said, notes)]],
            "unofficial": [self._sides(voice.label(said(note))) for note in notes],
            "contents": self._sides(voice.label(said(N_("Contents")))), "blocks": [self._block(block) for block in laid.blocks],
        }  # fmt: skip

    def _block(self, block: Block) -> Data:
        match block:
            case Heading():
                names = [] if block.name is None else [one for one in self.voice.value(Value(Kind.NAME, block.name)) if one.words]
                sides = self._sides(self.voice.label(block.text))
                return {"k": "heading", "level": block.level, "anchor": block.anchor, "s": sides, "name": self._sides(names)}
            case Sentence():
                return {"k": "sentence", "n": block.number, "s": self._sides(self.voice.label(block.text))}
            case Passage():
                return {"k": "passage", "v": self._value(block.value, self.voice), "short": _is_short(block.value)}
            case Facts():
                return self._facts(block)
            case Table():
                return self._table(block)
            case Figure():
                return self._figure(block)

    def _table(self, table: Table) -> Data:
        columns = [
            {"s": self._sides(self.voice.label(column.label)), "w": column.width, "numeric": column.numeric} for column in table.columns
        ]
        rows = [[self._cell(value) for value in row] for row in table.rows]
        return {
            "k": "table",
            "caption": self._sides(self.voice.label(table.caption)),
            "columns": columns,
            "rows": rows,
            "total": table.total,
        }

    def _cell(self, value: Value) -> Any:
        """A value of a table; words of ours and numbers, of which there are most, are mere texts, one or one for each language."""
        sides = self.voice.value(value)
        if value.kind in FREE or value.target or value.anchor or value.kind is Kind.REF or any(one.mark or not one.words for one in sides):
            return self._value(value, self.voice)
        found = [self._kept(one.words or "") for one in sides]
        return found if len(found) > 1 else found[0]

    def _figure(self, figure: Figure) -> Data:
        chart, name = self.voice.chart(figure), f"{figure.anchor}.svg"
        self.files[name] = svg(chart).encode()
        return {"k": "figure", "file": name, "alt": chart.description, "title": self._sides(self.voice.label(figure.title))}

    def _facts(self, facts: Facts) -> Data:
        """Rows in parts: those of somebody's words apart from the others."""
        parts = [
            {"words": words, "rows": [row for fact in some for row in self._rows(fact)]}
            for words, some in itertools.groupby(facts.rows, _is_of_short_words)
        ]
        return {"k": "facts", "parts": parts, "whole": all(map(_is_whole, facts.rows))}

    def _rows(self, fact: Fact) -> list[list[Data]]:
        """A label and lines for each language, side by side or in rows of their own."""
        sides = [
            {"l": lang, "label": self._kept(getattr(fact.label, lang)), "lines": [self._line(line, lang) for line in fact.lines]}
            for lang in self.voice.langs
        ]
        return [sides] if self.voice.in_columns else [[side] for side in sides]

    def _line(self, values: list[Value], lang: Lang) -> list[Any]:
        """What is plain stands together as one text, which typst sets much faster."""
        found: list[Any] = []
        for number, value in enumerate(values):
            plain = SEPARATORS[lang] if number else ""
            if value.kind in FREE or value.target:
                found += [plain] * bool(plain) + [self._value(value, Voice((lang,)), tell=False)]
                continue
            plain += self._kept(getattr(value.text, lang) or "")
            if found and isinstance(found[-1], str):
                found[-1] += plain
            else:
                found.append(plain)
        return found

    def _kept(self, words: str) -> str:
        self.printed.add(words)
        return words

    def _value(self, value: Value, voice: Voice, *, tell: bool = True) -> Data:
        """A value; where the cell tells the language of all of it, its sides need not."""
        target = value.target if value.target and (value.target[0] != "#" or value.target[1:] in self.laid.anchors) else None
        sides = self._sides(voice.value(value) if tell else [Side(None, one.words, one.mark) for one in voice.value(value)])
        return {"s": sides, "free": value.kind in FREE, "to": target, "at": value.anchor, "whole": _is_one_word(value)}

    def _sides(self, sides: list[Side]) -> list[Data]:
        self.printed.update(one.words for one in sides if one.words)
        return [{"l": one.lang, "t": one.words and _LONG.sub(_breakable, one.words), "m": one.mark} for one in sides]


def read(data: bytes) -> Iterator[Line]:
    """The words of every page without its head and foot; somebody's words by the size they are set in."""
    from app.formats.pdf_text import runs  # the reader of PDF is for the proof only

    for text, size in runs(data):
        yield Line(text, free=re.fullmatch(r"\d+\.\d4", f"{size:.2f}") is not None)
