"""The second clock: what the record said at an earlier revision, and that replaying the ledger gives today's tables (T26)."""

import random
from typing import Any

import msgspec
from sqlalchemy import select

from app.actors import system_actor
from app.db.ledger import CHANGE
from app.db.records import Record
from app.db.sessions import ReadSession
from app.domain.detail import commitment_detail
from app.domain.replay import scratch
from app.domain.translations import sha256
from app.register import REGISTER
from app.tables import METADATA, Equivalence
from tests.conftest import tries
from tests.service import Service

DOCUMENT = "A/AC.105/1294"
REFS = ["HI-O6", "HI-O6a", "HI-O7", "HI-O7b", "C42", "R46", "HI-P01"]
UNTRACKED = {
    "account",
    "token",
    "change",
    "idempotency_key",
    "sign_in",
    "one_time_secret",
    "throttle",
    "security_event",
    "affiliation",
    "import_draft",
}


def busy(service: Service, steps: int, seed: int = 1294) -> None:
    """A made-up office at work: updates, corrections, confirmations, patches, actions and links, in a fixed random order."""
    chance = random.Random(seed)
    service.action()
    for step in range(steps):
        service.clock.forward(minutes=7)
        ref = chance.choice(REFS)
        match chance.randrange(9):
            case 0 | 1:
                service.publish(
                    ref, "continuing", on=f"2025-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}", narrative={"zh": f"说明{step}"}
                )
            case 2:
                updates = service.get(f"/commitments/{ref}/status-updates").json()["items"]
                wrong = next((u["ref"] for u in updates if u["corrected_by"] is None), None)
                if wrong:
                    service.publish(ref, "not_assessed", on="2024-02-29", corrects=wrong)
            case 3:
                body = {"confirmed_on": f"2026-0{chance.randint(1, 9)}-{chance.randint(10, 28)}"}
                service.post(f"/commitments/{ref}/confirmations", body, role="editor", tag=service.tag(f"/commitments/{ref}"))
            case 4:
                patch = {
                    "responsible": chance.sample(["unoosa", "cnsa", "copuos"], chance.randint(0, 3)),
                    "target_on": chance.choice([None, "2028-01-01"]),
                }
                service.patch(f"/commitments/{ref}", patch, role="editor", tag=service.tag(f"/commitments/{ref}"))
            case 5:
                service.draft(ref, status="continuing", state=chance.choice(["draft", "submitted"]))
            case 6:
                review(service, chance)
            case 7:
                path, patch = chance.choice(OTHERS)
                service.patch(path, patch(step), role="editor", tag=service.tag(path))
            case _:
                linked = [c["ref"] for c in service.get("/actions/A1", role="editor").json()["commitments"]]
                if ref in linked:
                    service.delete(f"/actions/A1/commitments/{ref}", role="editor", tag=service.tag("/actions/A1"))
                else:
                    service.link("A1", ref, chance.choice(["implements", "reports_on"]))


OTHERS: list[tuple[str, Any]] = [
    ("/documents/A-AC.105-1294", lambda step: {"references": [f"A/{step}"]}),
    ("/events/third-workshop", lambda step: {"place": {"zh": f"地点{step}"}, "organizers": ["cnsa", "unoosa"][: step % 3]}),
    ("/organizations/cnsa", lambda step: {"acronym": f"CNSA{step}"}),
]


def review(service: Service, chance: random.Random) -> None:
    """Move one of the updates that wait, whichever way it can go."""
    waiting = service.get("/status-updates?state=draft&state=submitted&state=returned", role="editor").json()["items"]
    if not waiting:
        return
    one = chance.choice(waiting)
    if one["state"] == "submitted":
        service.step(one["ref"], *chance.choice([("publish", "editor", None), ("return", "editor", {"review_note": "请补充。"})]))
    elif chance.random() < 0.3:
        service.delete(f"/status-updates/{one['ref']}", role="contributor", tag=service.tag(f"/status-updates/{one['ref']}"))
    else:
        service.step(one["ref"], "submit", "contributor")


def listing(service: Service, **query: Any) -> Any:
    return service.get("/commitments", params={"document": DOCUMENT, "limit": 200, **query}).json()


def details(service: Service, **query: Any) -> dict[str, Any]:
    """Every commitment in full, everything else that has an address, and the first updates, as readers, a focal point and staff see them."""
    paths = [f"/commitments/{ref}" for ref in REFS] + [path for path, _ in OTHERS] + ["/actions/A1"]
    paths += [f"/status-updates/{ref}.{number}" for ref in REFS for number in (1, 2)]
    found = {}
    for role in (None, "contributor", "editor"):
        for path in paths:
            answer = service.get(path, params=query, role=role)
            found[f"{role} {path}"] = (answer.status_code, answer.json() if answer.status_code == 200 else None)
    return found


