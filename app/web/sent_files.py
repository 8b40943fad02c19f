"""Forms with a file: the body is taken apart into its fields, written as any other form sends them, and the file itself."""

import io
import re
from typing import NamedTuple
from urllib.parse import urlencode

from multipart import MultipartError, MultipartParser, parse_options_header

from app.errors import BadRequest, WrongMediaType

MEDIA_TYPE = "multipart/form-data"
MAX_FILE = 20 * 2**20
MAX_FIELD = 2**16
"""Bytes that the fields beside a file may take together with what separates them."""
_MOST_PARTS = 32
_BOUNDARY = re.compile(r'multipart/form-data\s*;.*boundary="?([^";]{1,70})"?', re.IGNORECASE)
_PATH = re.compile(r".*[/\\]", re.DOTALL)


class SentFile(NamedTuple):
    """A file as somebody chose it: its name without folders, and its bytes."""

    name: str
    content: bytes


class FormWithFile(NamedTuple):
    """The fields as a form without a file would send them, and the file, if one was chosen."""

    fields: bytes
    file: SentFile | None


def taken_apart(body: bytes, content_type: str | None, *, most: int) -> FormWithFile:
    """The fields and the file of a body. Raises WrongMediaType, or BadRequest where it is cut off or no form of ours."""
    kind, options = parse_options_header(content_type or "")
    if kind != MEDIA_TYPE or not options.get("boundary"):
        raise WrongMediaType("media_type", expected=MEDIA_TYPE)
    try:
        parser = MultipartParser(
            io.BytesIO(body), options["boundary"], len(body), part_limit=_MOST_PARTS, spool_limit=most, memory_limit=2 * most, strict=True
        )
        parts = list(parser)
        fields = [(part.name, part.value) for part in parts if part.filename is None]
    except (MultipartError, UnicodeDecodeError) as error:
        raise BadRequest("form_broken") from error
    chosen = next((part for part in parts if part.filename), None)
    file = None if chosen is None else SentFile(_PATH.sub("", chosen.filename), chosen.raw)
    return FormWithFile(urlencode(fields).encode(), file)


def without_boundary(body: bytes, content_type: str | None) -> bytes:
    """The body without what a browser makes up anew each time it sends the same form."""
    found = _BOUNDARY.match(content_type or "")
    return body.replace(found[1].encode("latin-1", "replace"), b"") if found else body
