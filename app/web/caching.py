"""What may be stored where, and whether the caller has it already."""

import hashlib

PUBLIC = "public, max-age=0, must-revalidate"
PRIVATE = "private, max-age=0, must-revalidate"
PERSONAL = "private, no-store"
VARY = "Authorization, Cookie"


def has_tag(wanted: bytes, tag: bytes) -> bool:
    """Whether an If-None-Match names this ETag."""
    return wanted.strip() == b"*" or tag in {part.strip().removeprefix(b"W/") for part in wanted.split(b",")}


def record_tag(version: int, body: bytes) -> str:
    """The ETag of a record: its version, which If-Match compares, and a hash of the bytes, which If-None-Match compares too."""
    return f'"{version}.{hashlib.sha256(body).hexdigest()[:16]}"'
