"""Pages are made here: one set of templates per language, with labels, dates, numbers and addresses in that language."""

import functools
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup, escape

from app.codes import Authority
from app.domain.vocabularies import vocabularies
from app.errors import N_
from app.i18n import Lang, Text, day_words, gettext, list_words, moment_words, number_words
from app.web.assets import address_of
from app.web.choices import DESK_LABELS, names_of, new_key
from app.web.programs import program

TEMPLATES = Path(__file__).parent / "templates"
_PLAIN = re.compile(r'\b_\(("(?:[^"\\]|\\.)*")\)')
_THEN_A_GAP = re.compile(r'(\{\{ _\(("(?:[^"\\]|\\.)*")[^{}]*\}\}(?:\{% endif %\}|</(?:span|strong)>)*)\s+(?=\S)')
_A_GAP_BEFORE = re.compile(r'\s+(?=\{\{ _\(("(?:[^"\\]|\\.)*"))')
NAMES = {Lang.ZH: "中文", Lang.EN: "English"}
"""Each language by its own name, as the switch shows it."""
TAGS = {Lang.ZH: "zh-Hans", Lang.EN: "en"}
"""What stands in `lang` attributes."""
_FULL_WIDTH = tuple("，。：；、？！（）“”")
_HAN = re.compile(r"[\u3400-\u9fff]")
_KEPT_ROWS, _KEPT_CHOICES = 4096, 512
MORE_LABELS: dict[str, dict[str, str]] = {
    "levels": {"commitment": N_("Whole commitments"), "part": N_("Parts")},
    "bases": {"explicit": N_("named in the text"), "inferred": N_("inferred by us")},
    "event_states": {"held": N_("Held"), "planned": N_("Planned"), "unknown": N_("Not settled yet")},
    "priorities": {"normal": N_("Normal"), "high": N_("High")},
    "organization_kinds": {
        "un": N_("United Nations"),
        "un-organ": N_("United Nations organs"),
        "un-secretariat": N_("United Nations Secretariat"),
        "un-regional-centre": N_("Regional centres affiliated to the United Nations"),
        "programme": N_("Programmes"),
        "government": N_("Governments"),
        "space-agency": N_("Space agencies"),
        "igo": N_("Intergovernmental organizations"),
        "ngo": N_("Non-governmental organizations"),
        "international-network": N_("International networks"),
        "research": N_("Research institutions"),
        "academia": N_("Universities"),
        "industry": N_("Industry"),
        "group": N_("Groups the texts address"),
        "other": N_("Others"),
    },
    "formats": {
        "pdf": N_("PDF, to print"),
        "docx": N_("Word, to go on writing"),
        "xlsx": N_("Spreadsheet, with all numbers"),
        "html": N_("Web page, in one file"),
        "md": N_("Plain text with marks (Markdown)"),
        "json": N_("Data (JSON)"),
    },
    "found": {
        "commitment": N_("Commitments"),
        "status_update": N_("Updates"),
        "action": N_("Actions"),
    },
    "exports": {
        "csv": N_("Table (CSV)"),
        "xlsx": N_("Workbook (XLSX)"),
        "ndjson": N_("Record file"),
    },
    "ages": {
        "up_to_6_months": N_("Within 6 months"),
        "7_to_12_months": N_("7 to 12 months ago"),
        "13_to_24_months": N_("13 to 24 months ago"),
        "over_24_months": N_("Over 24 months ago"),
        "never": N_("Never"),
    },
}
"""Labels of codes that stand in no vocabulary."""


