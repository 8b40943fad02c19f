"""Languages: texts in pairs, catalogues, dates and numbers in words, which language an answer speaks. Only this imports Babel."""

import datetime as dt
import enum
import functools
import re
from collections.abc import Sequence
from typing import Any

import msgspec
from babel.core import Locale
from babel.dates import format_date, format_interval, format_time
from babel.lists import format_list
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

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


_LOCALES = {Lang.ZH: Locale("zh", "CN", "Hans"), Lang.EN: Locale("en", "GB")}


@functools.lru_cache(maxsize=8192)
def day_words(lang: Lang, day: dt.date | str) -> str:
    """A date as the United Nations writes it: 24 November 2022, 2022年11月24日."""
    return format_date(dt.date.fromisoformat(day) if isinstance(day, str) else day, "long", locale=_LOCALES[lang])


@functools.lru_cache(maxsize=4096)
def moment_words(lang: Lang, moment: str) -> str:
    """Date and time of a moment, which is in UTC; the text says so with a word of its own."""
    at = dt.datetime.fromisoformat(moment)
    return f"{day_words(lang, at.date())} {format_time(at.time(), 'HH:mm', locale=_LOCALES[lang])}"


@functools.lru_cache(maxsize=1024)
def period_words(lang: Lang, first: dt.date, last: dt.date) -> str:
    """From a day to another in full: 2022年11月21日至24日, 21–24 November 2022 (what is the same is said once)."""
    if first == last:
        return day_words(lang, first)
    if lang is Lang.ZH:
        return format_interval(first, last, "yMMMMd", locale=_LOCALES[lang])
    pattern = "d" if (first.year, first.month) == (last.year, last.month) else "d MMMM" if first.year == last.year else "d MMMM y"
    return f"{format_date(first, pattern, locale=_LOCALES[lang])}–{day_words(lang, last)}"


def day_in_lines(lang: Lang, date: dt.date) -> list[str]:
    """A date in two short lines, for the foot of a column."""
    if lang is Lang.ZH:
        return [f"{date.year}年", f"{date.month}月{date.day}日"]
    return [format_date(date, "d MMM", locale=_LOCALES[lang]), str(date.year)]


@functools.lru_cache(maxsize=8192)
def number_words(lang: Lang, number: int) -> str:
    """A number with its thousands apart."""
    return str(number) if 0 <= number < 1000 else format_decimal(number, locale=_LOCALES[lang])


def list_words(lang: Lang, items: Sequence[str], style: Any = "standard") -> str:
    """A, B and C; with style `or`, A, B or C."""
    return items[0] if len(items) == 1 else format_list(list(items), style=style, locale=_LOCALES[lang])


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
