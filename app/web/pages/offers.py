"""What the filters of the commitments offer: every value that would show something, with its label and its number."""

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.codes import CommitmentKind, Level, Status, Tracking
from app.domain.commitment_list import CommitmentFilter
from app.domain.facets import Facets
from app.domain.frameworks import ALL
from app.domain.labels import Labels
from app.i18n import Lang, Text
from app.web.pages.listing import chosen
from app.web.rendering import label, name_of, status_mark

Entry = tuple[str, str, int | None]
"""A value of a filter, its label, and how many it would show (None where that was not counted)."""
_CODES = (("kind", CommitmentKind, "kinds"), ("tracking", Tracking, "tracking"), ("level", Level, "levels"))


def offered(lang: Lang, names: Labels, counts: Facets, filters: CommitmentFilter, documents: list[str]) -> dict[str, tuple[Entry, ...]]:
    """The choices of each filter; all codes, but of everything else only what would show something. Documents where there are several."""
    found = {
        name: _codes(getattr(counts, name), codes, functools.partial(label, lang, vocabulary)) for name, codes, vocabulary in _CODES
    }  # fmt: skip
    found["status"] = _codes(counts.status, Status, functools.partial(status_mark, lang))
    return found | _references(lang, names, counts, filters, documents)


def _codes(numbers: Mapping[str, int], codes: Iterable[str], said: Callable[[str], str]) -> tuple[Entry, ...]:
    return tuple((str(code), said(str(code)), numbers.get(code, 0)) for code in codes)


def _references(lang: Lang, names: Labels, counts: Facets, filters: CommitmentFilter, documents: list[str]) -> dict[str, tuple[Entry, ...]]:
    picked = chosen(filters)
    places = {framework if code == ALL else f"{framework}:{code}": text for (framework, code), text in names.places.items()}
    known: dict[str, Mapping[str, Text]] = {
        "addressee": names.organizations, "responsible": names.organizations, "event": names.events, "framework": places,
    }  # fmt: skip
    found = {name: _few(lang, getattr(counts, name), texts, picked[name]) for name, texts in known.items()}
    several = len(documents) > 1 or bool(filters.document)
    return found | {"document": _few(lang, counts.document, dict.fromkeys(documents, Text()), picked["document"]) if several else ()}


def _few(lang: Lang, numbers: Mapping[str, int] | None, texts: Mapping[Any, Text], picked: Iterable[str]) -> tuple[Entry, ...]:
    """The values that would show something or are chosen; all of them where nothing was counted."""
    shown = [value for value in texts if numbers is None or numbers.get(value) or value in picked]
    return tuple((value, name_of(lang, texts, value), None if numbers is None else numbers.get(value, 0)) for value in shown)
