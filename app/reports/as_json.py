"""The report as JSON: the values themselves, always in both languages."""

from collections.abc import Iterator
from typing import Any

import msgspec

from app.i18n import Lang
from app.reports.blocks import Outline
from app.reports.model import Report
from app.reports.proof import Line
from app.reports.voice import Tick, Voice

_encode = msgspec.json.Encoder().encode


def write(report: Report, laid: Outline, voice: Voice, tick: Tick) -> Iterator[bytes]:
    """One object; the long lists entry by entry."""
    lead = "{"
    for name in Report.__struct_fields__:
        value = getattr(report, name)
        yield f'{lead}"{name}":'.encode()
        yield from _listed(value, tick) if name == "commitments" else (_encode(value),)
        lead = ","
    yield b"}\n"


def _listed(values: list[Any], tick: Tick) -> Iterator[bytes]:
    yield b"["
    for number, value in enumerate(values):
        yield b"," + _encode(value) if number else _encode(value)
        tick(number + 1, len(values))
    yield b"]"


def read(data: bytes) -> Iterator[Line]:
    """Every value with the path to it; pairs of texts are somebody's words."""
    found = msgspec.json.decode(data)
    msgspec.convert(found, Report)  # whatever else it is, it is no report
    yield from _walked(found, "")


def _walked(value: Any, path: str) -> Iterator[Line]:
    if isinstance(value, dict) and set(value) == {"zh", "en"}:
        yield from (Line(value[lang] or "", free=True, lang=lang) for lang in Lang)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _walked(inner, f"{path}/{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from _walked(inner, path)
    else:
        yield Line(f"{path.removeprefix('/')} {value}", exact=True)
