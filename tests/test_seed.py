"""The Hainan Initiative as delivered: every character of the official text, and nothing changed by loading it again."""

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.db import Database
from app.db.backends import open_backend
from app.domain.verify import verify
from app.interchange.seed import load_seed
from app.register import REGISTER
from tests.service import Service

DATA = Path(__file__).parent.parent / "data"
SOURCE = yaml.safe_load((DATA / "hainan-initiative.yaml").read_text("utf-8"))
OFFICIAL = re.sub(r"\s+", "", (DATA / "A_AC.105_1294.zh.txt").read_text("utf-8"))


def everything(service: Service) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = service.get("/commitments?limit=200").json()["items"]
    return items


def test_the_source_text_is_the_one_whose_hash_is_recorded() -> None:
    raw = (DATA / "A_AC.105_1294.zh.txt").read_bytes()
    assert hashlib.sha256(raw).hexdigest() == SOURCE["document"]["source_text"]["sha256"]


def test_all_25_units_and_their_four_parts_are_there_in_document_order(service: Service) -> None:
    refs = [one["ref"] for one in everything(service) if one["level"] == "commitment"]
    assert refs == [unit["ref"] for unit in sorted(SOURCE["paragraphs"], key=lambda unit: unit["seq"])]
    assert [one["ref"] for one in everything(service) if one["level"] == "part"] == ["HI-O6a", "HI-O6b", "HI-O7a", "HI-O7b"]
    listed = [one["ref"] for one in everything(service)]
    assert listed[listed.index("HI-O7") : listed.index("HI-O7") + 3] == ["HI-O7", "HI-O7a", "HI-O7b"]


def test_the_chinese_is_the_official_text_character_for_character(service: Service) -> None:
    texts = {unit["ref"]: unit["text"]["zh"] for unit in SOURCE["paragraphs"]}
    for one in everything(service):
        zh = one["text"]["zh"]
        assert re.sub(r"\s+", "", zh) in OFFICIAL
        if one["level"] == "commitment":
            assert zh == texts[one["ref"]]
            assert one["languages"] == {"zh": {"authority": "official"}, "en": {"authority": "working"}}
        else:
            assert zh in texts[one["parent"]]
            assert one["languages"] == {"zh": {"authority": "excerpt"}, "en": {"authority": "working"}}


def test_no_language_is_filled_from_the_other(service: Service) -> None:
    for one in everything(service):
        for text in (one["text"], one["citation"], one["lead_verb"]):
            assert set(text) == {"zh", "en"}
            assert "" not in text.values()
            assert text["zh"] is None or text["zh"] != text["en"]


def test_counts_come_from_the_data(service: Service) -> None:
    document = service.get("/documents/A-AC.105-1294").json()
    assert document["counts"]["commitments"] == 25
    assert document["counts"]["parts"] == 4
    assert document["counts"]["by_kind"] == {"preambular": 11, "operative": 8, "conclusion": 4, "recommendation": 2}
    assert document["counts"]["by_tracking"] == {"operational": 6, "declaratory": 19}
    assert document["counts"]["by_status"]["not_assessed"] == 25
    assert document["adopted_on"] == "2022-11-24"
    assert document["references"] == ["A/71/20", "A/AC.105/1208", "A/AC.105/1168", "A/74/20"]


def test_addressees_frameworks_and_vocabularies_came_along(service: Service) -> None:
    one = service.get("/commitments/HI-O7").json()
    assert one["addressees"] == [{"code": "stakeholders", "basis": "explicit"}, {"code": "series-organizers", "basis": "inferred"}]
    assert {"framework": "sdg", "code": "17", "basis": "inferred"} in one["frameworks"]
    assert len(service.get("/organizations").json()["items"]) == 80
    assert {f["id"]: len(f["items"]) for f in service.get("/frameworks").json()["items"]}["lts"] == 21
    assert [e["id"] for e in service.get("/events").json()["items"]] == ["un-jordan-2019", "un-china-2022", "third-workshop"]
    assert service.get("/events/third-workshop").json()["starts_on"] is None


def test_loading_again_changes_nothing_not_even_the_ledger(db: Database) -> None:
    before = db.head()
    assert load_seed(db) == 0
    assert db.head() == before


@pytest.mark.usefixtures("engine")
def test_migrating_alone_loads_nothing(empty_url: str) -> None:
    db = Database(open_backend(empty_url, readers=2), REGISTER)
    assert db.head().seq == 0
    assert load_seed(db) == 117
    with db.read() as session:
        assert verify(session, REGISTER).fault is None
    db.close()
