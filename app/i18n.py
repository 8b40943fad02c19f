"""Languages: the pair of texts, the catalogues, and which language an answer speaks. The only place that imports Babel."""

import enum
import functools
import re
from typing import Any

import msgspec
from babel.messages.pofile import read_po

from app.resources import resource


class Lang(enum.StrEnum):
    ZH = "zh"
    EN = "en"


class Text(msgspec.Struct, frozen=True, gc=False):
    """A text in both languages. A missing language is null and stays null."""

    zh: str | None = None
    en: str | None = None

    def __bool__(self) -> bool:
        return self.zh is not None or self.en is not None


@functools.cache
def _catalogue(lang: Lang) -> dict[str, str]:
    with (resource("locales") / lang / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=lang)
    return {str(entry.id): str(entry.string) for entry in catalogue if entry.id and entry.string}


def gettext(lang: Lang, message: str, **params: Any) -> str:
    """`message` in the language, with its `{placeholders}` filled; the English stands where no translation is known."""
    text = _catalogue(lang).get(message, message)
    return text.format(**params) if params else text


_RANGE = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,7}|\*)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?")


def negotiate(accept_language: str | None) -> Lang:
    """The language of Accept-Language by RFC 4647 lookup; English where nothing matches or the header is malformed.

    Traditional Chinese (zh-Hant, zh-TW …) is not passed off as Simplified.
    """
    best, best_quality = Lang.EN, 0.0
    for part in (accept_language or "")[:1000].split(","):
        match = _RANGE.fullmatch(part)
        lang = _lookup(match[1]) if match else None
        quality = float(match[2] or 1) if match else 0.0
        if lang and quality > best_quality:
            best, best_quality = lang, quality
    return best


def _lookup(tag: str) -> Lang | None:
    parts = tag.lower().split("-")
    if parts[0] == "zh" and not {"hant", "tw", "hk", "mo"} & set(parts[1:]):
        return Lang.ZH
    return Lang.EN if parts[0] in ("en", "*") else None
