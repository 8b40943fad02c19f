"""What the printed texts are worth: official or not, and whether both languages say the same."""

from collections.abc import Iterable
from typing import Any

from app.codes import Authority, TranslationState
from app.db.sessions import Reading
from app.domain.actions import Action
from app.domain.commitment_list import Commitment
from app.domain.dossier import Dossier, hashes_of
from app.domain.statuses import StatusUpdate
from app.domain.translations import Hashes, state_of
from app.errors import Conflict, FieldError
from app.i18n import Lang, Text
from app.reports.model import ReportText, TextState, Translations

_MOST_NAMED = 100
_CODES = {
    TranslationState.MISSING: "text_missing",
    TranslationState.UNCHECKED: "text_unchecked",
    TranslationState.STALE: "text_stale",
}


class Texts:
    """Hands out texts with their state, and remembers every one of them."""

    def __init__(self, session: Reading, made_from: Dossier, current: Iterable[StatusUpdate]) -> None:
        refs = {
            "commitment": [one.ref for one in made_from.commitments],
            "status_update": [one.ref for one in current],
            "action": [one.ref for one in made_from.actions],
        }
        self._hashes: dict[str, dict[str, Hashes]] = {entity: hashes_of(session, entity, some) for entity, some in refs.items()}
        self._by_state = dict.fromkeys((str(state) for state in TranslationState), 0)
        self._open: list[TextState] = []

    def of_commitment(self, one: Commitment, field: str) -> ReportText:
        standing = [Lang(lang) for lang in Lang if getattr(one.languages, lang).authority == Authority.WORKING]
        return self._text("commitment", one.ref, field, getattr(one, field), standing)

    def of_update(self, update: StatusUpdate, field: str, text: Text) -> ReportText | None:
        return self._text("status_update", update.ref, field, text) if text else None

    def of_action(self, action: Action) -> ReportText:
        return self._text("action", action.ref, "title", action.title)

    def _text(self, entity: str, ref: str, field: str, text: Text, unofficial: Iterable[Lang] = ()) -> ReportText:
        if not text:
            return ReportText(text, TranslationState.CURRENT, list(unofficial))
        state = state_of(text, self._hashes[entity].get(ref, {}).get(field))
        self._by_state[state] += 1
        if state is not TranslationState.CURRENT:
            self._open.append(TextState(entity, ref, field, state))
        return ReportText(text, state, [lang for lang in unofficial if getattr(text, lang) is not None])

    def tallied(self) -> Translations:
        return Translations(self._by_state, self._open)


def require_current(translations: Translations) -> None:
    """Raise Conflict with the printed texts that are missing in a language, unchecked or stale, if there are any."""
    if not translations.texts:
        return
    errors = tuple(_named(one) for one in translations.texts[:_MOST_NAMED])
    raise Conflict("texts_not_current", errors=errors, number=len(translations.texts))


def _named(one: TextState) -> FieldError:
    params: dict[str, Any] = {"entity": one.entity.replace("_", " "), "ref": one.ref, "field": one.field}
    return FieldError("", _CODES[one.translation], params)