class _SaidOnce(Extension):
    """Puts the translation in place of every message without parameters when a template is compiled, not each time it is rendered."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        lang: Lang = self.environment.said_in  # type: ignore[attr-defined]  # set where the environment is made
        return _PLAIN.sub(lambda found: json.dumps(gettext(lang, json.loads(found[1])), ensure_ascii=False), _closed_up(lang, source))


def _closed_up(lang: Lang, source: str) -> str:
    """A template whose gaps suit the language: they are written as English needs them, and full-width punctuation has none beside it."""
    source = _THEN_A_GAP.sub(lambda found: found[1] if gettext(lang, json.loads(found[2]))[-1:] in _FULL_WIDTH else found[0], source)
    return _A_GAP_BEFORE.sub(lambda found: "" if gettext(lang, json.loads(found[1]))[:1] in _FULL_WIDTH else found[0], source)


@functools.cache
def environment(lang: Lang) -> Environment:
    """The templates in one language. A name that is not given is an error, and everything is escaped."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        auto_reload=False, extensions=[_SaidOnce],
    )  # fmt: skip
    made.extend(said_in=lang)
    other = next(one for one in Lang if one is not lang)
    made.globals |= {
        "_": functools.partial(said, lang), "lang": lang.value, "tag": TAGS[lang], "tags": {one.value: TAGS[one] for one in Lang},
        "other": other.value, "to": functools.partial(address, lang), "asset": address_of, "label": functools.partial(label, lang),
        "terms": lambda name: getattr(vocabularies(), name), "name_of": functools.partial(name_of, lang), "languages": NAMES,
        "texts": functools.partial(in_order, lang),
        "shown_text": functools.partial(shown, lang), "missing_text": functools.partial(missing, lang),
        "unofficial_mark": functools.partial(unofficial, lang), "with_hits": with_hits,
    }  # fmt: skip
    made.globals |= {
        "options_of": lambda name: list(_labels(lang)[name].items()), "names_of": functools.partial(names_of, lang), "new_key": new_key
    }  # fmt: skip
    return _with_marks(_with_filters(made, lang))


def _with_filters(made: Environment, lang: Lang) -> Environment:
    made.filters |= {
        "program": program, "day": functools.partial(day_words, lang), "moment": functools.partial(moment_words, lang),
        "number": functools.partial(number_words, lang), "listed": functools.partial(_listed, lang),
        "in_its_language": in_its_language,
    }  # fmt: skip
    return made


def _with_marks(made: Environment) -> Environment:
    """What is rendered again and again from the same few values is kept: marks of statuses, rows of lists."""
    marks: Any = made.get_template("marks.html").module
    made.globals |= {"icon_mark": functools.cache(marks.icon), "status_mark": functools.cache(marks.status)}
    rows: Any = made.get_template("rows.html").module  # it uses the marks
    made.globals["row_mark"] = functools.lru_cache(_KEPT_ROWS)(rows.commitment)
    filters: Any = made.get_template("filters.html").module
    made.globals["choices_mark"] = functools.lru_cache(_KEPT_CHOICES)(filters.choices)
    return made


def status_mark(lang: Lang, code: str, vocabulary: str = "statuses") -> Markup:
    """The shape and the words of a status."""
    made: Any = environment(lang).globals["status_mark"]
    return Markup(made(code, vocabulary))  # noqa: S704  # made by a template


def said(lang: Lang, message: str, **params: Any) -> str:
    """A message in the language; where a parameter is markup, so is the whole, with everything else escaped."""
    if any(isinstance(value, Markup) for value in params.values()):
        return escape(gettext(lang, message)).format(**params)
    return gettext(lang, message, **params)


def address(lang: Lang, *parts: Any, **query: Any) -> str:
    """The address of a page in the language; query values that are None or empty are left out, lists are repeated."""
    path = f"/{lang}" + "".join([f"/{_quoted(str(part))}" for part in parts])
    return with_query(path, [(name, value) for name, value in query.items() if value not in (None, "", [])])


@functools.lru_cache(maxsize=4096)
def _quoted(part: str) -> str:
    return quote(part, safe="")


def with_query(path: str, pairs: Any) -> str:
    """A path with these parameters, each a value or a list of them."""
    told = urlencode([(name, _plain(one)) for name, value in pairs for one in (value if isinstance(value, list) else [value])])
    return f"{path}?{told}" if told else path


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@functools.cache
def _labels(lang: Lang) -> Mapping[str, Mapping[str, str]]:
    known = vocabularies()
    lists = [name for name in known.__struct_fields__ if name != "crosswalk"]
    found = {name: {term.code: getattr(term.label, lang) for term in getattr(known, name)} for name in lists}
    return found | {
        name: {code: gettext(lang, text) for code, text in codes.items()} for name, codes in (MORE_LABELS | DESK_LABELS).items()
    }


