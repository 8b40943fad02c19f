"""Passwords: which are taken, and how they are kept. The only place that imports argon2."""

import functools
import hashlib
import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import FieldError
from app.gate import folded
from app.resources import resource

SHORTEST_PASSWORD, LONGEST_PASSWORD = 15, 256
_FEWEST_CHARACTERS = 5
_LONGEST_UNIT = 8
_ROWS = tuple(
    row * 30 for row in ("abcdefghijklmnopqrstuvwxyz", "1234567890", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm")
)
_PRODUCT = ("hainantracker", "hainaninitiative", "海南倡议", "海南倡议跟踪系统")
_hasher = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)
NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$bzNnmJBJ/YoMm+hERpW3qw$wrLX1inK52+Lc1UGTZYZxbtaJ2XutLUBDc0bNe8cQ/I"
"""What is compared where there is no account, so that an unknown name takes as long as a known one."""


def password_errors(password: str, pointer: str, names: Iterable[str | None]) -> list[FieldError]:
    """What is wrong with a new password of somebody with these names (his own, those of his organization)."""
    text = unicodedata.normalize("NFC", password)
    if not SHORTEST_PASSWORD <= len(text) <= LONGEST_PASSWORD:
        return [FieldError(pointer, "password_length", {"low": SHORTEST_PASSWORD, "high": LONGEST_PASSWORD})]
    key = folded(text)
    if _follows_a_rule(key) or _is_a_name(key, names) or _digest(key) in _common():
        return [FieldError(pointer, "password_guessable")]
    return []


def _follows_a_rule(key: str) -> bool:
    """Few different characters, a short unit repeated, or a walk along the alphabet or the keyboard."""
    if len(set(key)) < _FEWEST_CHARACTERS:
        return True
    if any(key == (key[:size] * len(key))[: len(key)] for size in range(1, _LONGEST_UNIT + 1)):
        return True
    return any(walk in row for row in _ROWS for walk in (key, key[::-1]))


def _is_a_name(key: str, names: Iterable[str | None]) -> bool:
    easy = {_bare(name) for name in (*names, *_PRODUCT) if name}
    return _bare(key) in easy


def _bare(name: str) -> str:
    """A name without what people add to reach a length: spaces, and digits and marks at the ends."""
    return "".join(folded(name).split()).strip("0123456789!?.,_-#@*")


@functools.cache
def _common() -> frozenset[str]:
    """Digests of the commonest passwords of this length; `data/README.md` says where they come from."""
    return frozenset((resource("data") / "common-passwords.txt").read_text("ascii").split())


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def hashed(password: str) -> str:
    """The argon2id hash of the password in NFC; takes tens of milliseconds and 19 MiB."""
    return _hasher.hash(unicodedata.normalize("NFC", password))


def is_password(known: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; without one it takes as long and is false."""
    try:
        return _hasher.verify(known or NOBODYS, unicodedata.normalize("NFC", password)) and bool(known)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(known: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(known)
