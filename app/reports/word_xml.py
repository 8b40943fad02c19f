"""The XML of what stands in a Word file again and again: runs, cells and rows. What is somebody's is escaped here."""

import functools
import re
from collections.abc import Iterable, Sequence
from html import escape

from markupsafe import Markup

from app.i18n import Lang
from app.reports.voice import Side
from app.short import kept_if_short

GAP = Markup('<w:r><w:t xml:space="preserve">  </w:t></w:r>')
BREAK = Markup("<w:r><w:br/></w:r>")
_DELIMITER = re.compile(r"(?<=[{}%]_)(?=[{}%])")
_HEAVY = '<w:{} w:val="single" w:sz="8" w:color="1B1B1B"/>'
_LANGUAGES = {
    Lang.ZH: '<w:rFonts w:hint="eastAsia"/><w:lang w:val="en-GB" w:eastAsia="zh-CN"/>',  # Latin words as Chinese would be broken anywhere
    Lang.EN: '<w:lang w:val="en-GB" w:eastAsia="en-GB"/>',
    None: "",
}


@kept_if_short(4096, size=lambda side: len(side.words or ""))
def run(side: Side, *, free: bool = False, style: str = "") -> Markup:
    """The runs of one side: its words, somebody's in their own style, and the mark behind them."""
    found = ""
    if side.words is not None:
        pieces = "<w:br/>".join(map(_line, side.words.split("\n")))
        found = f"<w:r>{_properties(side.lang, style or ('Quoted' if free else ''))}{pieces}</w:r>"
    if side.mark:
        gap = " " if found else ""
        found += f'<w:r>{_properties(side.lang, "Mark")}<w:t xml:space="preserve">{gap}{escape(side.mark)}</w:t></w:r>'
    return Markup(found)  # noqa: S704  # made here, with what is somebody's escaped


@functools.cache
def _properties(lang: Lang | None, style: str) -> str:
    named = f'<w:rStyle w:val="{style}"/>' if style else ""
    return f"<w:rPr>{named}{_LANGUAGES[lang]}</w:rPr>" if named or lang else ""


def _line(line: str) -> str:
    """One line; what the library would take for a delimiter is cut in two."""
    pieces = _DELIMITER.split(line) if "_" in line else [line]
    return "".join(f'<w:t xml:space="preserve">{escape(piece, quote=False)}</w:t>' for piece in pieces)


def field(name: str) -> str:
    return f'<w:fldSimple w:instr="{name}"><w:r><w:t>1</w:t></w:r></w:fldSimple>'


def joined(pieces: Iterable[Markup]) -> Markup:
    return Markup("".join(pieces))  # noqa: S704  # of what is markup already


def led(made: Markup, target: str, place: int | None) -> Markup:
    """Runs that lead to an address, or to a place in the file."""
    if target[0] == "#":
        return Markup('<w:hyperlink w:anchor="b{}">{}</w:hyperlink>').format(place, made)
    return Markup('<w:fldSimple w:instr="HYPERLINK &quot;{}&quot;">{}</w:fldSimple>').format(target.replace('"', "%22"), made)


def anchored(made: Markup, place: int) -> Markup:
    """Runs that can be linked to."""
    return Markup('<w:bookmarkStart w:id="{0}" w:name="b{0}"/>{1}<w:bookmarkEnd w:id="{0}"/>').format(place, made)


def cell(width: int, style: str, lines: Sequence[Markup], *, kept: bool = False, below: bool = False, above: bool = False) -> Markup:
    """A cell of paragraphs in one style, `kept` with the next row, with heavy lines `above` and `below`."""
    rules = (_HEAVY.format("top") if above else "") + (_HEAVY.format("bottom") if below else "")
    borders = f"<w:tcBorders>{rules}</w:tcBorders>" if rules else ""
    head = f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{"<w:keepNext/>" if kept else ""}</w:pPr>'
    words = "".join(f"{head}{line}</w:p>" for line in lines)
    return Markup(f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{borders}</w:tcPr>{words}</w:tc>')  # noqa: S704  # markup in markup


def row(cells: Iterable[Markup], *, whole: bool = True) -> Markup:
    """A row of a table; a `whole` one stays on one page."""
    kept = "<w:cantSplit/>" if whole else ""
    return Markup(f"<w:tr><w:trPr>{kept}</w:trPr>{''.join(cells)}</w:tr>")  # noqa: S704  # markup in markup
