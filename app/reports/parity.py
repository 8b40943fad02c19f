"""The proof that two finished files say the same: commitments, statuses, dates, figures and links, in the same order.

It reads what stands in the files, not what they were made from. Somebody's words are left out, because they may differ in what they
name, in how many paragraphs they have, and in whether there are any; they are only looked at for the language of their file.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from app.errors import N_
from app.i18n import Lang, Text
from app.reports.proof import Line
from app.reports.wording import labels, said

MOST_DIFFERENCES = 10
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
_MONTH = "|".join(_MONTHS)
_DATES = {
    Lang.ZH: r"(\d{1,4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日(?:\s*至\s*(?:(?:(\d{1,4})\s*年\s*)?(\d{1,2})\s*月\s*)?(\d{1,2})\s*日)?",
    Lang.EN: rf"(?:(\d{{1,2}})(?:\s+({_MONTH}))?(?:\s+(\d{{1,4}}))?–)?(\d{{1,2}})\s+({_MONTH})\s+(\d{{1,4}})",
}
_ISO = r"\d{4}-\d{2}-\d{2}"
_LINK = r"https?://[!-;=?-~]+"
_NAME = r"[A-Za-z][A-Za-z0-9]*(?:[-./][A-Za-z0-9.]*)*\d[A-Za-z0-9]*(?:[-./][A-Za-z0-9]+)*|[A-Z]+(?:/[A-Za-z0-9.]+)+"
_NUMBER = r"\d[\d,.:]*\d|\d"
_HASH = r"[0-9a-f]{16,64}"
_PLAIN = r"[A-Za-z][a-gi-z]*+"  # a word in which nothing begins; an address may begin at any h


class Token(msgspec.Struct, frozen=True):
    """One thing a report states: its kind, and the value that both languages share."""

    kind: str
    value: str


class Difference(msgspec.Struct, frozen=True):
    """Where two files part: behind what they last agreed on, and what each says there."""

    behind: str
    first: str
    second: str


def language_of(lines: Sequence[Line]) -> Lang | None:
    """The language of our words in a file; None where it is in both."""
    own = "".join(line.text for line in lines if not line.free)
    found = [lang for lang in Lang if any((getattr(word, lang) or "-") in own for word in _tell_tales())]
    return found[0] if len(found) == 1 else None


def _tell_tales() -> tuple[Text, ...]:
    return said(N_("Summary")), said(N_("Ledger hash"))


@functools.cache
def _pattern(lang: Lang) -> re.Pattern[str]:
    """What is stated, in a named group, or what is passed over at once, in none."""
    statuses = sorted((_spaced(getattr(label, lang)) for label in labels("statuses").values()), key=len, reverse=True)
    parts = {
        "link": _LINK,
        "date": _DATES[lang],
        "iso": _ISO,
        "hash": _HASH,
        "status": "|".join(statuses),
        "name": _NAME,
        "number": _NUMBER,
    }
    firsts = "".join({status[0] for status in statuses})
    stated = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in parts.items())
    return re.compile(rf"[^0-9A-Za-z{firsts}]*+(?:{stated}|{_PLAIN}|.|\Z)", re.DOTALL)


def _spaced(label: str) -> str:
    """A label that may be broken over lines."""
    return r"\s+".join(map(re.escape, label.split()))


@functools.cache
def _codes(lang: Lang) -> dict[str, str]:
    return {getattr(label, lang): code for code, label in labels("statuses").items()}


def tokens(lines: Iterable[Line], lang: Lang) -> Iterator[Token]:
    """What a file in this language states, in its order."""
    for text, exact in _joined(lines):
        if exact:
            yield Token("value", text)
        else:
            for match in _pattern(lang).finditer(text):
                if kind := match.lastgroup:
                    yield from _read(kind, match[kind], lang)


def _joined(lines: Iterable[Line]) -> Iterator[tuple[str, bool]]:
    """Our words between somebody's, each stretch as one text, because a layout may break a line anywhere; exact ones by themselves."""
    stretch: list[str] = []
    for line in lines:
        if not line.free and not line.exact:
            stretch.append(line.text)
            continue
        yield "\n".join(stretch), False
        stretch = []
        if line.exact:
            yield line.text, True
    yield "\n".join(stretch), False


