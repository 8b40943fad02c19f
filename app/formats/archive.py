"""Whether a ZIP file with XML in it can be opened without harm: its size, its depth, and no document type anywhere."""

import io
import zipfile
from typing import Any
from xml.parsers import expat

MOST_ENTRIES = 1_000
MOST_BYTES = 100 * 2**20
HIGHEST_RATIO = 100
SMALL = 2**16
"""Entries up to this size may be packed as tightly as they like."""
DEEPEST, MOST_ELEMENTS, MOST_ATTRIBUTES = 200, 1_000_000, 1_000
_PIECE = 2**16
_XML = (".xml", ".rels", ".vml")


class ArchiveError(ValueError):
    """The file is no such archive, or would take more than it may; `code` says why."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def checked(content: bytes) -> zipfile.ZipFile:
    """The archive, every part of which was read once within the limits. Raises ArchiveError."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = archive.infolist()
        if len(entries) > MOST_ENTRIES:
            raise ArchiveError("archive_entries", limit=MOST_ENTRIES)
        if any(entry.flag_bits & 1 for entry in entries):
            raise ArchiveError("archive_broken")
        left, elements = MOST_BYTES, _Count()
        for entry in entries:
            left -= _read(archive, entry, left, elements)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, OSError, EOFError, ValueError) as error:
        if isinstance(error, ArchiveError):
            raise
        raise ArchiveError("archive_broken") from error
    return archive


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int, elements: "_Count") -> int:
    """Unpack an entry piece by piece, whatever it says of its size, and return how much it holds."""
    size = 0
    parser = _parser(elements) if entry.filename.lower().endswith(_XML) else None
    with archive.open(entry) as file:
        while piece := file.read(_PIECE):
            size += len(piece)
            if size > left:
                raise ArchiveError("archive_size", limit=MOST_BYTES)
            if size > max(SMALL, HIGHEST_RATIO * entry.compress_size):
                raise ArchiveError("archive_ratio", limit=HIGHEST_RATIO)
            _feed(parser, piece, last=False)
    _feed(parser, b"", last=True)
    return size


def _feed(parser: Any, piece: bytes, *, last: bool) -> None:
    if parser is None:
        return
    try:
        parser.Parse(piece, last)
    except expat.ExpatError as error:
        raise ArchiveError("archive_broken") from error


class _Count:
    """Elements of all parts together, and how deep the present one is."""

    def __init__(self) -> None:
        self.number = self.depth = 0

    def start(self, _name: str, attributes: list[str]) -> None:
        self.number += 1
        self.depth += 1
        if self.number > MOST_ELEMENTS or self.depth > DEEPEST or len(attributes) > 2 * MOST_ATTRIBUTES:
            raise ArchiveError("archive_elements", limit=MOST_ELEMENTS)

    def end(self, _name: str) -> None:
        self.depth -= 1


def _parser(elements: _Count) -> Any:
    """A parser that counts, and that refuses a document type before anything in it is looked at."""
    elements.depth = 0
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.StartElementHandler, parser.EndElementHandler = elements.start, elements.end
    parser.StartDoctypeDeclHandler = _refuse
    return parser


def _refuse(*_: Any) -> None:
    raise ArchiveError("archive_doctype")
