"""What two people wrote into the same record at once, field by field: what is stored now beside what was typed."""

from typing import Any

import msgspec
from markupsafe import Markup, escape

from app.domain.history import flat
from app.domain.labels import Labels
from app.i18n import Lang
from app.record_words import field_name
from app.web.forms import Form
from app.web.pages.told import value_words
from app.web.rendering import TAGS

_DECIDED_ANEW = {"state", "corrects"}
"""What no version contradicts: it is said by the button that is pressed."""


class Clash(msgspec.Struct, frozen=True):
    """One field in which both versions differ; null where a version says nothing. `tag` is the language of a text."""

    name: str
    tag: str | None
    before: Markup | None
    after: Markup | None


def clashes(lang: Lang, entity: str, now: dict[str, Any], form: Form[Any], names: Labels) -> list[Clash]:
    """The fields of the form that say something else than what is stored; nothing as long as nobody else was faster."""
    if not form.outdated:
        return []
    stored, typed = flat(_bare(now)), flat(_bare(form.typed))
    fields = [*stored, *(name for name in typed if name not in stored)]
    known = set(form.shape.__struct_fields__) - _DECIDED_ANEW
    return [
        _clash(lang, entity, name, stored.get(name), typed.get(name), names)
        for name in fields
        if name.partition(".")[0] in known and stored.get(name) != typed.get(name)
    ]


def _clash(lang: Lang, entity: str, field: str, stored: Any, typed: Any, names: Labels) -> Clash:
    name, _, side = field.partition(".")
    tag = TAGS[Lang(side)] if side in list(Lang) else None
    before, after = ((escape(one) if one else None) if tag else value_words(lang, entity, name, one, names) for one in (stored, typed))
    return Clash(field_name(lang, f"/{field.replace('.', '/')}"), tag, before, after)


def _bare(value: Any) -> Any:
    """A value as a form sends it: nothing that is empty, and numbers as text."""
    if isinstance(value, dict):
        return {name: _bare(inner) for name, inner in value.items() if inner not in (None, "", []) and _bare(inner) != {}}
    if isinstance(value, list):
        return [_bare(one) for one in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
