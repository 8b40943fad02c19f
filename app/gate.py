"""The one gate every text passes, whatever door it comes through. Knows characters, nothing of the tracker."""

import re
import unicodedata

from app.errors import FieldError

_REFUSED = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but TAB and LF, DEL, C1
    "\ud800-\udfff"  # lone surrogates
    "\ufdd0-\ufdef"  # noncharacters; the last two of every plane follow
    + "".join(chr(plane * 0x10000 + low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
    + "\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c"  # bidirectional controls
    "\u200b-\u200d\u2060-\u2064\ufeff\u00ad\u180e\ufff9-\ufffc"  # zero-width and invisible
    "\U000e0000-\U000e007f"  # tags
    "]"
)
_TRIMMED = "".join(chr(c) for c in range(0x3001) if unicodedata.category(chr(c)) in ("Zs", "Zl", "Zp")) + "\t\n"
_INVISIBLE = ("Z", "C")


def passed(value: str, pointer: str, *, limit: int, lines: bool) -> str | FieldError:
    """The text as it may be stored, or the error that says why not. Idempotent.

    `limit` counts code points after normalisation (NFC); `lines` says whether line breaks are allowed.
    """
    text = value.replace("\r\n", "\n").replace("\t", " ")
    if found := _REFUSED.search(text):
        return _refusal(pointer, found)
    text = unicodedata.normalize("NFC", text).strip(_TRIMMED)
    if len(text) > limit:
        return FieldError(pointer, "too_long", {"limit": limit, "length": len(text)})
    if not lines and any(mark in text for mark in "\n\u2028\u2029"):
        return FieldError(pointer, "line_break")
    if all(unicodedata.category(character)[0] in _INVISIBLE and unicodedata.category(character) != "Co" for character in text):
        return FieldError(pointer, "nothing_visible")
    return text


def _refusal(pointer: str, found: re.Match[str]) -> FieldError:
    character = f"U+{ord(found[0]):04X}"
    return FieldError(pointer, "forbidden_character", {"character": character, "position": found.start() + 1})


def folded(value: str) -> str:
    """The key under which two spellings of one name are the same: NFKC, case-folded. For comparing, never for storing."""
    return unicodedata.normalize("NFKC", value).casefold()
