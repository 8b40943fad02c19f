"""PDF by typst: a template and its data in, bytes out; nothing comes from the machine it runs on, its fonts included.

A large one is made in a process of its own, because typst keeps all it has laid out until the end, and the rest of its memory for good.
"""

import datetime as dt
import functools
import importlib.metadata
import re
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import typst

from app.formats import apart

_CARRIER = "mpl-font"  # a package that carries the face; its code is never imported
_FACES = ("NotoSansCJKsc-Regular.otf", "NotoSansCJKsc-Bold.otf")
_STANDARD = "ua-1"
_QUOTED = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)
_PROBES = 40
_GENERATIONS = 11
"""typst keeps what it has laid out until it was not needed in ten further runs; empty ones let a server have its memory back at once."""
_LARGE = 2**20  # bytes of data; some 300 commitments in both languages
_MEMORY, _MEMORY_PER_BYTE = 2**29, 512
_CPU_SECONDS, _BYTES_PER_CPU_SECOND = 60, 2**16
"""What a process may take grows with the data it is given: some twice the memory and ten times the seconds that reports take."""
_WALL = 5  # seconds for each second of the processor: others may be using it
_FEW = {"RAYON_NUM_THREADS": "2", "MALLOC_ARENA_MAX": "2"}  # each thread would take memory, and a server may have many processors


@functools.cache
def faces() -> tuple[Path, ...]:
    """The files of the Chinese face, regular and bold."""
    found = {file.name: Path(str(file.locate())) for file in importlib.metadata.files(_CARRIER) or ()}
    return tuple(found[name] for name in _FACES)


@functools.cache
def _fonts() -> typst.Fonts:
    """The fonts, loaded once: those of typst itself and the Chinese face."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(faces()[0].parent)])


def compiled(template: str, data: object, files: dict[str, bytes], *, date: dt.datetime) -> bytes:
    """The PDF (tagged, PDF/UA-1) of a typst template that reads JSON from `sys.inputs.data`; `files` are what it names besides.

    The data is no file, because every file given to typst is read as a template, too, and what comes of it is kept.
    """
    given = msgspec.json.encode(data)
    make = _compiled_apart if len(given) > _LARGE else _compiled_here
    return make({"main": template.encode(), **files}, given.decode(), int(date.timestamp()))


def _compiled_here(files: dict[str, bytes], data: str, timestamp: int) -> bytes:
    try:
        return _run(files, data, pdf_standards=[_STANDARD], format="pdf", timestamp=timestamp)
    finally:
        for _ in range(_GENERATIONS):
            _run({"main": b""}, "", format="png", ppi=1)


def _compiled_apart(files: dict[str, bytes], data: str, timestamp: int) -> bytes:
    """Raises ProcessError, and LimitError where it takes too much."""
    given = msgspec.msgpack.encode((files, data, timestamp))
    return apart.run("app.formats.pdf", given=given, seconds=_WALL * _seconds(given), **_FEW)


def _seconds(given: bytes) -> int:
    return _CPU_SECONDS + len(given) // _BYTES_PER_CPU_SECOND


def main() -> None:
    """Read files, data and moment from standard input and write the PDF to standard output."""
    given = sys.stdin.buffer.read()
    apart.hold_to(memory=_MEMORY + _MEMORY_PER_BYTE * len(given), cpu_seconds=_seconds(given))
    files, data, timestamp = msgspec.msgpack.decode(given, type=tuple[dict[str, bytes], str, int])
    sys.stdout.buffer.write(_run(files, data, pdf_standards=[_STANDARD], format="pdf", timestamp=timestamp))


def png(svg: str, *, width_in_points: float, pixels_per_inch: int) -> bytes:
    """A drawing as a picture, for formats that cannot hold the drawing itself."""
    template = f'#set page(width: {width_in_points}pt, height: auto, margin: 0pt)\n#image("drawing.svg", width: 100%)'
    return _run({"main": template.encode(), "drawing.svg": svg.encode()}, "", format="png", ppi=pixels_per_inch)  # what it keeps is little


def _run(files: dict[str, bytes], data: str, **options: Any) -> bytes:
    compiler: Any = typst.Compiler  # its types know neither files in memory nor that fonts can be shared
    return bytes(compiler(files, font_paths=_fonts(), sys_inputs={"data": data}).compile(**options))


def without_glyph(text: Iterable[str]) -> frozenset[str]:
    """The characters of a text that no font has: PDF/UA refuses them, so the caller shows something else in their place."""
    unknown = {character for piece in text for character in set(piece)} - _covered()
    missing: set[str] = set()
    for _ in range(_PROBES):
        shown = sorted(unknown - missing - {"\n"})
        if not shown:
            break
        try:
            compiled(
                '#set document(title: "-")\n#for line in json(bytes(sys.inputs.data)) { par(line) }',
                shown,
                {},
                date=dt.datetime.fromtimestamp(0, dt.UTC),
            )
            break
        except typst.TypstError as error:
            found = {character for quoted in _QUOTED.findall(str(error)) for character in _unquoted(quoted)} & unknown
            missing |= found or set(shown)
    return frozenset(missing)


def _unquoted(quoted: str) -> str:
    """The text of a message, in which unusual characters are written by their code points."""
    return re.sub(r"\\u\{([0-9a-f]+)\}", lambda match: chr(int(match[1], 16)), quoted)


@functools.cache
def _covered() -> frozenset[str]:
    """The characters the regular Chinese face has, read from its `cmap` (format 12)."""
    data = faces()[0].read_bytes()
    tables = {
        data[at : at + 4]: struct.unpack_from(">I", data, at + 8)[0] for at in range(12, 12 + 16 * struct.unpack_from(">H", data, 4)[0], 16)
    }
    cmap = tables[b"cmap"]
    starts = [cmap + struct.unpack_from(">I", data, cmap + 8 + 8 * n)[0] for n in range(struct.unpack_from(">H", data, cmap + 2)[0])]
    long = next(start for start in starts if struct.unpack_from(">H", data, start)[0] == 12)
    groups = struct.iter_unpack(">III", data[long + 16 : long + 16 + 12 * struct.unpack_from(">I", data, long + 12)[0]])
    return frozenset(chr(code) for first, last, _ in groups for code in range(first, last + 1))


if __name__ == "__main__":
    main()
