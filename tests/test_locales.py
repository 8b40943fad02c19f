"""Every message has its Chinese, with the same placeholders, and every code its labels."""

import ast
import re
import string
from pathlib import Path

import pytest
import yaml
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from app.actors import Role
from app.codes import (
    ActionStatus,
    Authority,
    CommitmentKind,
    Contribution,
    EvidenceKind,
    Status,
    Tracking,
    TranslationState,
    UpdateState,
)
from app.domain.vocabularies import vocabularies
from app.errors import MESSAGES, Problem
from app.i18n import Lang, gettext, negotiate
from app.interchange.columns import FIELDS

ROOT = Path(__file__).parent.parent
LABELLED = {
    "statuses": Status, "kinds": CommitmentKind, "tracking": Tracking, "contributions": Contribution, "authorities": Authority,
    "translation_states": TranslationState, "update_states": UpdateState, "action_states": ActionStatus, "evidence_kinds": EvidenceKind,
    "roles": Role,
}  # fmt: skip


def marked() -> set[str]:
    """Every message marked with N_ in the code, or with _ in the templates."""
    return said_in_templates() | {
        node.args[0].value
        for path in (ROOT / "app").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_"
        if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    }


def said_in_templates() -> set[str]:
    found = set()
    for path in (ROOT / "app" / "web" / "templates").iterdir():
        with path.open("rb") as file:
            said = [message for _, _, message, _ in babel_extract(file, ["_"], [], {})]
        found |= {message if isinstance(message, str) else str(message[0]) for message in said if message}
    return found


def catalogue(lang: str) -> dict[str, str]:
    with (ROOT / "locales" / lang / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_marked_message_is_translated_and_no_other() -> None:
    chinese = catalogue("zh")
    assert set(chinese) == marked()
    assert [message for message, text in chinese.items() if not text] == []


def test_placeholders_are_the_same_in_both_languages() -> None:
    assert [m for m, text in catalogue("zh").items() if placeholders(m) != placeholders(text)] == []


def test_chinese_messages_use_chinese_punctuation() -> None:
    without_code = {m: re.sub(r"[A-Za-z{][\w{}:./*|-]*", "", text) for m, text in catalogue("zh").items()}
    assert [text for text in without_code.values() if re.search(r'[,;:?!"()]', text)] == []
    assert [text for text in catalogue("zh").values() if re.search(r"[\u4e00-\u9fff] [，。；：（“]|[，。；：、（）] ", text)] == []


def test_chinese_messages_have_no_space_between_han_and_latin() -> None:
    """As United Nations documents are set; a placeholder stands for either."""
    apart = r"[\u4e00-\u9fff] [A-Za-z0-9{*]|[A-Za-z0-9}/*] [\u4e00-\u9fff]"
    columns = [text for fields in FIELDS.values() for field in fields for text in (field.zh, field.about_zh)]
    assert [text for text in [*catalogue("zh").values(), *columns] if re.search(apart, text)] == []


def test_every_code_of_a_message_is_raised_somewhere() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "app").rglob("*.py") if path.name != "errors.py")
    assert [name for name in MESSAGES if f'"{name}"' not in code] == []


@pytest.mark.parametrize("name", LABELLED)
def test_every_code_has_a_label_in_both_languages(name: str) -> None:
    terms = getattr(vocabularies(), name)
    assert {term.code for term in terms} == set(LABELLED[name])
    assert [term.code for term in terms if not (term.label.zh and term.label.en)] == []


def test_every_status_has_its_place_in_every_crosswalk() -> None:
    walks = vocabularies().crosswalk
    assert {walk.name for walk in walks} == {"board_of_auditors", "cbd_decision_tracking", "ogp_irm_completion", "un80_actions"}
    assert [walk.name for walk in walks if set(walk.map) != set(Status)] == []


def test_the_vocabularies_are_data_that_can_be_corrected_without_code() -> None:
    raw = yaml.safe_load((ROOT / "data" / "vocabularies.yaml").read_text("utf-8"))
    assert [term["zh"] for term in raw["statuses"]] == [term.label.zh for term in vocabularies().statuses]


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("zh", "zh"), ("zh-CN", "zh"), ("zh-Hans-CN", "zh"), ("en-GB", "en"), ("fr, zh;q=0.5, en;q=0.3", "zh"), ("en;q=0.1, zh;q=0.9", "zh"),
        ("zh-TW", "en"), ("zh-Hant", "en"), (None, "en"), ("", "en"), ("zh;q=0", "en"), ("*", "en"), (";;;,,", "en"), ("x" * 10_000, "en"),
        ("ZH-cn", "zh"), ("zh;q=abc", "en"),
    ],
)  # fmt: skip
def test_language_is_negotiated_by_lookup(header: str | None, lang: str) -> None:
    assert negotiate(header) == lang


def test_kinds_of_problems_have_one_slug_each() -> None:
    def slugs(kind: type[Problem]) -> list[str]:
        return [kind.slug] + [slug for one in kind.__subclasses__() for slug in slugs(one)]

    found = [slug for slug in slugs(Problem) if slug != "internal-error"]
    assert len(found) == len(set(found))


def test_a_message_without_translation_stands_in_english() -> None:
    assert gettext(Lang.ZH, "no such message") == "no such message"
