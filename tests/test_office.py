"""T15: an office at work, step by step beside a model of its rules; on each engine, and on both with the same result."""

import random
import re
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.conftest import template_of, tries
from tests.office import DECLARATORY, LATEST, TRACKING, Action, Office, Update
from tests.service import Service, running

STEPS = 50
REFS = sorted(TRACKING)
FOCAL, OTHER, EDITOR = "contributor", "contributor@esa", "editor"
ORGANIZATION = {FOCAL: "cnsa", OTHER: "esa", EDITOR: "unoosa"}
STATUSES = ["not_assessed", "not_started", "under_implementation", "implemented", "continuing", "not_implemented", "overtaken_by_events"]
DAYS = ["2022-11-23", "2022-11-24", "2023-05-01", "2024-02-29", "2024-11-24", "2025-06-30", "2026-11-22", "2026-11-23"]
EVIDENCE = [{"kind": "document", "symbol": "A/AC.105/1294"}]
GOOD_DAYS = DAYS[1:-1]


def tag(version: int) -> str:
    """An ETag of which only the version is compared."""
    return f'"{version}.0123456789abcdef"'


def codes(response: Any) -> set[str]:
    return {error["code"] for error in response.json()["errors"]}


class OfficeMachine(RuleBasedStateMachine):
    """Every answer is predicted by the model, and after every step readers see what the model says."""

    start: Callable[[ExitStack], Service]

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        self.service = type(self).start(self.closing)
        self.office = Office()
        self.past: list[tuple[int, dict[str, Any]]] = []

    def teardown(self) -> None:
        for day in DAYS[::3]:
            page = self.listed(as_of=day)
            assert {ref: {name: page[ref][name] for name in self.office.standing(ref)} for ref in REFS} == {
                ref: self.office.standing(ref, day) for ref in REFS
            }
        for revision, page in self.past[:: max(1, len(self.past) // 3)]:
            assert self.listed(document="A/AC.105/1294", as_recorded=revision) == page
        self.service.proves_itself()
        self.closing.close()

    def listed(self, **query: Any) -> dict[str, Any]:
        page = self.service.get("/commitments", params={"limit": 200, **query}).json()
        return {one["ref"]: one for one in page["items"] if one["ref"] in REFS}

    def seen(self, role: str, organization: str, public: bool) -> bool:
        return public or role == EDITOR or ORGANIZATION[role] == organization

    @rule(seed=st.integers(0, 10**6))
    def step(self, seed: int) -> None:
        """Somebody does something; more often than not what is possible as things are."""
        self.chance = chance = random.Random(f"{seed}/{len(self.past)}")
        ref, role = chance.choice(REFS), chance.choice([FOCAL, FOCAL, OTHER, EDITOR, EDITOR, EDITOR])
        day = chance.choice(GOOD_DAYS if chance.random() < 0.9 else DAYS)
        match chance.choice(["record"] * 6 + ["move"] * 7 + ["confirm", "act", "act on", "act on", "retrack"]):
            case "record":
                self.record(ref, self.a_status(ref), day, role, *self.said(role), self.a_correction(ref))
            case "move":
                ref, number = self.an_update(ref)
                verb, status, evidence, narrative = self.a_step()
                self.move(ref, number, role, verb, status, evidence, narrative, day)
            case "confirm":
                self.confirm(ref, day, role)
            case "act":
                self.act(role)
            case "act on":
                number = chance.randint(1, self.office.last_action + 1)
                self.act_on(number, ref, role, chance.choice(["link", "link", "unlink", "accept", "delete"]))
            case _:
                self.retrack(chance.choice(["HI-O6", "HI-O7"]), chance.choice(["operational", "declaratory"]))

    def a_status(self, ref: str) -> str:
        likely = DECLARATORY if self.office.tracking[ref] == "declaratory" else STATUSES
        return self.chance.choice(likely if self.chance.random() < 0.85 else STATUSES)

    def said(self, role: str) -> tuple[str, bool, bool]:
        """The state of a new update, and whether it has a narrative and evidence."""
        publishes = self.chance.random() < (0.7 if role == EDITOR else 0.1)
        return (
            "published" if publishes else self.chance.choice(["draft", "submitted"]),
            self.chance.random() < 0.75,
            self.chance.random() < 0.75,
        )

    def a_correction(self, ref: str) -> int | None:
        if self.chance.random() < 0.7:
            return None
        published = [int(one.ref.rpartition(".")[2]) for one in self.office.published(ref)]
        return self.chance.choice([*published, *published, 1])

    def an_update(self, ref: str) -> tuple[str, int]:
        waiting = [one.ref for one in self.office.updates.values() if one.state != "published"]
        if waiting and self.chance.random() < 0.85:
            ref, _, number = self.chance.choice(waiting).partition(".")
            return ref, int(number)
        return ref, self.chance.randint(1, self.office.numbers[ref] + 1)

    def a_step(self) -> tuple[str, str, bool, bool]:
        """A verb, and what a change would say."""
        verb = self.chance.choice(["submit", "submit", "publish", "publish", "return", "withdraw", "change"])
        return verb, self.chance.choice(STATUSES), self.chance.random() < 0.75, self.chance.random() < 0.75

    # Updates

    def record(self, ref: str, status: str, day: str, role: str, state: str, narrative: bool, evidence: bool, corrects: int | None) -> None:
        corrected = f"{ref}.{corrects}" if corrects else None
        body: dict[str, Any] = {"status": status, "effective_on": day, "state": state, "corrects": corrected}
        body |= {"narrative": {"zh": "说明。"}} if narrative else {}
        body |= {"evidence": EVIDENCE} if evidence else {}
        response = self.service.post(f"/commitments/{ref}/status-updates", body, role=role, tag=tag(self.office.versions[ref]))
        number = self.office.numbers[ref] + 1
        update = Update(f"{ref}.{number}", ref, status, day, state, ORGANIZATION[role], narrative, evidence, corrected)
        if state == "published" and role != EDITOR:
            assert response.status_code == 403
        elif broken := self.wrong(update, checked=state != "draft"):
            assert (response.status_code, codes(response)) == (422, broken)
        elif self.corrected_before(update):
            assert response.status_code == 409
        else:
            assert (response.status_code, response.json()["ref"]) == (201, update.ref), response.text
            self.office.numbers[ref] = number
            self.office.updates[update.ref] = update
            if state == "published":
                self.publish_in_model(update)

    def wrong(self, update: Update, *, checked: bool) -> set[str]:
        """The codes of everything that is wrong with an update, which the rules are checked for or not yet."""
        known = {None} | {one.ref for one in self.office.published(update.commitment)}
        broken = self.office.broken_rules(update) if checked else set()
        return broken if update.corrects in known else broken | {"not_correctable"}

    def corrected_before(self, update: Update) -> bool:
        return update.corrects is not None and update.corrects in {one.corrects for one in self.office.published(update.commitment)}

    def publish_in_model(self, update: Update) -> None:
        update.state, update.published_no = "published", 0
        update.published_no = len(self.office.published(update.commitment))
        self.office.versions[update.commitment] += 1

    def move(self, ref: str, number: int, role: str, verb: str, status: str, evidence: bool, narrative: bool, day: str) -> None:
        update = self.office.updates.get(f"{ref}.{number}")
        body: dict[str, Any] | None = {"review_note": "请补充。"} if verb == "return" else None
        if verb == "change":
            body = {"status": status, "effective_on": day, "evidence": EVIDENCE if evidence else []}
            body |= {"narrative": {"zh": "修改。"} if narrative else None}
        response = self.sent(f"/status-updates/{ref}.{number}", verb, body, role, update.version if update else 1)
        expected = self.expected(update, role, verb)
        if update is None or expected != 200:
            assert response.status_code == expected, (verb, response.text)
            return
        if update.state == "published":
            assert response.status_code in (409, 422)
        elif verb in ("submit", "publish") and (broken := self.wrong(update, checked=True)):
            assert (response.status_code, codes(response)) == (422, broken)
        elif (
            (verb in ("submit", "publish") and self.corrected_before(update))
            or (verb in ("submit", "change", "withdraw") and update.state not in ("draft", "returned"))
            or (verb in ("publish", "return") and update.state != "submitted")
            or (verb == "change" and self.corrected_before(update))
        ):
            assert response.status_code == 409
        else:
            assert response.status_code in (200, 204), response.text
            self.moved(update, verb, status, day, evidence, narrative, response)

    def sent(self, address: str, verb: str, body: Any, role: str, version: int) -> Any:
        match verb:
            case "change":
                return self.service.patch(address, body, role=role, tag=tag(version))
            case "withdraw":
                return self.service.delete(address, role=role, tag=tag(version))
        return self.service.post(f"{address}/{verb}", body, role=role, tag=tag(version))

    def expected(self, update: Update | None, role: str, verb: str) -> int:
        """What who asks must be told, whatever the update says: 403 for the role, 404 unseen, 403 of another organization."""
        if verb in ("publish", "return") and role != EDITOR:
            return 403
        if update is None or not self.seen(role, update.organization, update.state == "published"):
            return 404
        return 403 if role != EDITOR and update.organization != ORGANIZATION[role] else 200

    def moved(self, update: Update, verb: str, status: str, day: str, evidence: bool, narrative: bool, response: Any) -> None:
        if verb == "withdraw":
            del self.office.updates[update.ref]
            return
        if verb == "change":
            update.status, update.effective_on, update.evidence, update.narrative = status, day, evidence, narrative
            assert response.json()["version"] - update.version in (0, 1)
        else:
            assert response.json()["version"] == update.version + 1
            if verb == "publish":
                self.publish_in_model(update)
            else:
                update.state = {"submit": "submitted", "return": "returned"}[verb]
        update.version = response.json()["version"]
        assert response.json()["state"] == update.state

    # Confirmations, actions, links, tracking

    def confirm(self, ref: str, day: str, role: str) -> None:
        body = {"confirmed_on": day}
        response = self.service.post(f"/commitments/{ref}/confirmations", body, role=role, tag=tag(self.office.versions[ref]))
        if role != EDITOR:
            assert response.status_code == 403
        elif not "2022-11-24" <= day <= LATEST:
            assert response.status_code == 422
        elif (ref, day) in self.office.confirmations:
            assert response.status_code == 409
        else:
            assert response.status_code == 201
            self.office.confirmations.add((ref, day))
            self.office.versions[ref] += 1

    def act(self, role: str) -> None:
        response = self.service.post("/actions", {"title": {"zh": "行动"}}, role=role)
        self.office.last_action += 1
        status = "planned" if role == EDITOR else "proposed"
        action = Action(f"A{self.office.last_action}", status, ORGANIZATION[role])
        assert (response.status_code, response.json()["ref"], response.json()["status"]) == (201, action.ref, status)
        self.office.actions[action.ref] = action

    def act_on(self, number: int, ref: str, role: str, verb: str) -> None:
        address = f"/actions/A{number}"
        action = self.office.actions.get(f"A{number}")
        version = tag(action.version if action else 1)
        if verb in ("link", "unlink"):
            body = {"json": {"contribution": "implements"}} if verb == "link" else {}
            response = self.service.call(
                "PUT" if verb == "link" else "DELETE", f"{address}/commitments/{ref}", role=role, tag=version, **body
            )
        elif verb == "accept":
            response = self.service.patch(address, {"status": "in_progress"}, role=role, tag=version)
        else:
            response = self.service.delete(address, role=role, tag=version)
        assert response.status_code == self.acted(action, ref, role, verb), (verb, response.text)

    def acted(self, action: Action | None, ref: str, role: str, verb: str) -> int:
        """The answer that is due; the model takes the step where it is one."""
        if action is None or not self.seen(role, action.organization, action.status != "proposed"):
            return 404
        if role != EDITOR and (action.organization != ORGANIZATION[role] or action.status != "proposed"):
            return 403
        if verb == "accept" and role != EDITOR:
            return 403
        if verb == "unlink" and ref not in action.links:
            return 404
        if verb == "delete":
            if action.links:
                return 409
            del self.office.actions[action.ref]
            return 204
        changes = ref not in action.links if verb == "link" else verb == "unlink" or action.status != "in_progress"
        action.version += changes
        if verb == "accept":
            action.status = "in_progress"
        else:
            action.links ^= {ref} if changes else set()
        return 200

    def retrack(self, ref: str, tracking: str) -> None:
        response = self.service.patch(f"/commitments/{ref}", {"tracking": tracking}, role=EDITOR, tag=tag(self.office.versions[ref]))
        assert response.status_code == (200 if self.office.retrack(ref, tracking) else 409)

    @invariant()
    def readers_see_what_the_model_says(self) -> None:
        page = self.listed()
        self.past.append((self.service.db.head().seq, page))
        for ref in REFS:
            expected = self.office.standing(ref) | {
                "version": self.office.versions[ref],
                "action_count": self.office.action_count(ref),
                "tracking": self.office.tracking[ref],
            }
            assert {name: page[ref][name] for name in expected} == expected, ref
        public = {one["ref"] for one in self.service.get("/status-updates?limit=200").json()["items"]}
        assert public == {one.ref for one in self.office.updates.values() if one.state == "published"}


def started(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> Callable[[ExitStack], Service]:
    """Opens the service on a fresh database, with everybody signed in."""
    template = template_of(request, engine)
    copies = iter(range(10**6))

    def start(closing: ExitStack) -> Service:
        folder = tmp_path / str(next(copies))
        folder.mkdir()
        url = template.copy(folder, seed=True)
        closing.callback(template.drop, url)
        service = closing.enter_context(running(url))
        for role in (FOCAL, OTHER, EDITOR):
            service.token(role)
        return service

    return start


def test_an_office_at_work_follows_its_rules(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> None:
    machine = type("OnThisEngine", (OfficeMachine,), {"start": staticmethod(started(request, engine, tmp_path))})
    checked = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=tries(20),
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=checked,
        ),
    )


def worked(service: Service, steps: int) -> None:
    """The same made-up day at any office: everybody does something, much of it refused."""
    chance = random.Random(1294)
    for _ in range(steps):
        service.clock.forward(minutes=chance.randint(1, 3))
        ref, role, number = chance.choice(REFS), chance.choice([FOCAL, OTHER, EDITOR, EDITOR]), chance.randint(1, 4)
        match chance.randrange(6):
            case 0 | 1:
                body = {"status": chance.choice(STATUSES), "effective_on": chance.choice(DAYS), "narrative": {"zh": f"说明{number}“一”"}}
                body["state"] = chance.choice(["draft", "submitted", "published"])
                service.post(f"/commitments/{ref}/status-updates", body, role=role, tag=version(service, f"/commitments/{ref}"))
            case 2 | 3:
                address, verb = f"/status-updates/{ref}.{number}", chance.choice(["submit", "publish", "return"])
                note = {"review_note": "请补充。"} if verb == "return" else None
                service.post(f"{address}/{verb}", note, role=role, tag=version(service, address))
            case 4:
                service.post("/actions", {"title": {"zh": "行动"}, "event": "third-workshop", "partners": ["cnsa", "esa"]}, role=role)
            case _:
                address = f"/actions/A{number}"
                service.put(f"{address}/commitments/{ref}", {"contribution": "implements"}, role=role, tag=version(service, address))


def version(service: Service, address: str) -> str:
    return str(service.get(address, role=EDITOR).headers.get("etag", tag(1)))


@pytest.mark.postgresql
def test_both_engines_answer_with_the_same_bytes(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    paths = ["/commitments?limit=200", "/status-updates?limit=200", "/actions", "/events/third-workshop/coverage", "/documents", "/events"]
    paths += ["/progress?event=third-workshop&since=2023-01-01", "/commitments?as_of=2024-06-01&limit=200"]
    paths += [f"/commitments/{ref}{more}" for ref in REFS for more in ("", "/history", "?as_recorded=140", "?as_of=2024-06-01")]
    answers = []
    for engine in ("sqlite", "postgresql"):
        with ExitStack() as closing:
            folder = tmp_path / engine
            folder.mkdir()
            service = started(request, engine, folder)(closing)
            worked(service, 120)
            answers.append({(role, path): told(service.get(path, role=role)) for role in (None, FOCAL, EDITOR) for path in paths})
    assert answers[0] == answers[1]
    assert len({str(answer) for answer in answers[0].values()}) > len(paths)


def told(response: Any) -> tuple[int, str]:
    """What an answer says, but for the hash of the ledger, into which random salts go."""
    return response.status_code, re.sub(r'"hash":"[0-9a-f]{64}"', "", response.text)