@functools.lru_cache(maxsize=8192)
def _read(kind: str, words: str, lang: Lang) -> tuple[Token, ...]:
    """The words of one kind as what both languages share."""
    match kind:
        case "date":
            return tuple(Token("date", day) for day in _days(words, lang))
        case "status":
            return (Token("status", _codes(lang)[" ".join(words.split())]),)
        case "iso":
            return (Token("date", words),)
        case "number":
            return (Token("number", words.replace(",", "")),)
        case _:
            return (Token(kind, words),)


def _days(words: str, lang: Lang) -> Iterator[str]:
    inner = re.fullmatch(_DATES[lang], words)
    assert inner is not None  # noqa: S101  # it has matched as a part of the whole pattern
    if lang is Lang.ZH:
        year, month, day, last_year, last_month, last = inner.groups()
        yield _iso(year, month, day)
        if last:
            yield _iso(last_year or year, last_month or month, last)
        return
    first, first_month, first_year, day, month, year = inner.groups()
    if first:
        yield _iso(first_year or year, _number(first_month or month), first)
    yield _iso(year, _number(month), day)


def _number(month: str) -> str:
    return str(_MONTHS.index(month) + 1)


def _iso(year: str, month: str, day: str) -> str:
    return f"{int(year):04}-{int(month):02}-{int(day):02}"


def differences(first: Sequence[Line], second: Sequence[Line], langs: tuple[Lang, Lang], *, strangers: bool = True) -> list[Difference]:
    """Where two files state different things, the first few; none where they say the same.

    `strangers` also names somebody's words that are plainly not in the language of their file.
    """
    stated = [list(tokens(lines, lang)) for lines, lang in zip((first, second), langs, strict=True)]
    found = list(_compared(stated[0], stated[1]))
    if strangers:
        found += [*_strangers(first, langs[0], first=True), *_strangers(second, langs[1], first=False)]
    return found[:MOST_DIFFERENCES]


def _compared(first: Sequence[Token], second: Sequence[Token]) -> Iterator[Difference]:
    """Token by token; after a difference both go on where they agree again."""
    behind, here, there = "", 0, 0
    while here < len(first) or there < len(second):
        if here < len(first) and there < len(second) and first[here] == second[there]:
            behind = first[here].value if first[here].kind in ("name", "date", "value") else behind
            here, there = here + 1, there + 1
            continue
        ahead = _agreement(first[here:], second[there:])
        yield Difference(behind, _named(first[here : here + ahead[0]]), _named(second[there : there + ahead[1]]))
        here, there = here + ahead[0], there + ahead[1]


def _agreement(first: Sequence[Token], second: Sequence[Token], window: int = 60) -> tuple[int, int]:
    """How many tokens to pass over on each side until three in a row are the same, or the ends."""
    for total in range(1, 2 * window):
        for skipped in range(total + 1):
            here, there = first[skipped : skipped + 3], second[total - skipped : total - skipped + 3]
            if here == there and len(here) == min(3, len(first) - skipped) and here:
                return skipped, total - skipped
    return len(first), len(second)


def _named(found: Sequence[Token]) -> str:
    return ", ".join(f"{token.kind} {token.value}" for token in found[:3]) + (" …" if len(found) > 3 else "")


def _strangers(lines: Iterable[Line], lang: Lang, *, first: bool) -> Iterator[Difference]:
    """Somebody's words that are plainly in the other language than their file."""
    for line in lines:
        if line.free and (other := _looks(line.text)) not in (None, line.lang or lang):
            shown = f"{other}: {line.text.strip()[:40]}"
            yield Difference("", shown if first else "", "" if first else shown)


def has_other_words(lines: Iterable[Line], expected: Iterable[str]) -> list[Difference]:
    """The first text that does not stand among somebody's words in a file, in the order expected."""
    free = "".join(_bare(line.text) for line in lines if line.free)
    at = 0
    for text in expected:
        found = free.find(_bare(text), at)
        if found < 0:
            return [Difference("", text[:40], "")]
        at = found
    return []


def _bare(text: str) -> str:
    return "".join(text.split())


def _looks(text: str) -> Lang | None:
    """The language of a text of some length, None where it cannot be told."""
    han = sum("\u4e00" <= character <= "\u9fff" for character in text)
    words = len(re.findall(r"[A-Za-z]{2,}", unicodedata.normalize("NFKC", text)))
    if han > 3 and han > 2 * words:
        return Lang.ZH
    return Lang.EN if words > 3 and not han else None