def test_as_recorded_at_every_revision_equals_what_was_seen_then(service: Service) -> None:
    looked, seen = random.Random(7).sample(range(25), tries(6)), []
    for step in range(25):
        busy(service, 1, seed=step) if step else service.action()
        if step in looked:
            seen.append((service.db.head().seq, listing(service), details(service)))
    for revision, page, each in seen:
        assert listing(service, as_recorded=revision) == page
        assert details(service, as_recorded=revision) == each
    service.proves_itself()


def test_a_moment_and_a_number_inside_a_transaction_mean_the_last_revision_before(service: Service) -> None:
    before = listing(service)
    service.clock.forward(hours=1)
    service.publish("HI-O7")
    moment = "2026-11-22T10:00:00Z"
    assert listing(service, as_recorded=moment) == before
    assert listing(service, as_recorded=118) == before  # the transaction ends with entry 119
    assert listing(service, as_recorded=119) == listing(service)
    assert listing(service, as_recorded=10**9) == listing(service)
    assert service.get("/commitments/HI-O7", params={"as_recorded": "2020-01-01"}).status_code == 404
    assert service.get("/commitments/HI-O7", params={"as_recorded": 0}).status_code == 404


def test_what_was_confirmed_to_say_the_same_said_so_then(service: Service) -> None:
    pair = {"zh": "说明。", "en": "Narrative."}
    service.publish("HI-O7", narrative=pair)
    service.action(title=pair)
    paths = ("/status-updates/HI-O7.1", "/actions/A1")
    with service.db.write(system_actor("tests")) as session:
        session.action = "translation:check"
        for entity, ref, field in (("status_update", "HI-O7.1", "narrative"), ("action", "A1", "title")):
            session.add(
                Equivalence(
                    entity=entity, ref=ref, field=field, author="system:tests", recorded_at=session.now, zh_sha256=sha256(pair["zh"]),
                    en_sha256=sha256(pair["en"]),
                )
            )  # fmt: skip
    revision = service.db.head().seq
    for path in paths:
        for query, state in (("", "current"), (f"?as_recorded={revision}", "current"), (f"?as_recorded={revision - 2}", "unchecked")):
            assert service.get(path + query).json()["translation"] == state, path + query


def test_both_clocks_answer_together(service: Service) -> None:
    service.publish("HI-O7", "not_started", on="2024-01-01")
    revision = service.db.head().seq
    service.publish("HI-O7", "under_implementation", on="2023-06-01")
    now = service.get("/commitments/HI-O7?as_of=2023-12-31").json()
    then = service.get(f"/commitments/HI-O7?as_of=2023-12-31&as_recorded={revision}").json()
    assert (now["status"], then["status"]) == ("under_implementation", "not_assessed")


def test_as_recorded_is_answered_for_one_documents_list_only(service: Service) -> None:
    for query in ("as_recorded=117", "as_recorded=117&document=A/AC.105/1294&document=A/79/5"):
        assert service.get(f"/commitments?{query}").status_code == 422


def last_records(session: ReadSession) -> dict[str, list[Record]]:
    """The last record of every ref in the ledger, by entity."""
    last: dict[tuple[str, str], Record | None] = {}
    for row in session.connection.execute(select(CHANGE).order_by(CHANGE.c.seq)):
        last[row.entity, row.ref] = msgspec.json.decode(row.body)["record"]
    found: dict[str, list[Record]] = {kind.entity: [] for kind in REGISTER.kinds}
    for (entity, _), record in last.items():
        if record is not None:
            found[entity].append(record)
    return found


def test_replaying_the_ledger_from_empty_gives_the_same_tables(service: Service) -> None:
    busy(service, 40)
    names = [table.name for table in METADATA.sorted_tables if table.name not in UNTRACKED]
    with service.reading() as session, scratch(last_records(session)) as replayed:
        for kind in REGISTER.kinds:
            reader = REGISTER.reader(kind.entity)
            today = {reader.ref(record): record for _, record in reader.all(session.connection)}
            assert {reader.ref(record): record for _, record in reader.all(replayed)} == today
        again = ReadSession(replayed, session.actor, session.now)
        for ref in REFS:
            then, now = commitment_detail(again, ref, 12), commitment_detail(session, ref, 12)
            assert msgspec.structs.asdict(then) | {"status_updates": 0, "confirmations": 0} == msgspec.structs.asdict(now) | {"status_updates": 0, "confirmations": 0}  # fmt: skip
    assert len(names) == 19, "a new table is a record, or stands in UNTRACKED"
