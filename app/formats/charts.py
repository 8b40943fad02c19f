"""Stacked charts as SVG with a title and a description; every part has a pattern and its number, so no colour carries meaning alone."""

import unicodedata
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

import msgspec

_WIDTH = 660
_SIZE = 12
_LINE = 15
_ROW = 30
_LABELS = 150
_PLOT = 220
_FONT = "'Noto Sans CJK SC', 'Noto Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"
_INK = "#1b1b1b"


class Style(msgspec.Struct, frozen=True):
    """A fill and the strokes drawn over it, in a tile of 8 by 8."""

    fill: str
    strokes: str = ""
    stroke: str = _INK


class Part(msgspec.Struct, frozen=True):
    """One series: its name (one line a language), its values by category, and how it looks."""

    name: list[str]
    values: list[int]
    style: Style


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """`upright` charts have columns along a line, others horizontal bars. `key` makes the ids of several charts differ in one page."""

    key: str
    lang: str
    title: str
    description: str
    upright: bool
    categories: list[list[str]]
    parts: list[Part]


def svg(chart: Chart) -> str:
    """The chart as one SVG element."""
    legend, top = _legend(chart)
    body, height = (_columns if chart.upright else _bars)(chart, top)
    inner = "".join((*_patterns(chart), *legend, *body))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img" '
        f'lang={quoteattr(chart.lang)} aria-labelledby="{chart.key}-title {chart.key}-desc" font-family="{_FONT}" font-size="{_SIZE}" '
        f'fill="{_INK}"><title id="{chart.key}-title">{escape(chart.title)}</title>'
        f'<desc id="{chart.key}-desc">{escape(chart.description)}</desc>{inner}</svg>'
    )


def width_of(text: str) -> float:
    """About how wide a text is at the size of the chart."""
    return sum(_SIZE if unicodedata.east_asian_width(character) in "WFA" else _SIZE * 0.56 for character in text)


def _patterns(chart: Chart) -> Iterator[str]:
    yield "<defs>"
    for number, part in enumerate(chart.parts):
        style = part.style
        if style.strokes:
            yield (
                f'<pattern id="{chart.key}-p{number}" width="8" height="8" patternUnits="userSpaceOnUse">'
                f'<rect width="8" height="8" fill="{style.fill}"/>'
                f'<path d="{style.strokes}" stroke="{style.stroke}" stroke-width="1" fill="none"/></pattern>'
            )
    yield "</defs>"


def _box(chart: Chart, number: int, x: float, y: float, width: float, height: float) -> str:
    style = chart.parts[number].style
    fill = f"url(#{chart.key}-p{number})" if style.strokes else style.fill
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}" stroke="{_INK}" stroke-width="0.8"/>'


def _lines(lines: Sequence[str], x: float, y: float, anchor: str = "start") -> str:
    """Lines of text, the first with its baseline at y."""
    said = "".join(f'<tspan x="{x:.1f}" y="{y + _LINE * number:.1f}">{escape(line)}</tspan>' for number, line in enumerate(lines))
    return f'<text text-anchor="{anchor}">{said}</text>'


def _figure(value: int, x: float, y: float) -> str:
    """A number in the middle of its part, on white so that it can be read on every pattern."""
    wide = width_of(str(value)) + 6
    plate = f'<rect x="{x - wide / 2:.1f}" y="{y - 8:.1f}" width="{wide:.1f}" height="16" rx="3" fill="#ffffff"/>'
    return f'{plate}<text x="{x:.1f}" y="{y + 4.3:.1f}" text-anchor="middle">{value}</text>'


def _legend(chart: Chart) -> tuple[list[str], float]:
    """The legend, and where it ends."""
    found: list[str] = []
    x, y, deep = 0.0, 4.0, max((len(part.name) for part in chart.parts), default=0)
    for number, part in enumerate(chart.parts):
        wide = 24 + max(map(width_of, part.name)) + 18
        if x and x + wide > _WIDTH:
            x, y = 0.0, y + deep * _LINE + 7
        found += [_box(chart, number, x + 1, y, 16, 12), _lines(part.name, x + 24, y + 10.5)]
        x += wide
    return found, y + deep * _LINE + 14


def _totals(chart: Chart) -> list[int]:
    return [sum(part.values[position] for part in chart.parts) for position in range(len(chart.categories))]


def _bars(chart: Chart, top: float) -> tuple[list[str], int]:
    totals = _totals(chart)
    labels = max([_LABELS, *(width_of(line) + 12 for lines in chart.categories for line in lines)])
    scale = (_WIDTH - labels - 40) / max([1, *totals])
    row = _ROW + _LINE * (max((len(lines) for lines in chart.categories), default=1) - 1)
    found: list[str] = []
    for position, lines in enumerate(chart.categories):
        y = top + position * (row + 6)
        found.append(_lines(lines, labels - 8, y + row / 2 + 4.3 - _LINE * (len(lines) - 1) / 2, "end"))
        found += _bar(chart, position, labels, y, row, scale)
        found.append(_lines([str(totals[position])], labels + totals[position] * scale + 6, y + row / 2 + 4.3))
    bottom = top + len(chart.categories) * (row + 6)
    found.append(f'<path d="M{labels:.1f} {top - 4:.1f}V{bottom:.1f}" stroke="{_INK}"/>')
    return found, round(bottom + 4)


def _bar(chart: Chart, position: int, left: float, y: float, row: float, scale: float) -> Iterator[str]:
    x = left
    for number, part in enumerate(chart.parts):
        if value := part.values[position]:
            wide = value * scale
            yield _box(chart, number, x, y, wide, row)
            if wide > width_of(str(value)) + 8:
                yield _figure(value, x + wide / 2, y + row / 2)
            x += wide


def _columns(chart: Chart, top: float) -> tuple[list[str], int]:
    scale, bottom = _PLOT / max([1, *_totals(chart)]), top + _PLOT
    step = (_WIDTH - 10) / max(1, len(chart.categories))
    wide = min(48.0, step * 0.62)
    found: list[str] = []
    for position, lines in enumerate(chart.categories):
        middle = 5 + step * (position + 0.5)
        found += _column(chart, position, middle, bottom, wide, scale)
        found.append(_lines(lines, middle, bottom + 17, "middle"))
    found.append(f'<path d="M5 {bottom:.1f}H{_WIDTH - 5}" stroke="{_INK}"/>')
    deep = max((len(lines) for lines in chart.categories), default=1)
    return found, round(bottom + 10 + deep * _LINE)


def _column(chart: Chart, position: int, middle: float, bottom: float, wide: float, scale: float) -> Iterator[str]:
    y = bottom
    for number, part in enumerate(chart.parts):
        if value := part.values[position]:
            high = value * scale
            y -= high
            yield _box(chart, number, middle - wide / 2, y, wide, high)
            if high > 17:
                yield _figure(value, middle, y + high / 2)
