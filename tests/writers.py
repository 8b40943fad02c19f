"""Clients that write without pause, remember what was acknowledged, and afterwards compare it with what is there."""

import threading
import uuid
from typing import Any

import httpx

from tests.serving import Served


class Writer:
    """Creates actions and raises their progress. `known` is what was acknowledged: title, progress and version by ref."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.known: dict[str, tuple[str, int, int]] = {}
        self.tags: dict[str, str] = {}
        self.creating: tuple[str, str] | None = None
        """Key and title of a creation that was sent and not answered."""
        self.changing: tuple[str, int] | None = None
        """Ref and progress of a change that was sent and not answered."""
        self.acknowledged = 0
        self.faults: list[str] = []

    def run(self, server: Served, stop: threading.Event) -> None:
        """Write until told to stop, or until the server is gone."""
        try:
            with server.client() as client:
                self.settle(client)
                while not stop.is_set():
                    self.create(client)
                    for _ in range(2):
                        self.change(client)
        except httpx.TransportError:
            pass

    def create(self, client: httpx.Client) -> None:
        """A new action; what was sent before the server died is sent again under its key."""
        self.creating = self.creating or (uuid.uuid4().hex, f"行动 {self.number}-{uuid.uuid4().hex}")
        key, title = self.creating
        answer = client.post("/actions", json={"title": {"zh": title}}, headers={"Idempotency-Key": key})
        if self._is(answer, 201):
            self._learn(answer)
            if self.known[answer.json()["ref"]] != (title, 0, 1):
                self.faults.append(f"created {title}, answered {answer.text}")
            self.creating = None

    def change(self, client: httpx.Client) -> None:
        if not self.known:
            return
        ref = next(reversed(self.known))
        progress = (self.known[ref][1] + 1) % 101
        self.changing = ref, progress
        headers = {"If-Match": self.tags[ref], "Content-Type": "application/merge-patch+json"}
        answer = client.patch(f"/actions/{ref}", json={"progress": progress}, headers=headers)
        if self._is(answer, 200):
            self._learn(answer)
            self.changing = None

    def settle(self, client: httpx.Client) -> None:
        """Find out what became of what was not answered: done wholly or not at all."""
        if self.creating:
            self.create(client)
        if self.changing:
            ref, progress = self.changing
            answer = client.get(f"/actions/{ref}")
            if self._is(answer, 200):
                title, before, version = self.known[ref]
                if _state(answer.json()) not in {(title, before, version), (title, progress, version + 1)}:
                    self.faults.append(f"{ref} was {self.known[ref]}, changing to {progress}, is {answer.text}")
                self._learn(answer, counted=False)
                self.changing = None

    def _is(self, answer: httpx.Response, status: int) -> bool:
        if answer.status_code == 503:  # busy for longer than the limit: said, and nothing happened
            return False
        if answer.status_code != status:
            self.faults.append(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}")
            self.creating = self.changing = None
        return answer.status_code == status

    def _learn(self, answer: httpx.Response, *, counted: bool = True) -> None:
        ref = answer.json()["ref"]
        self.known[ref], self.tags[ref] = _state(answer.json()), answer.headers["etag"]
        self.acknowledged += counted


def _state(action: dict[str, Any]) -> tuple[str, int, int]:
    return action["title"]["zh"], action["progress"], action["version"]


def everything(client: httpx.Client) -> dict[str, tuple[str, int, int]]:
    """Every action, by reading the whole list."""
    found: dict[str, tuple[str, int, int]] = {}
    path = "/actions?limit=200"
    while True:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        found |= {action["ref"]: _state(action) for action in answer.json()["items"]}
        if answer.json()["next"] is None:
            assert answer.json()["total"] == len(found)
            return found
        path = f"/actions?limit=200&cursor={answer.json()['next']}"


def missing(writers: list[Writer], server: Served) -> list[str]:
    """Settle what is open, then every difference between what was acknowledged and what is there: lost, torn or doubled."""
    with server.client() as client:
        for writer in writers:
            writer.settle(client)
        there = everything(client)
    known = {ref: state for writer in writers for ref, state in writer.known.items()}
    faults = [fault for writer in writers for fault in writer.faults]
    faults += [f"{ref} was acknowledged as {state}, is {there.get(ref)}" for ref, state in known.items() if there.get(ref) != state]
    faults += [f"{ref} is there, and nobody was told: {there[ref]}" for ref in there.keys() - known.keys()]
    titles = [title for title, _, _ in there.values()]
    return faults + [f"{title} is there {titles.count(title)} times" for title in set(titles) if titles.count(title) > 1]


def written(server: Served, writers: list[Writer], stop: threading.Event) -> list[threading.Thread]:
    """The writers at work, each in a thread."""
    threads = [threading.Thread(target=writer.run, args=(server, stop), daemon=True) for writer in writers]
    for thread in threads:
        thread.start()
    return threads
