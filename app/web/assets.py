"""The files that pages refer to, under names that carry the hash of their content, so that browsers may keep them for good."""

import functools
import hashlib
from pathlib import Path

import msgspec

STATIC = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_NAMES = ("site.css", "desk.css", "site.js", "icon.svg")
FOR_GOOD = "public, max-age=31536000, immutable"


class Asset(msgspec.Struct, frozen=True):
    name: str
    media_type: str
    body: bytes


@functools.cache
def _by_own_name() -> dict[str, Asset]:
    return {name: _asset(STATIC / name) for name in _NAMES}


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(f"{path.stem}.{hashlib.sha256(body).hexdigest()[:12]}{path.suffix}", _TYPES[path.suffix], body)


def address_of(name: str) -> str:
    """Where the file is found, e.g. /static/site.0123456789ab.css."""
    return f"/static/{_by_own_name()[name].name}"


def asset(name: str) -> Asset | None:
    """The file with this hashed name, or None."""
    return next((one for one in _by_own_name().values() if one.name == name), None)
