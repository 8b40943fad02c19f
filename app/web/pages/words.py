"""Filters said in words, as one would say them."""

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup, escape

from app.domain.commitment_list import CommitmentFilter
from app.domain.labels import Labels
from app.errors import N_
from app.i18n import Lang, Text, day_words, gettext, list_words
from app.web.rendering import in_its_language

_KINDS = {
    "preambular": N_("preambular paragraphs"), "operative": N_("operative paragraphs"), "conclusion": N_("conclusions"),
    "recommendation": N_("recommendations"),
}  # fmt: skip
_STATUSES = {
    "not_assessed": N_("not yet assessed"), "not_started": N_("not started"), "under_implementation": N_("under implementation"),
    "implemented": N_("implemented"), "continuing": N_("continuing"), "not_implemented": N_("closed without implementation"),
    "overtaken_by_events": N_("overtaken by events"),
}  # fmt: skip
_TRACKING = {"operational": N_("asking somebody to act"), "declaratory": N_("stating a position")}
_LEVELS = {"commitment": N_("parts left out"), "part": N_("parts only")}


def filter_words(lang: Lang, filters: CommitmentFilter, names: Labels, review_months: int) -> Markup:
    """What a filter finds, e.g. “Operative paragraphs under implementation, not confirmed for 12 months”."""
    subject = _subject(lang, filters)
    if filters.status:
        subject = gettext(lang, N_("{what} {status}"), what=subject, status=_either(lang, filters.status, _STATUSES))
    sentence = escape(subject[0].upper() + subject[1:])
    for phrase in _phrases(lang, filters, names, review_months):
        sentence = escape(gettext(lang, N_("{what}, {more}"))).format(what=sentence, more=phrase)
    return sentence


def _subject(lang: Lang, filters: CommitmentFilter) -> str:
    if filters.kind:
        return _either(lang, filters.kind, _KINDS)
    return gettext(lang, N_("parts") if filters.level == ["part"] else N_("commitments"))


def _either(lang: Lang, codes: Iterable[str], words: Mapping[str, str]) -> str:
    return list_words(lang, [gettext(lang, words[code]) for code in dict.fromkeys(codes)], "or")


def _named(lang: Lang, codes: Iterable[Any], names: Mapping[Any, Text]) -> str:
    return list_words(lang, [_name(lang, code, names) for code in dict.fromkeys(codes)], "or")


def _name(lang: Lang, code: Any, names: Mapping[Any, Text]) -> str:
    text = names.get(code, Text())
    own = getattr(text, lang)
    return own if own is not None else code if isinstance(code, str) else ":".join(code)


def _phrases(lang: Lang, filters: CommitmentFilter, names: Labels, review_months: int) -> list[str]:
    return [
        *_codes(lang, filters),
        *_references(lang, filters, names),
        *_switches(lang, filters, review_months),
        *_days(lang, filters),
    ]


def _codes(lang: Lang, filters: CommitmentFilter) -> list[str]:
    found: list[str] = []
    if len(set(filters.tracking)) == 1:
        found.append(gettext(lang, _TRACKING[filters.tracking[0]]))
    if len(set(filters.level)) == 1 and (filters.kind or filters.level != ["part"]):
        found.append(gettext(lang, _LEVELS[filters.level[0]]))
    return found


def _references(lang: Lang, filters: CommitmentFilter, names: Labels) -> list[str]:
    found: list[str] = []
    if q := getattr(filters, "q", None):
        found.append(escape(gettext(lang, N_("with “{words}” in the text"))).format(words=in_its_language(q)))
    if filters.document:
        found.append(gettext(lang, N_("of {documents}"), documents=list_words(lang, filters.document, "or")))
    if filters.framework:
        places = [tuple(place.split(":")) if ":" in place else (place, "ALL") for place in filters.framework]
        found.append(gettext(lang, N_("tagged {places}"), places=_named(lang, places, names.places)))
    if filters.addressee:
        found.append(gettext(lang, N_("addressed to {names}"), names=_named(lang, filters.addressee, names.organizations)))
    if filters.responsible:
        found.append(gettext(lang, N_("in the charge of {names}"), names=_named(lang, filters.responsible, names.organizations)))
    if filters.event:
        found.append(gettext(lang, N_("served by an action for {names}"), names=_named(lang, filters.event, names.events)))
    if filters.parent:
        found.append(gettext(lang, N_("parts of {refs}"), refs=list_words(lang, filters.parent, "or")))
    return found


def _switches(lang: Lang, filters: CommitmentFilter, review_months: int) -> list[str]:
    found: list[str] = []
    if filters.has_actions is not None:
        found.append(gettext(lang, N_("with a follow-up action") if filters.has_actions else N_("without any follow-up action")))
    if filters.review_overdue is not None:
        late, fresh = N_("not confirmed for {months} months"), N_("with no review overdue")
        found.append(gettext(lang, late if filters.review_overdue else fresh, months=review_months))
    return found


def _days(lang: Lang, filters: CommitmentFilter) -> list[str]:
    found: list[str] = []
    if filters.updated_since is not None:
        found.append(gettext(lang, N_("changed since {day}"), day=_day(lang, filters.updated_since)))
    if filters.as_of is not None:
        found.append(gettext(lang, N_("as things stood on {day}"), day=day_words(lang, filters.as_of)))
    if filters.as_recorded is not None:
        found.append(gettext(lang, N_("as was recorded at {moment}"), moment=_day(lang, filters.as_recorded)))
    return found


def _day(lang: Lang, moment: str) -> str:
    """A moment as it was asked for; a mere date in words."""
    return day_words(lang, moment) if len(moment) == 10 and moment.count("-") == 2 else moment
