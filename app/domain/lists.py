"""Cursors of lists: where a page ended, bound to the filter it belongs to."""

import base64
import binascii
import hashlib
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from app.errors import unreadable

Limit = Annotated[int, Meta(ge=1, le=200, description="How many entries a page has at most.")]
Cursor = Annotated[str, Meta(max_length=600, pattern="^[A-Za-z0-9_-]{1,600}$", description="The `next` of the page before.")]


class Paging(msgspec.Struct, frozen=True, kw_only=True):
    """How every list is paged."""

    limit: Limit = 50
    cursor: Cursor | None = None


class Place(msgspec.Struct, array_like=True, frozen=True):
    """What a cursor holds: the digest of the filter, the first page's total, and the sort keys of the last entry."""

    digest: str
    total: int
    keys: list[str]


def digest(filters: Any) -> str:
    """Names a filter and sort order, whatever the page."""
    wanted = {name: value for name, value in msgspec.to_builtins(filters).items() if name not in ("limit", "cursor")}
    return hashlib.sha256(msgspec.json.encode(wanted, order="sorted")).hexdigest()[:16]


def cursor_of(place: Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def place_of(filters: Any, keys: int) -> Place | None:
    """The place a cursor names, or None on the first page. Raises BadRequest for a cursor of another list or filter."""
    if filters.cursor is None:
        return None
    try:
        place = msgspec.json.decode(base64.urlsafe_b64decode(filters.cursor + "=" * (-len(filters.cursor) % 4)), type=Place)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise unreadable("?cursor", "bad_cursor") from error
    if place.digest != digest(filters) or len(place.keys) != keys or not 0 <= place.total <= 10**12:
        raise unreadable("?cursor", "bad_cursor")
    if not all(key.replace("\x1f", "").isprintable() for key in place.keys):
        raise unreadable("?cursor", "bad_cursor")
    return place


def number_of(place: Place | None) -> int:
    """The number a page ended at, in a list that is sorted by one; 0 on the first page. Raises BadRequest for a key that is none."""
    if place is None:
        return 0
    (key,) = place.keys
    if not (key.isascii() and key.isdigit() and len(key) < 18):
        raise unreadable("?cursor", "bad_cursor")
    return int(key)
