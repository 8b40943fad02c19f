"""The Hainan Initiative and what it refers to, read from `data/` into the register. What is there already is left alone."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import yaml
from sqlalchemy import select

from app import tables, tables_references
from app.actors import system_actor
from app.db import Database
from app.db.sessions import WriteSession
from app.domain.commitments import NewCommitment, create_commitment
from app.domain.documents import NewDocument, create_document
from app.domain.events import NewEvent, create_event
from app.domain.frameworks import NewFramework, create_framework
from app.domain.intake import read
from app.domain.organizations import NewOrganization, create_organization
from app.resources import resource

Raw = dict[str, Any]
_REASON = "A/AC.105/1294 as delivered with the program"
_GROUP = "group"


def load_seed(db: Database) -> int:
    """Load everything that is missing, in one transaction; returns the number of records added (0 the second time)."""
    with db.write(system_actor("seed"), reason=_REASON) as session:
        session.action = "seed:load"
        return sum(_add_missing(session, *kind) for kind in _kinds())


def _kinds() -> Iterable[tuple[Any, str, type[msgspec.Struct], Callable[..., Any], list[Raw]]]:
    yield tables_references.Organization, "code", NewOrganization, create_organization, _organizations()
    yield tables_references.Framework, "code", NewFramework, create_framework, _frameworks()
    yield tables_references.Event, "code", NewEvent, create_event, _events()
    source = _yaml("hainan-initiative")
    yield tables_references.Document, "symbol", NewDocument, create_document, [_document(source["document"])]
    yield tables.Commitment, "ref", NewCommitment, create_commitment, list(_commitments(source))


def _add_missing(
    session: WriteSession, model: Any, key: str, shape: type[msgspec.Struct], create: Callable[..., Any], raws: list[Raw]
) -> int:
    present = {row[0] for row in session.rows(select(getattr(model, key)))}
    missing = [raw for raw in raws if (raw["id"] if key == "code" else raw[key]) not in present]
    for raw in missing:
        create(session, read(shape, raw))
    return len(missing)


def _yaml(name: str) -> Raw:
    loaded: Raw = yaml.safe_load((resource("data") / f"{name}.yaml").read_text("utf-8"))
    return loaded


def _pair(value: Raw | None) -> Raw:
    """A pair of texts; a language that is absent stays null."""
    return {"zh": value.get("zh"), "en": value.get("en")} if value else {}


def _organizations() -> list[Raw]:
    source = _yaml("organizations")
    bodies = [
        {"id": one["id"], "name": _pair(one["name"]), "acronym": one["acronym"], "kind": one["kind"]} for one in source["organizations"]
    ]
    groups = [{"id": one["id"], "name": _pair(one), "kind": _GROUP} for one in source["addressee_groups"]]
    return bodies + groups


def _frameworks() -> list[Raw]:
    return [
        {
            "id": one["id"],
            "title": _pair(one["title"]),
            "symbol": one.get("symbol"),
            "items": [
                {"code": item["code"], "title": _pair(item["title"]), "full_title": _pair(item.get("full_title"))} for item in one["items"]
            ],
        }
        for one in _yaml("frameworks")["frameworks"]
    ]


def _events() -> list[Raw]:
    names = ("id", "series", "ordinal", "organizers", "report", "status")
    return [
        {name: one[name] for name in names}
        | {"name": _pair(one["name"]), "place": _pair(one["place"]), "starts_on": one["start"], "ends_on": one["end"]}
        for one in _yaml("events")["events"]
    ]


def _languages(provenance: Raw) -> Raw:
    return {lang: {"authority": "official" if provenance[lang] == "official" else "working"} for lang in ("zh", "en")}


def _document(source: Raw) -> Raw:
    return {
        "symbol": source["symbol"],
        "title": _pair(source["title"]),
        "languages": _languages(source["title"]["provenance"]),
        "body": _pair(source["body"]),
        "adopted_on": source["adopted"],
        "event": source["event"]["id"],
        "references": [entry.partition(",")[0] for entry in source["references"]],
    }


def _commitments(source: Raw) -> Iterable[Raw]:
    for unit in source["paragraphs"]:
        yield _commitment(source["document"]["symbol"], unit)
        for position, part in enumerate(unit["parts"], 1):
            yield {"ref": part["ref"], "parent": unit["ref"], "position": position, "text": _pair(part)}


def _commitment(symbol: str, unit: Raw) -> Raw:
    return {
        "ref": unit["ref"],
        "document": symbol,
        "kind": unit["kind"],
        "tracking": unit["tracking"],
        "position": unit["seq"],
        "label": unit["label"],
        "citation": _pair(unit["citation"]),
        "lead_verb": _pair(unit["lead_verb"]),
        "text": _pair(unit["text"]),
        "languages": _languages(unit["text_provenance"]),
        "addressees": [{"code": one["code"], "basis": one["basis"]} for one in unit["addressees"]],
        "frameworks": unit["suggested_links"],
    }
