"""How a report speaks: messages of the catalogues with dates, numbers and labels in each language. Always a pair, never a layout."""

import datetime as dt
import functools
from collections.abc import Iterable, Sequence
from typing import Any

from app import i18n
from app.db.types import moment_of
from app.domain.vocabularies import Term, vocabularies
from app.errors import N_
from app.i18n import Lang, Text, gettext

_ENDASH = "–"


def said(message: str, **values: Any) -> Text:
    """A message in both languages; values are pairs, dates, numbers, or words that are the same in both."""
    if not values:
        return _plain(message)
    return Text(**{lang.value: gettext(lang, message, **{name: _side(lang, value) for name, value in values.items()}) for lang in Lang})


def counted(number: int, one: str, many: str, **values: Any) -> Text:
    """A message about `n` things; English has a form for one of them."""
    return said(one if number == 1 else many, n=number, **values)


@functools.cache
def _plain(message: str) -> Text:
    return Text(**{lang.value: gettext(lang, message) for lang in Lang})


def _side(lang: Lang, value: Any) -> str:
    if isinstance(value, Text):
        return getattr(value, lang) or ""
    if isinstance(value, dt.date):
        return i18n.day_words(lang, value)
    return i18n.number_words(lang, value) if isinstance(value, int) else str(value)


def same(words: str) -> Text:
    """What is the same in both languages, such as a symbol."""
    return Text(words, words)


@functools.lru_cache(maxsize=4096)
def on(day: str) -> Text:
    """A day of the register."""
    date = dt.date.fromisoformat(day)
    return Text(**{lang.value: i18n.day_words(lang, date) for lang in Lang})


def between(first: str, last: str) -> Text:
    """A period of whole days."""
    days = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    return Text(**{lang.value: i18n.period_words(lang, *days) for lang in Lang})


def at(moment: str) -> Text:
    """A moment of the ledger, to the minute."""
    when = moment_of(moment)
    return said(N_("{day}, {time} (UTC)"), day=when.date(), time=f"{when:%H:%M}")


@functools.lru_cache(maxsize=4096)
def count(number: int) -> Text:
    return Text(**{lang.value: i18n.number_words(lang, number) for lang in Lang})


def per_cent(number: int) -> Text:
    return said(N_("{number} per cent"), number=number)


def listed(items: Sequence[Text]) -> Text:
    """Pairs in a row of words."""
    return Text(**{lang.value: i18n.list_words(lang, [getattr(item, lang) or "" for item in items]) for lang in Lang})


@functools.cache
def _labels(vocabulary: str) -> dict[str, Text]:
    terms: Iterable[Term] = getattr(vocabularies(), vocabulary)
    return {term.code: term.label for term in terms}


def label(vocabulary: str, code: str) -> Text:
    """What a code of a vocabulary is called."""
    return _labels(vocabulary)[code]


def labels(vocabulary: str) -> dict[str, Text]:
    """What all codes of a vocabulary are called, in their order."""
    return _labels(vocabulary)


SEPARATORS = {Lang.ZH: "，", Lang.EN: ", "}
"""What stands between the values of a line."""
MISSING = {Lang.ZH: N_("There is no Chinese text."), Lang.EN: N_("There is no English text.")}
UNOFFICIAL = N_("Unofficial working translation")
UNOFFICIAL_NOTE = {
    Lang.ZH: N_("Chinese text marked as an unofficial working translation is not a United Nations text."),
    Lang.EN: N_("English text marked as an unofficial working translation is not a United Nations text."),
}