def label(lang: Lang, vocabulary: str, code: str) -> str:
    """What a code is called; the code itself where somebody made it up."""
    return _labels(lang)[vocabulary].get(code, code)


def name_of(lang: Lang, names: Mapping[Any, Text], code: Any) -> Markup:
    """A name in the language, or in the other one with its `lang`; the code itself where nothing of that name is known."""
    return _name(lang, names.get(code), str(code))


@functools.lru_cache(maxsize=4096)
def _name(lang: Lang, text: Text | None, code: str) -> Markup:
    if not text:
        return escape(code)
    own = getattr(text, lang)
    if own is not None:
        return escape(own)
    other, found = next((one, getattr(text, one)) for one in Lang if one is not lang)
    return Markup('<span lang="{}">{}</span>').format(TAGS[other], found)


@functools.lru_cache(maxsize=64)
def _wanted(words: str) -> re.Pattern[str]:
    """A phrase, whatever stands between its words but other words."""
    return re.compile(r"[^\w]+".join(map(re.escape, words.split())), re.IGNORECASE)


def with_hits(text: str, words: str | None) -> Markup:
    """A text in which the words that were searched for are marked."""
    if not words or not words.strip():
        return escape(text)
    found, end = Markup(), 0
    for hit in _wanted(words).finditer(text):
        found += escape(text[end : hit.start()]) + Markup("<mark>{}</mark>").format(hit[0])
        end = hit.end()
    return found + escape(text[end:])


def in_its_language(text: str) -> Markup:
    """A free text marked with the language it seems to be in."""
    tag = TAGS[Lang.ZH if _HAN.search(text) else Lang.EN]
    return Markup('<span lang="{}">{}</span>').format(tag, text)


def shown(lang: Lang, text: Text, authority: str | None = None) -> Markup:
    """A text in the language of the page, marked where it is unofficial; where it is missing, words that say so, and then the other one."""
    own = getattr(text, lang)
    if own is not None:
        marked = authority == Authority.WORKING and lang is Lang.EN
        return escape(own) + Markup(" ") + unofficial(lang) if marked else escape(own)
    if not text:
        return Markup()
    other, found = next((one, getattr(text, one)) for one in Lang if one is not lang)
    gap = "" if lang is Lang.ZH else " "
    return Markup('{}{}<span lang="{}">{}</span>').format(missing(lang, lang), gap, TAGS[other], found)


@functools.cache
def missing(lang: Lang, side: str) -> Markup:
    """Words that say that there is no text in a language."""
    said_of = {"zh": N_("There is no Chinese text."), "en": N_("There is no English text.")}
    return Markup('<span class="missing">{}</span>').format(gettext(lang, said_of[side]))


@functools.cache
def unofficial(lang: Lang) -> Markup:
    """The mark of a working translation."""
    return Markup('<span class="tagged tagged-working">{}</span>').format(gettext(lang, N_("Unofficial translation")))


def in_order(lang: Lang, text: Text) -> list[tuple[str, str | None]]:
    """Both sides of a pair, the page's own language first."""
    return [(one.value, getattr(text, one)) for one in sorted(Lang, key=lambda each: each is not lang)]


def _listed(lang: Lang, items: Any, style: str = "standard") -> str:
    """Some words as one list; markup stays markup."""
    items = list(items)
    if not items:
        return ""
    return Markup(list_words(lang, [str(escape(item)) for item in items], style))  # noqa: S704  # every item is escaped


Render = Callable[..., str]


def rendered_page(lang: Lang, template: str, **context: Any) -> bytes:
    """The page as it is sent."""
    return environment(lang).get_template(template).render(**context).encode()
