"""Whatever is sent, the answer is a correct refusal in the language asked for, and nothing is written (T31).

Cases are built in groups and sent straight to the ASGI application, because a client library would tidy them. The list only grows.
"""

import base64
import json
import logging
import re
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_to_bytes

import pytest

from tests.engines import SQLiteTemplate
from tests.service import Service, running

JSON, PATCH = "application/json", "application/merge-patch+json"
SLOW = 5.0
SECURITY = {
    "content-security-policy", "x-content-type-options", "referrer-policy", "cross-origin-opener-policy", "cross-origin-resource-policy",
    "permissions-policy", "server", "x-request-id",
}  # fmt: skip
LEAK = re.compile(
    r'Traceback|File "|\.py\b|SELECT |INSERT |UPDATE |(?i:sqlite|psycopg|sqlalchemy|msgspec|litestar|site-packages)|/(root|srv|tmp|usr|var)/|hnt_'
)
ENGLISH = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")
HAN = re.compile(r"[\u4e00-\u9fff]")
ORIGIN = "/api/v1"
Header = tuple[str, str | bytes]


class Case(NamedTuple):
    """One request and the statuses it may get; `lang` None where the request asks for no known language; `pointer` names the error."""

    name: str
    expected: frozenset[int]
    method: str
    target: bytes
    headers: tuple[Header, ...]
    body: bytes
    lang: str | None = "zh"
    pointer: str | None = None


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    seconds: float

    def header(self, name: str) -> str | None:
        return next((value for known, value in self.headers if known == name), None)


class Door:
    """Builds requests with the tokens and tags of a service."""

    def __init__(self, tokens: dict[str, str], tags: dict[str, str]) -> None:
        self.tokens, self.tags = tokens, tags

    def case(self, name: str, expected: int | Iterable[int], method: str, path: str | bytes, **more: Any) -> Case:
        """`role` signs, `json` or `body` (with `media`) is sent, `tag` True gives the current one, `query` follows the path."""
        headers: list[Header] = list(more.pop("headers", ()))
        names = {header[0].lower() for header in headers}
        lang = more.pop("lang", "zh")
        if "host" not in names and not more.pop("hostless", False):
            headers.append(("host", "localhost"))
        if lang and "accept-language" not in names:
            headers.append(("accept-language", lang))
        if role := more.pop("role", None):
            headers.append(("authorization", f"Bearer {self.tokens[role]}"))
        tag = more.pop("tag", None)
        if tag is not None:
            headers.append(("if-match", self.tags.get(str(path), "") if tag is True else tag))
        body = more.pop("body", b"")
        media = more.pop("media", None)
        if "json" in more:
            body, media = json.dumps(more.pop("json")).encode(), media or (PATCH if method == "PATCH" else JSON)
        if media:
            headers.append(("content-type", media))
        whole = path if isinstance(path, bytes) else (ORIGIN + path).encode()
        query = more.pop("query", None)
        if query is not None:
            whole += b"?" + (query if isinstance(query, bytes) else quote(query, safe="%&=+:/[];,*~ ").encode())
        allowed = frozenset((expected,) if isinstance(expected, int) else expected)
        return Case(name, allowed, method, whole, tuple(headers), body, lang, more.pop("pointer", None))


async def ask(app: Any, case: Case) -> Answer:
    """The request as a server hands it on, and what comes back."""
    path, _, query = case.target.partition(b"?")
    headers = [(name.lower().encode(), value if isinstance(value, bytes) else value.encode("latin-1")) for name, value in case.headers]
    if case.body:
        headers.append((b"content-length", str(len(case.body)).encode()))
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": case.method, "scheme": "http", "root_path": "",
        "path": unquote_to_bytes(path).decode("utf-8", "replace"), "raw_path": path, "query_string": query, "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "extensions": {},
    }  # fmt: skip
    pieces = [case.body[start : start + 65536] for start in range(0, len(case.body), 65536)] or [b""]
    waiting = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    waiting[-1]["more_body"] = False
    sent: list[dict[str, Any]] = []

    async def receive() -> Any:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    before = time.perf_counter()
    await app(scope, receive, send)
    seconds = time.perf_counter() - before
    starts = [message for message in sent if message["type"] == "http.response.start"]
    assert len(starts) == 1, f"{len(starts)} answers"
    fields = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in starts[0]["headers"]]
    return Answer(starts[0]["status"], fields, b"".join(message.get("body", b"") for message in sent), seconds)


def faults(case: Case, answer: Answer) -> Iterator[str]:
    """Everything that is wrong with an answer."""
    text = answer.body.decode("utf-8", "replace")
    if answer.status not in case.expected:
        yield f"{answer.status} instead of {sorted(case.expected)}: {text[:200]}"
    if missing := SECURITY - {name for name, _ in answer.headers}:
        yield f"without {sorted(missing)}"
    if answer.header("server") != "hainan":
        yield f"server says {answer.header('server')}"
    if answer.seconds > SLOW:
        yield f"took {answer.seconds:.1f} s"
    if found := LEAK.search(text + " ".join(value for _, value in answer.headers)):
        yield f"tells {found[0]!r}"
    if answer.status >= 400:
        yield from _problem_faults(case, answer, text)
    elif answer.status == 200 and case.method == "GET" and case.target.startswith(b"/api/v1/") and not answer.header("etag"):
        yield "has no ETag"


def _problem_faults(case: Case, answer: Answer, text: str) -> Iterator[str]:
    if answer.header("content-type") != "application/problem+json":
        yield f"is {answer.header('content-type')}"
        return
    if case.method == "HEAD":
        if answer.body:
            yield "HEAD has a body"
        return
    problem = json.loads(text)
    if not {"type", "title", "status", "detail", "instance"} <= set(problem) or problem["status"] != answer.status:
        yield f"is no whole problem: {text[:200]}"
        return
    if not problem["type"].startswith("/problems/"):
        yield f"is of type {problem['type']}"
    said = [problem["title"], problem["detail"], *(error["detail"] for error in problem.get("errors", []))]
    if case.lang and answer.header("content-language") != case.lang:
        yield f"is in {answer.header('content-language')}"
    if case.lang == "zh" and (wrong := [one for one in said if not HAN.search(one) or ENGLISH.search(one)]):
        yield f"is not Chinese: {wrong[:3]}"
    if case.lang == "en" and (wrong := [one for one in said if HAN.search(one)]):
        yield f"is not English: {wrong[:3]}"
    pointers = [error["pointer"] for error in problem.get("errors", [])]
    if case.pointer is not None and pointers != [case.pointer]:
        yield f"names {pointers[:5]} instead of {case.pointer}"


def violations(service: Service, cases: Iterable[Case]) -> list[str]:
    """Send all cases, and say what was wrong with the answers, or that something was written."""
    found: list[str] = []

    async def send_all() -> None:
        head = service.db.head().seq
        for case in cases:
            answer = await ask(service.app, case)
            found.extend(f"{case.name}: {fault}" for fault in faults(case, answer))
            if (now := service.db.head().seq) != head:
                found.append(f"{case.name}: something was written ({answer.status})")
                head = now

    service.portal.call(send_all)
    return found


def answers(service: Service, cases: Iterable[Case]) -> list[Answer]:
    async def send_all() -> list[Answer]:
        return [await ask(service.app, case) for case in cases]

    return service.portal.call(send_all)


TAGGED = (
    "/commitments/T-1", "/commitments/HI-O7b", "/actions/A1", "/actions/A2", "/actions/A3", "/events/third-workshop",
    "/documents/A-AC.105-1294", "/organizations/cnsa", "/status-updates/HI-O6.1",
)  # fmt: skip


def opened(service: Service) -> Door:
    """Fill the register with one of everything that is attacked, and give the tokens and tags."""
    new = {"document": "A/AC.105/1294", "kind": "operative", "position": 90, "tracking": "operational", "text": {"en": "Share, and care."}}
    assert service.post("/commitments", {"ref": "T-1", **new}, role="editor").status_code == 201
    service.publish("HI-O7b")
    for _ in range(2):
        service.action()
    service.action(role="contributor", event=None)
    service.link("A1", "HI-O7b")
    service.draft("HI-O6")
    service.draft("HI-O6", state="submitted")
    confirmed = {"confirmed_on": "2026-11-20"}
    tag = service.tag("/commitments/T-1")
    assert service.post("/commitments/T-1/confirmations", confirmed, role="editor", tag=tag).status_code == 201
    tokens = {role: service.token(role) for role in ("reader", "contributor", "editor", "admin", "editor:read")}
    tags = {path: service.tag(path) for path in TAGGED}
    for path in ("/commitments/T-1", "/commitments/HI-O7b"):
        tags |= {f"{path}/status-updates": tags[path], f"{path}/confirmations": tags[path]}
    tags |= {f"/actions/A2/commitments/{ref}": tags["/actions/A2"] for ref in ("T-1", "HI-O7b")}
    tags["/status-updates/HI-O6.2/return"] = service.tag("/status-updates/HI-O6.2")
    tags["/actions/A1/commitments/HI-O7b"] = tags["/actions/A1"]
    return Door(tokens, tags)


@pytest.fixture(scope="module")
def attacked(sqlite_template: SQLiteTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Door]]:
    """One service for the whole list: nothing of it may write, so every group finds it as it was."""
    with running(sqlite_template.copy(tmp_path_factory.mktemp("attacked"), seed=True)) as service:
        door = opened(service)
        yield service, door
        service.proves_itself()


NOWHERE = Door(dict.fromkeys(("reader", "contributor", "editor", "admin", "editor:read"), "hnt_x"), {})


# What can be written: method, path, and a body that would be accepted


class Route(NamedTuple):
    method: str
    path: str
    body: dict[str, Any]
    tagged: bool
    publish: bool = False

    @property
    def media(self) -> str:
        return PATCH if self.method == "PATCH" else JSON

    def attempt(self, door: Door, name: str, expected: int | Iterable[int], **more: Any) -> Case:
        """A call of an editor with the right tag and media type, except for what is given."""
        given: dict[str, Any] = {"role": "editor", "media": self.media} | ({"tag": True} if self.tagged else {}) | more
        return door.case(f"{self.method} {self.path} {name}", expected, self.method, self.path, **given)


_PAIR = {"zh": "好", "en": "good"}
_EVIDENCE = {
    "kind": "web",
    "title": _PAIR,
    "symbol": "A/1",
    "paragraph": "4",
    "url": "https://example.org/a",
    "date": "2026-01-01",
    "note": _PAIR,
}
_ABOUT = {
    "label": "x", "citation": _PAIR, "lead_verb": _PAIR, "target_on": "2030-01-01", "responsible": ["unoosa"],
    "addressees": [{"code": "unoosa", "basis": "explicit"}], "frameworks": [{"framework": "sdg", "code": "17", "basis": "inferred"}],
}  # fmt: skip
_COMMITMENT = {
    "ref": "T-9", "document": "A/AC.105/1294", "kind": "operative", "position": 95, "tracking": "operational", "text": _PAIR,
    "languages": {"zh": {"authority": "working"}, "en": {"authority": "working"}}, **_ABOUT,
}  # fmt: skip
_ACTION = {
    "title": _PAIR, "description": _PAIR, "event": "third-workshop", "owner": "unoosa", "partners": ["cnsa"], "due_on": "2027-01-01",
    "status": "planned", "priority": "high", "progress": 5, "evidence": [_EVIDENCE],
    "milestones": [{"title": _PAIR, "due_on": "2027-01-01", "done_on": "2027-01-02"}],
}  # fmt: skip
_EVENT = {
    "name": _PAIR,
    "place": _PAIR,
    "organizers": ["unoosa"],
    "report": "A/2",
    "starts_on": "2027-01-01",
    "ends_on": "2027-01-02",
    "status": "held",
}
_UPDATE = {
    "status": "under_implementation", "effective_on": "2026-11-01", "narrative": _PAIR, "evidence": [_EVIDENCE], "state": "published",
    "corrects": "HI-O7b.1",
}  # fmt: skip
_DRAFT = {name: value for name, value in _UPDATE.items() if name not in ("state", "corrects")}
_DOCUMENT = {"title": _PAIR, "body": _PAIR, "adopted_on": "2022-11-24", "event": "third-workshop", "references": ["A/1"]}
_ORGANIZATION = {"name": _PAIR, "kind": "un", "acronym": "x"}
NEW_COMMITMENT = Route("POST", "/commitments", _COMMITMENT, tagged=False, publish=True)
NEW_ACTION = Route("POST", "/actions", _ACTION, tagged=False)
UPDATE = Route("POST", "/commitments/HI-O7b/status-updates", _UPDATE, tagged=True)
ROUTES = [
    NEW_COMMITMENT,
    Route("PATCH", "/commitments/T-1", {"text": _PAIR, "position": 7, "tracking": "operational", **_ABOUT}, tagged=True, publish=True),
    UPDATE,
    Route("POST", "/commitments/HI-O7b/confirmations", {"confirmed_on": "2026-11-19", "note": _PAIR}, tagged=True, publish=True),
    NEW_ACTION,
    Route("PATCH", "/actions/A2", _ACTION, tagged=True),
    Route("POST", "/actions/A2/notes", {"on": "2026-11-01", "text": _PAIR}, tagged=False),
    Route("PUT", "/actions/A2/commitments/T-1", {"contribution": "implements", "note": _PAIR}, tagged=True),
    Route("PATCH", "/events/third-workshop", _EVENT, tagged=True, publish=True),
    Route("POST", "/events", {"id": "fourth", "series": "s", "ordinal": 4, **_EVENT}, tagged=False, publish=True),
    Route("POST", "/documents", {"symbol": "A/3", **_DOCUMENT}, tagged=False, publish=True),
    Route("PATCH", "/documents/A-AC.105-1294", _DOCUMENT, tagged=True, publish=True),
    Route("POST", "/organizations", {"id": "o", **_ORGANIZATION}, tagged=False, publish=True),
    Route("PATCH", "/organizations/cnsa", _ORGANIZATION, tagged=True, publish=True),
    Route("PATCH", "/status-updates/HI-O6.1", _DRAFT, tagged=True),
    Route("POST", "/status-updates/HI-O6.2/return", {"review_note": "x"}, tagged=True, publish=True),
]
DELETIONS = [Route("DELETE", "/actions/A2", {}, tagged=True), Route("DELETE", "/actions/A1/commitments/HI-O7b", {}, tagged=True)]


def leaves(value: Any, pointer: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every single value inside a body, with where it stands."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from leaves(one, (*pointer, name))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from leaves(one, (*pointer, number))
    else:
        yield pointer, value


def branches(value: Any, pointer: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every list and object inside a body, with where it stands."""
    if isinstance(value, dict | list):
        yield pointer, value
        for name, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from branches(one, (*pointer, name))


def replaced(body: dict[str, Any], pointer: tuple[Any, ...], value: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(body))
    inner: Any = made
    for name in pointer[:-1]:
        inner = inner[name]
    inner[pointer[-1]] = value
    return made


def where(pointer: tuple[Any, ...]) -> str:
    return "".join(f"/{name}" for name in pointer)


# Texts

_CHARACTERS = (
    "\x00\x01\x08\x0b\x0c\r\x1b\x1f\x7f\x80\x85\x9f"
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
    "\u200b\u200c\u200d\u2060\u2061\u2064\ufeff\u00ad\u180e\ufff9\ufffa\ufffb\ufffc"
    "\U000e0000\U000e0001\U000e0041\U000e007f"
    "\ufdd0\ufdef\ufffe\uffff\U0001fffe\U0001ffff\U0008ffff\U0010fffe\U0010ffff"
)
TEXTS = {f"U+{ord(one):04X}": f"好{one}字" for one in _CHARACTERS} | {
    "high surrogate": "好\ud800",
    "low surrogate": "\udfff好",
    "surrogates turned round": "\udc00\ud800",
    "half an emoji": "a\ud83dz",
    "empty": "",
    "spaces": "   ",
    "ideographic spaces": "\u3000\u3000",
    "only line breaks": "\n\n",
    "only a tab": "\t",
    "line separator alone": "\u2028",
    "a megabyte": "好" * 150_000,
    "a megabyte of marks": "e" + "\u0301" * 150_000,
}
EVERYWHERE = ("U+0000", "high surrogate")


def hostile_texts(door: Door) -> list[Case]:
    """Every text on two long fields, and on every text field of every route two of them and a fifteenth of the others."""
    cases = []
    number = 0
    for route in ROUTES:
        fields = [pointer for pointer, value in leaves(route.body) if isinstance(value, str)]
        for pointer in fields:
            number += 1
            for index, (name, text) in enumerate(TEXTS.items()):
                thorough = route in (NEW_ACTION, UPDATE) and pointer in (("title", "zh"), ("narrative", "en"))
                if thorough or name in EVERYWHERE or (index + number) % 15 == 0:
                    body = replaced(route.body, pointer, text)
                    cases.append(route.attempt(door, f"{where(pointer)} = {name}", 422, json=body, pointer=where(pointer)))
    return cases


# Bodies

_DEEP = {depth: b"[" * depth + b"]" * depth for depth in (65, 1_000, 100_000)}
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "a space": b" ",
    "half an object": b"{",
    "not JSON": b"title=x",
    "XML": b"<title>x</title>",
    "single quotes": b"{'title': 1}",
    "a comment": b"{} // none",
    "two objects": b"{} {}",
    "a trailing comma": b'{"title": {},}',
    "NaN": b'{"title": NaN}',
    "Infinity": b'{"title": Infinity}',
    "minus Infinity": b'{"title": -Infinity}',
    "a leading zero": b'{"title": 01}',
    "a plus": b'{"title": +1}',
    "hexadecimal": b'{"title": 0x1F}',
    "a bad escape": b'{"title": "\\uZZZZ"}',
    "a raw line break": b'{"title": "a\nb"}',
    "a raw NUL": b'{"title": "a\x00b"}',
    "a key twice": b'{"x": 1, "x": 2}',
    "a hostile key twice": b'{"\\ud800": 1, "\\ud800": 2}',
    "a key twice inside": b'{"title": {"zh": "a", "zh": "b"}, "text": {"zh": "a", "zh": "b"}, "note": {"zh": "a", "zh": "b"}}',
    "invalid UTF-8": b'{"title": "\xff"}',
    "overlong UTF-8": b'{"title": "\xc0\xaf"}',
    "surrogates in UTF-8": b'{"title": "\xed\xa0\x80"}',
    "half a character": b'{"title": "\xe6\xb5',
    "GBK": '{"title": "海南"}'.encode("gbk"),
    "UTF-16": '{"title": {}}'.encode("utf-16"),
    "UTF-32": '{"title": {}}'.encode("utf-32"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "an unknown field": b'{"no_such_field": 1}',
    "a field in other case": b'{"TITLE": 1}',
    "a prototype": b'{"__proto__": {"role": "admin"}}',
    "a hostile field": b'{"\\u202e\\u0000": 1}',
    "an internal field": b'{"id": 1, "version": 7}',
    "many unknown fields": json.dumps({f"f{n}": n for n in range(500)}).encode(),
    "a megabyte of a key": b'{"' + b"k" * 1_000_000 + b'": 1}',
} | {f"{depth} levels": b'{"title": ' + deep + b"}" for depth, deep in _DEEP.items()}
NO_OBJECTS = [b"[]", b"[{}]", b"5", b"1e999", b'"text"', b"null", b"true", b"9" * 5_000]


def hostile_bodies(door: Door) -> list[Case]:
    cases = [route.attempt(door, name, 400, body=body) for route in ROUTES for name, body in BODIES.items()]
    cases += [route.attempt(door, f"{body[:9]!r}", (400, 422), body=body) for route in ROUTES for body in NO_OBJECTS]
    cases += [route.attempt(door, "2 MiB", 413, body=b'{"title": "' + b"x" * 2**21 + b'"}') for route in ROUTES]
    for route in ROUTES:
        for pointer, branch in branches(route.body):
            if isinstance(branch, dict):
                body = replaced(route.body, (*pointer, "no_such_field"), 1)
                named = where((*pointer, "no_such_field"))
                cases.append(route.attempt(door, f"unknown {named}", 400, json=body, pointer=named))
    return cases


# Values of the wrong type or out of range

_DATES = [
    "2026-02-30", "２０２６-01-01", "0000-00-00", "2026-13-01", "2026-1-1", "20260101", "2026-W01-1", "2026-01-01T00:00:00Z", " 2026-01-01",
    "2026-01-01\n", "+2026-01-01", "-2026-01-01", "12026-01-01", "二〇二六年一月一日", "2026/01/01", "٢٠٢٦-٠١-٠١", "", "today", 20260101, 1.5, True, [], {},
]  # fmt: skip
_NUMBERS: list[Any] = [-1, 101, 10**9, 2**31, 2**63, 10**30, 10**4000, 1.0, 1.5, 1e2, 1e300, True, False, "5", "５", [], {}, None]
_CODES = ["", "no_such_code", "PLANNED", " planned", "planned ", "ｐlanned", "\u0000", 5, 1.5, True, [], {}, ["planned"]]
_NO_TEXTS = [5, 1.5, True, [], {}, ["x"], {"zh": "x"}, 10**30]
_NO_BRANCHES = [5, 1.5, True, "text", None]


def hostile_values(door: Door) -> list[Case]:
    """Every second of all combinations, which is enough to meet each kind of value in each kind of field."""
    cases = []
    for route in ROUTES:
        for pointer, value in leaves(route.body):
            cases += [_wrong(door, route, pointer, wrong) for wrong in _wrong_values(pointer, value)]
        for pointer, branch in branches(route.body):
            nullable = route.method == "PATCH" and not any(isinstance(part, int) for part in pointer)
            for wrong in [*_NO_BRANCHES, [], {}]:
                if not pointer or isinstance(wrong, type(branch)) or (wrong is None and nullable):
                    continue
                body = replaced(route.body, pointer, wrong)
                cases.append(route.attempt(door, f"{where(pointer)} = {wrong!r}", 422, json=body, pointer=where(pointer)))
            if isinstance(branch, list):
                body = replaced(route.body, pointer, branch * 51)
                cases.append(route.attempt(door, f"{where(pointer)} 51 times", 422, json=body, pointer=where(pointer)))
    return cases[::2]


def _wrong_values(pointer: tuple[Any, ...], value: Any) -> list[Any]:
    name = pointer[-1]
    if isinstance(value, int):
        return [wrong for wrong in _NUMBERS if not (name in ("position", "ordinal") and wrong == 101) and wrong is not None]
    if name == "on" or name == "date" or str(name).endswith("_on"):
        return _DATES[::2] if "evidence" in pointer or "milestones" in pointer else _DATES
    if name == "kind" and value == _ORGANIZATION["kind"]:
        return _NO_TEXTS  # what kinds of organizations there are is not fixed
    if name in ("kind", "tracking", "status", "state", "priority", "contribution", "basis", "authority"):
        return _CODES if len(pointer) == 1 else _CODES[::3]
    return _NO_TEXTS if len(pointer) == 1 else _NO_TEXTS[:3]


def _wrong(door: Door, route: Route, pointer: tuple[Any, ...], wrong: Any) -> Case:
    return route.attempt(
        door, f"{where(pointer)} = {str(wrong)[:30]!r}", 422, json=replaced(route.body, pointer, wrong), pointer=where(pointer)
    )


def hostile_days(door: Door) -> list[Case]:
    """Dates that exist but cannot be meant; references that lead nowhere; rules of the register."""
    update = {"status": "under_implementation", "effective_on": "2026-11-01", "state": "published"}
    cases = []
    for day in ("9999-12-31", "1900-01-01", "0001-01-01", "2027-01-01", "2022-11-23"):
        cases.append(UPDATE.attempt(door, f"effective {day}", 422, json=update | {"effective_on": day}, pointer="/effective_on"))
        cases.append(ROUTES[3].attempt(door, f"confirmed {day}", 422, json={"confirmed_on": day}, pointer="/confirmed_on"))
    for day in ("9999-12-31", "2027-01-01"):
        cases.append(ROUTES[6].attempt(door, f"noted {day}", 422, json={"on": day, "text": _PAIR}, pointer="/on"))
    for name, value in {"event": "nowhere", "owner": "nobody", "partners": ["nobody"]}.items():
        pointer = f"/{name}" if isinstance(value, str) else f"/{name}/0"
        cases += [
            route.attempt(door, f"{name} unknown", 422, json=_ACTION | {name: value}, pointer=pointer) for route in (NEW_ACTION, ROUTES[5])
        ]
    for url in (
        "javascript:alert(1)", "data:text/html,x", "http://", "http:///x", "ftp://example.org", "//example.org", "http://a@example.org", "http://exa mple.org",
        "http://海南.cn", "http://example.org\\@evil.org", "http://[::1", "http://example.org:99999", "http://127。0。0。1", "https://example.org/\n", " ", "file:///etc/passwd",
    ):  # fmt: skip
        if url.strip() == url:
            body = replaced(_ACTION, ("evidence", 0, "url"), url)
            cases.append(NEW_ACTION.attempt(door, f"url {url!r}", 422, json=body, pointer="/evidence/0/url"))
    return cases


# Query parameters

LISTS = ("/commitments", "/actions", "/documents", "/events", "/organizations", "/frameworks", "/vocabularies", "/changes")
PAGED = ("/commitments", "/actions", "/documents", "/commitments/HI-O7b/history", "/actions/A1/history")
_MOMENTS = ["yesterday", "-1", "1.5", "1e3", "１", "٣", "00", "9" * 19, "9" * 41, "2026-02-30", "2026-05-01T09:30", "2026-05-01T25:00:00Z", "2026-05-01T09:30:00%2B99:99",
            "2026-05-01T09:30:00+02:00", "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-12:00", "%00", "%E2%80%AE1", "2026-05-01T09:30:00.1234567Z", "2026-06-30T23:59:60Z"]  # fmt: skip


def hostile_queries(door: Door) -> list[Case]:
    def get(path: str, query: str | bytes, expected: int | Iterable[int]) -> Case:
        return door.case(f"GET {path}?{query[:60]!r}", expected, "GET", path, query=query)

    cases = [
        get(path, "no_such=1", 400)
        for path in (*LISTS, "/commitments/HI-O7b", "/actions/A1", "/events/third-workshop", "/documents/A-AC.105-1294")
    ]
    for path in PAGED:
        cases += [
            get(path, f"limit={n}", 422)
            for n in ("0", "-1", "201", "5.0", "1e2", "１０", "٣", "+5", "%205", "5%20", "007", "1_0", "9" * 30, "x", "%00", "0x5")
        ]
        cases += [
            get(path, query, 400)
            for query in (
                "limit=1&limit=2",
                "LIMIT=1",
                "limit[]=1",
                "limit=1&cursor=a&cursor=b",
                "limit=%FF",
                b"limit=\xff",
                "limit=%ED%A0%80",
                b"\xe6\xb5\xb7=1",
            )
        ]
        cases += [
            get(path, f"cursor={c}", (400, 422))
            for c in (
                "x",
                "AAAA",
                "%00",
                "e30",
                "W10",
                "bnVsbA",
                "MQ",
                "WyJ4IiwxLFtdXQ",
                "=",
                "%2e%2e",
                "a" * 600,
                "a" * 601,
                "好",
                base64.urlsafe_b64encode(b"\xff" * 9).decode(),
            )
        ]
        cases.append(get(path, "&".join(f"p{n}=1" for n in range(250)), 400))
        cases.append(get(path, "limit=" + "1" * 10_240, 414))
    for name in ("as_of",):
        cases += [
            get(path, f"{name}={d}", 422)
            for path in ("/commitments", "/commitments/HI-O7b")
            for d in _DATES
            if isinstance(d, str) and d and "\n" not in d and "+" not in d
        ]
    for name in ("as_recorded", "updated_since"):
        expected = (404, 422) if name == "as_recorded" else 422
        cases += [
            get("/commitments", f"document=A/AC.105/1294&{name}={m}", expected)
            for m in _MOMENTS
            if not (name == "updated_since" and m in ("1", "00"))
        ]
    cases += [get("/commitments/HI-O7b", f"as_recorded={m}", (404, 422)) for m in [*_MOMENTS, "0", "1900-01-01", "0001-01-01T00:00:00Z"]]
    cases += [get("/commitments", "as_recorded=5", 422), get("/commitments", "as_recorded=5&document=A/1&document=A/2", 422)]
    cases += [get("/changes", f"after={n}", 422) for n in ("-1", "x", "１", "1.0", "9" * 16, "9" * 400, "%00", "+1", "1e3")]
    for name in ("kind", "tracking", "level", "status", "sort"):
        cases += [get("/commitments", f"{name}={v}", 422) for v in ("no_such", "%00", "%F0%9F%98%80", "'%20OR%201=1--", "OPERATIVE")]
    for name in ("document", "framework", "addressee", "responsible", "event", "parent"):
        cases += [
            get("/commitments", f"{name}={v}", 422)
            for v in ("%00", "%E2%80%AE", "'%20OR%201=1--", "%EF%BC%A1", "a" * 200, "%20", "%3Cscript%3E")
        ]
        cases.append(get("/commitments", "&".join(f"{name}=a{n}" for n in range(51)), 400))
    for path in ("/search", "/commitments", "/actions"):
        cases += [get(path, f"q={v}", 422) for v in ("%00", "%E2%80%AE", "%0B", "a" * 201, "%EF%BF%BE", "%E6%9C%88%E2%80%8B%E7%90%83")]
        cases += [
            get(path, f"q={v}", 200)
            for v in ("'%20OR%201=1--", "%22", "%22%20OR%20%22", "*", "a*", "(a)", "a:b", "-a", "^a", "NEAR(a%20b,2)", "a%20AND", "%5C", "%25", "_",
                      "%F0%9F%98%80", "%F0%A0%80%80", "%3Cscript%3E", "a%27%20%26%20%21b", "%EF%BC%A1", "a%C2%B7b", "a" * 200)
        ]  # fmt: skip
    for name in ("has_actions", "review_overdue"):
        cases += [get("/commitments", f"{name}={v}", 422) for v in ("1", "yes", "TRUE", "True", "null", "%00")]
    for name, values in {
        "due_before": ["x", "2026-02-30"],
        "overdue": ["1"],
        "unlinked": ["no"],
        "status": ["done"],
        "event": ["%00"],
        "commitment": ["%2e%2e"],
    }.items():
        cases += [get("/actions", f"{name}={v}", 422) for v in values]
    cases += [
        get("/events/third-workshop/coverage", q, e) for q, e in {"document=%00": 422, "documents=x": 400, "document=%FF": 400}.items()
    ]
    cases += [door.case(f"write with {q}", 400, r.method, r.path, role="editor", json=r.body, media=r.media, tag=True if r.tagged else None, query=q)
              for r in ROUTES for q in ("dry_run=1", "%FF=1")]  # fmt: skip
    return cases


# Paths

_PARTS = [
    "%00", "a%00", "%2e%2e", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%5c..%5cwindows", "HI-O7b%00", "HI-O7b%20", "HI-O7b%0a", "%20HI-O7b", "HI%2FO7b", "hi-o7b", "ＨＩ-O7b",
    "HI-O7b%EF%BB%BF", "海南", "%E6%B5%B7", "%FF", "%C0%AF", "%ED%A0%80", "%", "%zz", "HI-O7b;x=1", "HI-O7b,HI-O7a", "'%20OR%201=1--", "%3Cscript%3E", "-1", "0", "9" * 30,
    "A" + "9" * 19, "A0", "A01", "a1", "A１", "HI-O7b.0", "HI-O7b.01", "HI-O7b.9999999999", "null", "undefined", "__proto__", "${7*7}", "{{7*7}}", "%25%30%30", "a" * 49, "a" * 300, "~", "*", "|",
]  # fmt: skip
_UNDER = (
    "/commitments/{}",
    "/actions/{}",
    "/status-updates/{}",
    "/documents/{}",
    "/events/{}",
    "/commitments/{}/history",
    "/events/{}/coverage",
)
_ELSEWHERE = [
    "/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/commitments", "/API/v1/commitments", "/api/V1/commitments", "/api/v1/Commitments", "/api/v1/commitments%00", "/api/v1/commitments.json",
    "/api/v1/commitments/HI-O7b/nothing", "/api/v1/commitments/HI-O7b/history/1", "/api/v1/../../etc/passwd", "/api/docs/../../settings", "/api/docs/..%2f..%2fsettings", "/api/docs/%2e%2e%2fdocs.html",
    "/api/docs/swagger-ui-bundle.js.map", "/api/docs/docs.html", "/problems/", "/problems/x", "/problems/%00", "/problems/..", "/schema", "/schema/openapi.json", "/.git/config", "/.env", "/static/x", "/favicon.ico",
    "/metrics", "/healthz/x", "/api/v1/ｃommitments", "/api/v1/提交", "*", "http://evil.example/api/v1/commitments", "/\\evil.example", "/%2f%2fevil.example", "//evil.example/%2e%2e",
]  # fmt: skip


def hostile_paths(door: Door) -> list[Case]:
    cases = []
    for under in _UNDER:
        for part in _PARTS:
            target = (ORIGIN + under.format(part)).encode()
            expected = (404, 200) if part == "*" and "history" not in under else 404
            cases.append(door.case(f"GET {target[:80]!r}", expected, "GET", target))
    cases += [door.case(f"GET {path}", 404, "GET", path.encode()) for path in _ELSEWHERE]
    cases += [door.case(f"GET {n} characters", 414, "GET", (ORIGIN + "/commitments/" + "a" * n).encode()) for n in (8_300, 10_000)]
    cases += [door.case("GET 4,000 characters", 404, "GET", (ORIGIN + "/commitments/" + "a" * 4_000).encode())]
    cases += [door.case("GET many slashes", (404, 302), "GET", ("/" * 4_000).encode())]
    for part in _PARTS[:20]:
        cases.append(
            door.case(f"PATCH {part}", 404, "PATCH", f"/commitments/{part}", role="editor", json={"label": "x"}, tag='"1.0123456789abcdef"')
        )
        cases.append(door.case(f"DELETE {part}", 404, "DELETE", f"/actions/{part}", role="editor", tag='"1.0123456789abcdef"'))
        cases.append(
            door.case(
                f"PUT link {part}",
                404,
                "PUT",
                f"/actions/A2/commitments/{part}",
                role="editor",
                json={"contribution": "implements"},
                tag=door.tags.get("/actions/A2", "x"),
            )
        )
    return cases


# Headers

_TAGS = {
    None: 428, "*": 428, " * ": 428, "": 412, '"': 412, '""': 412, "1": 412, '"1"': 412, 'W/"1.0123456789abcdef"': 412, '"0.0123456789abcdef"': 412, '"99.0123456789abcdef"': 412,
    '"-1.0123456789abcdef"': 412, '"１.0123456789abcdef"'.encode(): 412, '"1.0123456789ABCDEF"': 412, '"1.0123456789abcde"': 412, '"1.0123456789abcdef", "2.0123456789abcdef"': 412, '"9999999999.0123456789abcdef"': 412,
    '"1e0.0123456789abcdef"': 412, '"*"': 412, b"\xff\xfe": 412, '"' + "9" * 4_000 + '.0123456789abcdef"': 412, '"' + "9" * 20_000 + '"': 431,
}  # fmt: skip
_TYPES: list[str | bytes | None] = [
    None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "*/*", "application/json; charset=gbk", "application/json;charset=utf-16", "application/jsonp",
    "application/vnd.api+json", "text/json", "application/json, text/plain", "application/json; charset=utf-8; charset=gbk", b"application/json\xff", "application",
]  # fmt: skip


def hostile_headers(door: Door) -> list[Case]:
    cases = []
    for route in [*ROUTES, *DELETIONS]:
        if route.tagged:
            for tag, expected in _TAGS.items():
                given: dict[str, Any] = {"body": json.dumps(route.body).encode()} if route.body else {"media": None}
                cases.append(route.attempt(door, f"If-Match {tag!r:.40}", expected, tag=tag, **given))
    for route in ROUTES:
        other = JSON if route.media == PATCH else PATCH
        for media in [*_TYPES, other]:
            headers = [("content-type", media)] if media is not None else []
            cases.append(
                route.attempt(door, f"Content-Type {media!r}", 415, media=None, headers=headers, body=json.dumps(route.body).encode())
            )
    cases.append(door.case("20 KB header", 431, "GET", "/commitments", headers=[("x-more", "x" * 20_480)]))
    cases.append(door.case("400 headers", 431, "GET", "/commitments", headers=[(f"x-{n}", "x" * 40) for n in range(400)]))
    for value in (
        "",
        "xx",
        "zh-Hant",
        "q=1",
        "zh;q=2",
        ";;;",
        "," * 900,
        "zh;q=0",
        b"\xff\xfe",
        "en-" * 300,
        "*;q=0.0001",
        "zh" * 400,
        "<script>",
        "zh\x00",
        "a" * 2_000,
    ):
        cases.append(
            door.case(f"Accept-Language {value!r:.30}", 404, "GET", "/commitments/none", lang=None, headers=[("accept-language", value)])
        )
    for value in ("zh", "zh-CN", "zh-Hans-CN", "ZH", "fr, zh;q=0.5, en;q=0.1", " zh ; q=0.9 "):
        cases.append(door.case(f"Accept-Language {value}", 404, "GET", "/commitments/none", headers=[("accept-language", value)]))
    cases.append(door.case("Accept-Language en", 404, "GET", "/commitments/none", lang="en"))
    for name, value in {"accept": "text/html;q=x", "if-none-match": '"' * 500, "content-length": "abc", "transfer-encoding": "chunked", "cookie": "session=\xff; " * 50, "origin": "null", "range": "bytes=0-1",
                        "x-forwarded-host": "evil.example", "x-http-method-override": "DELETE", "expect": "100-continue", "upgrade": "h2c", "if-modified-since": "never"}.items():  # fmt: skip
        cases.append(
            door.case(
                f"{name}: {value[:20]}",
                (400, 404) if name == "content-length" else 404,
                "GET",
                "/commitments/none",
                headers=[(name, value)],
            )
        )
    return cases


def hostile_hosts(door: Door) -> list[Case]:
    cases = [
        door.case(f"Host {host!r}", 400, "GET", "/commitments", headers=[("host", host)])
        for host in ("", "evil.example", "localhost.evil.example", "evil.example:80", "localhost:abc", "localhost:80:80", "localhost, evil.example", "127.1", "2130706433", "localhost@evil.example", "localhost/",
                     "[::1", "::1", "[::2]", "localhost%00", "ｌocalhost".encode(), "local host", "http://localhost", b"\xff", "localhost.", "*")
    ]  # fmt: skip
    cases += [
        door.case(f"Host {host}", 200, "GET", "/commitments", headers=[("host", host)])
        for host in ("LOCALHOST", "localhost:8000", "127.0.0.1:65535", "[::1]", "[::1]:8000")
    ]
    cases.append(door.case("no Host", 400, "GET", "/commitments", hostless=True))
    return cases


def hostile_tokens(door: Door) -> list[Case]:
    good = door.tokens["editor"]
    wrong = [
        "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", good, f"Bearer{good}", f"Bearer\t{good}", f"Token {good}", f"Bearer {good[:-1]}", f"Bearer {good}A", f"Bearer {good.swapcase()}", f"Bearer {good.upper()}",
        f"Bearer {good.lower()}", f"Bearer {good[4:]}", f"Bearer hnt_{'A' * 43}", f"Bearer hnt_{'é' * 43}", f'Bearer "{good}"', f"Bearer {good}, Bearer {good}", f"Bearer {good} {good}", f"Bearer {good}%00", "Bearer " + "x" * 9_000,
        "Bearer \xff", "Bearer ' OR 1=1--", f"Bearer {good[:10]}\u00a0{good[10:]}", "Negotiate", "Digest username=x",
    ]  # fmt: skip
    places = [("POST", "/actions"), ("GET", "/commitments"), ("PATCH", "/commitments/none"), ("GET", "/changes")]
    return [
        door.case(f"{method} {path} as {secret[:30]!r}", 401, method, path, headers=[("authorization", secret)], body=b"{" if method != "GET" else b"")
        for method, path in places
        for secret in wrong
    ]  # fmt: skip


# Methods

GETTABLE = [
    *(ORIGIN + path for path in LISTS), "/api/v1/commitments/HI-O7b", "/api/v1/commitments/HI-O7b/status-updates", "/api/v1/commitments/HI-O7b/confirmations", "/api/v1/commitments/HI-O7b/history", "/api/v1/status-updates/HI-O7b.1",
    "/api/v1/actions/A1", "/api/v1/actions/A1/history", "/api/v1/documents/A-AC.105-1294", "/api/v1/events/third-workshop", "/api/v1/events/third-workshop/coverage", "/api/openapi.json", "/api/docs", "/api/docs/docs.js",
    "/problems/invalid", "/healthz", "/readyz",
]  # fmt: skip
TAKEN = {path: {"GET", "HEAD"} for path in GETTABLE}
for _route in [*ROUTES, *DELETIONS]:
    TAKEN.setdefault(ORIGIN + _route.path, set()).add(_route.method)
TAKEN["/api/v1/actions/A2/commitments/T-1"].add("DELETE")
TAKEN["/api/v1/actions/A1/commitments/HI-O7b"].add("PUT")
TAKEN["/api/v1/actions/A1"] |= {"PATCH", "DELETE"}
TAKEN["/api/v1/commitments/HI-O7b"].add("PATCH")
TAKEN["/api/v1/status-updates/HI-O7b.1"] |= {"PATCH", "DELETE"}
TAKEN["/api/v1/status-updates/HI-O6.1"] |= {"GET", "HEAD", "DELETE"}
TAKEN["/api/v1/organizations/cnsa"] |= {"GET", "HEAD"}
for _path in ("/api/v1/commitments/T-1", "/api/v1/actions/A2"):
    TAKEN[_path] |= {"GET", "HEAD"}
METHODS = (
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "SEARCH",
    "QUERY",
    "LINK",
    "get",
    "Post",
    "GETT",
    "G",
    "PRI",
)


def hostile_methods(door: Door) -> list[Case]:
    return [
        door.case(f"{method} {path}", 405, method, path.encode(), role="editor", json={})
        for path, taken in TAKEN.items()
        for method in METHODS
        if method not in taken
    ]


GROUPS: dict[str, Callable[[Door], list[Case]]] = {
    function.__name__: function
    for function in (
        hostile_texts, hostile_bodies, hostile_values, hostile_days, hostile_queries, hostile_paths, hostile_headers, hostile_hosts,
        hostile_tokens, hostile_methods,
    )
}  # fmt: skip


def told(found: list[str]) -> str:
    return f"{len(found)} violations\n" + "\n".join(found[:40])


@pytest.mark.parametrize("group", GROUPS)
def test_no_hostile_request_is_answered_wrongly(attacked: tuple[Service, Door], group: str) -> None:
    service, door = attacked
    found = violations(service, GROUPS[group](door))
    assert found == [], told(found)


def test_the_list_does_not_shrink() -> None:
    assert sum(len(group(NOWHERE)) for group in GROUPS.values()) >= 3_000


def test_some_of_every_group_are_refused_on_both_engines(service: Service) -> None:
    door = opened(service)
    every = [group(door) for group in GROUPS.values()]
    cases = [case for group in every for case in group[:: len(group) // 8]]
    assert len(cases) >= 60
    found = violations(service, cases)
    assert found == [], told(found)
    service.proves_itself()


# Kept as they are, or normalised

KEPT = {
    "Chinese quotes": "“海南倡议”与‘共享’",
    "ideographic space": "海南\u3000倡议",
    "rare ideographs": "𠀀𰻝𪚥",
    "full width": "ＡＢＣ１２，。＝",
    "emoji": "🛰️ 卫星",
    "variation selector": "葛\U000e0100",
    "private use": "\ue000字",
    "markup": "<b>&amp;</b>{placeholder} %s",
    "quotation": "\"'\\/`",
    "formula": "=1+1",
    "not-quite-equal": "台灣臺灣",
    "arabic": "مرحبا",
}
CHANGED = {
    "NFD": ("cafe\u0301", "café"),
    "compatibility ideograph": ("\uf967", "不"),
    "tab": ("a\tb", "a b"),
    "outer space": ("\u3000 好 \n", "好"),
}
BROKEN_LINES = {"CRLF": ("一\r\n二", "一\n二"), "line feed": ("一\n\n二", "一\n\n二")}


def test_good_text_is_kept_and_other_spellings_are_normalised(sqlite_service: Service) -> None:
    service, sent = sqlite_service, {name: (text, text) for name, text in KEPT.items()} | CHANGED
    for name, (text, stored) in sent.items():
        made = service.post("/actions", {"title": {"zh": text}, "description": {"en": text}}, role="editor")
        assert made.status_code == 201, (name, made.text)
        read = service.get(f"/actions/{made.json()['ref']}").json()
        assert (read["title"]["zh"], read["description"]["en"]) == (stored, stored), name
    for name, (text, stored) in BROKEN_LINES.items():
        made = service.post("/actions", {"title": {"zh": "好"}, "description": {"en": text}}, role="editor")
        assert made.json()["description"]["en"] == stored, name
        assert service.post("/actions", {"title": {"zh": text}}, role="editor").status_code == 422, name
    assert all(unicodedata.is_normalized("NFC", one["title"]["zh"]) for one in service.get("/actions?limit=200").json()["items"])
    service.proves_itself()


# The order of checks


def _ordered(door: Door, route: Route) -> list[Case]:
    """Each breaks several rules at once; the first one of the contract's order must answer."""
    nowhere = re.sub(r"HI-O7b|T-1|A1|A2|third-workshop", lambda found: "A404" if found[0][0] == "A" else "T-404", route.path)
    role, stale = "editor", '"99.0123456789abcdef"'
    wrong: dict[str, Any] = {"media": "text/plain", "body": b"{", "tag": stale if route.tagged else None, "query": "no=1"}
    big: dict[str, Any] = {"media": "text/plain", "body": b"x" * (2**20 + 1), "role": None}

    def at(name: str, expected: int, path: str | None = None, **given: Any) -> Case:
        return door.case(f"{route.method} {path or route.path} {name}", expected, route.method, path or route.path, **given)

    cases = [
        at("413 before 401", 413, **big),
        at("401 before 404", 401, nowhere, **wrong),
        at("401 for a bad token", 401, nowhere, **wrong, headers=[("authorization", "Bearer hnt_x")]),
        at("403 for a reader", 403, nowhere, role="reader", **wrong),
        at("403 for a scope", 403, nowhere, role="editor:read", **wrong),
    ]
    if route.publish:
        cases.append(at("403 for a focal point", 403, nowhere, role="contributor", **wrong))
    if nowhere != route.path:
        cases.append(at("404 before 415", 404, nowhere, role=role, **wrong))
    if route.method == "DELETE":
        cases += [at("428", 428, role=role), at("412", 412, role=role, tag=stale)]
        return cases
    unacceptable = json.dumps({name: [5] for name in route.body}).encode()
    unknown = json.dumps({"no_such": 1, **dict.fromkeys(route.body, 5)}).encode()
    cases += [
        at("415 before 428", 415, role=role, media="text/plain", body=b"{"),
        at("415 before 412", 415, role=role, media=None, body=b"{", tag=stale),
        at("400 before 428: unparsable", 400, role=role, media=route.media, body=b"{"),
        at("400 before 412: unknown field", 400, role=role, media=route.media, body=unknown, tag=stale),
        at("400 before 428: unknown parameter", 400, role=role, media=route.media, body=unacceptable, query="no=1"),
    ]
    if route.tagged:
        cases += [
            at("428 before 422", 428, role=role, media=route.media, body=unacceptable),
            at("428 for *", 428, role=role, media=route.media, body=unacceptable, tag="*"),
            at("412 before 422", 412, role=role, media=route.media, body=unacceptable, tag=stale),
        ]
    return [*cases, route.attempt(door, "422 last", 422, body=unacceptable)]


def test_the_first_rule_that_is_broken_answers(attacked: tuple[Service, Door]) -> None:
    service, door = attacked
    found = violations(service, [case for route in [*ROUTES, *DELETIONS] for case in _ordered(door, route)])
    assert found == [], told(found)


def test_values_come_before_what_is_stored(attacked: tuple[Service, Door]) -> None:
    """422 before 409: a taken ref or a confirmed day is said only of what is otherwise good."""
    service, door = attacked
    taken = _COMMITMENT | {"ref": "t-1"}
    again = Route("POST", "/commitments/T-1/confirmations", {"confirmed_on": "2026-11-20"}, tagged=True)
    linked = Route("DELETE", "/actions/A1", {}, tagged=True)
    cases = [
        NEW_COMMITMENT.attempt(door, "taken and wrong", 422, json=taken | {"position": 0}),
        NEW_COMMITMENT.attempt(door, "taken, and a wrong organization", 422, json=taken | {"responsible": ["nobody"]}),
        NEW_COMMITMENT.attempt(door, "taken, and a wrong document", 422, json=taken | {"document": "A/404"}),
        NEW_COMMITMENT.attempt(door, "taken", 409, json=taken),
        again.attempt(door, "confirmed and wrong", 422, json=again.body | {"note": {"zh": ""}}),
        again.attempt(door, "confirmed", 409, json=again.body),
        linked.attempt(door, "linked", 409, media=None),
    ]
    found = violations(service, cases)
    assert found == [], told(found)


def test_a_body_that_is_no_object_is_unreadable_before_it_is_wrong(attacked: tuple[Service, Door]) -> None:
    """Without If-Match it may be 400 or 428, but not yet 422."""
    service, door = attacked
    cases = [
        route.attempt(door, f"{body[:9]!r} without a tag", (400, 428), body=body, tag=None)
        for route in ROUTES
        if route.tagged
        for body in NO_OBJECTS
    ]
    found = violations(service, cases)
    assert found == [], told(found)


def test_a_focal_point_is_refused_before_anything_is_read_of_what_it_sent(attacked: tuple[Service, Door]) -> None:
    """A2 is not its own: 403, whatever else is wrong with the request."""
    service, door = attacked
    cases = []
    for route in [*ROUTES[5:8], *DELETIONS]:
        for media, body in (
            ("text/plain", b"{"),
            (route.media, b"{"),
            (route.media, b'{"no_such": 1}'),
            (route.media, b"{}"),
            (route.media, json.dumps(route.body).encode()),
        ):
            for tag in (None, '"99.0123456789abcdef"', True):
                cases.append(
                    route.attempt(
                        door, f"as a focal point, {media}, {body[:12]!r}, {tag}", 403, role="contributor", media=media, body=body, tag=tag
                    )
                )
    found = violations(service, cases)
    assert found == [], told(found)


def test_a_focal_point_that_publishes_or_plans_is_refused_before_its_values_are_judged(attacked: tuple[Service, Door]) -> None:
    service, door = attacked
    cases = [
        UPDATE.attempt(
            door, "published", 403, role="contributor", json={"status": "implemented", "effective_on": "2026-11-01", "state": "published"}
        ),
        UPDATE.attempt(
            door,
            "published, wrong day",
            403,
            role="contributor",
            json={"status": "implemented", "effective_on": "9999-11-01", "state": "published"},
        ),
        UPDATE.attempt(door, "published, corrects nothing", 403, role="contributor", json={**_UPDATE, "corrects": "T-1.7"}),
        NEW_ACTION.attempt(door, "planned", 403, role="contributor", json=_ACTION),
        NEW_ACTION.attempt(door, "planned, unknown owner", 403, role="contributor", json=_ACTION | {"owner": "nobody"}),
    ]
    found = violations(service, cases)
    assert found == [], told(found)


# Single faults that were found, each held by a test


def _cursor(service: Service, path: str, keys: list[str]) -> str:
    """A cursor of this list with other keys in it: its digest is no secret."""
    given = service.get(path).json()["next"]
    place = json.loads(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)))
    return base64.urlsafe_b64encode(json.dumps([*place[:2], keys]).encode()).decode().rstrip("=")


def test_a_cursor_made_by_hand_is_refused_or_leads_to_a_page(attacked: tuple[Service, Door]) -> None:
    service, door = attacked
    keys = ["x", "", "-1", "1.5", "９", "9" * 19, "9" * 30, "\u4e00", "1e5", " 1", "1_0"]
    lists = {
        "/actions?limit=1": 1,
        "/actions?limit=1&sort=updated_at": 2,
        "/commitments?limit=1": 1,
        "/commitments?limit=1&sort=-updated_at": 2,
    }
    lists["/actions/A1/history?limit=1"] = 1
    cases = [
        door.case(f"{path} with {key!r}", (200, 400), "GET", f"{path}&cursor={_cursor(service, path, [key] * count)}")
        for path, count in lists.items()
        for key in keys
    ]
    found = violations(service, cases)
    assert found == [], told(found)


def test_the_earliest_and_latest_days_are_days_like_others(attacked: tuple[Service, Door]) -> None:
    service, door = attacked
    cases = [
        door.case(f"as of {day}{more}", 200, "GET", f"{path}?as_of={day}{more}")
        for day in ("0001-01-01", "0001-06-30", "1900-01-01", "9999-12-31", "2024-02-29")
        for path in ("/commitments", "/commitments/HI-O7b")
        for more in (("", "&review_overdue=true", "&review_overdue=false") if path == "/commitments" else ("",))
    ]
    cases += [door.case(f"due before {day}", 200, "GET", f"/actions?due_before={day}&overdue=true") for day in ("0001-01-01", "9999-12-31")]
    found = violations(service, cases)
    assert found == [], told(found)


def test_a_fault_of_ours_is_said_like_every_other_problem_and_logged(
    attacked: tuple[Service, Door], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """T46: the cause stands in the log under the request id, and nowhere in the answer."""
    service, door = attacked

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("SELECT secret FROM /srv/app.py")

    monkeypatch.setattr("app.web.api.documents.documents", broken)
    caplog.set_level(logging.ERROR)
    case = door.case("a fault", 500, "GET", "/documents?limit=7")
    (answer,) = answers(service, [case])
    assert list(faults(case, answer)) == []
    assert [record for record in caplog.records if (answer.header("x-request-id") or "?") in record.getMessage() and record.exc_info]


def test_an_address_has_one_spelling(attacked: tuple[Service, Door]) -> None:
    """Other spellings lead nowhere, or are answered in full."""
    service, door = attacked
    spellings = [
        "/api//v1/commitments",
        "//api/v1/commitments",
        "/api/v1//commitments/HI-O7b",
        "/api/v1/commitments/",
        "/api/v1/commitments/HI-O7b/",
        "/api/v1/commitments//HI-O7b",
        "/api/v1/%63ommitments",
    ]
    found = violations(service, [door.case(path, (200, 404), "GET", path.encode()) for path in spellings])
    assert found == [], told(found)


def test_two_hosts_or_a_port_that_is_no_number_are_refused(attacked: tuple[Service, Door]) -> None:
    """RFC 9112, 3.2: more than one Host field is 400."""
    service, door = attacked
    pairs: list[list[Header]] = [
        [("host", "evil.example"), ("host", "localhost")],
        [("host", "localhost"), ("host", "evil.example")],
        [("host", "localhost:²")],
    ]
    found = violations(service, [door.case(f"{pair}", 400, "GET", "/commitments", headers=pair) for pair in pairs])
    assert found == [], told(found)


def test_a_token_is_taken_only_as_it_was_given(attacked: tuple[Service, Door]) -> None:
    """Spaces between scheme and token are the header's (RFC 9110); anything else around it is not."""
    service, door = attacked
    good = door.tokens["editor"]
    around = [f"Bearer {good}\u00a0", f"Bearer {good}\x85", f"Bearer \x0b{good}", f"Bearer {good}\x1f"]
    cases = [door.case(f"{one!r:.20}…", 401, "POST", "/actions", headers=[("authorization", one)], body=b"{") for one in around]
    cases.append(door.case("two spaces", (401, 415), "POST", "/actions", headers=[("authorization", f"Bearer  {good}")], body=b"{"))
    found = violations(service, cases)
    assert found == [], told(found)


def test_a_problem_names_its_path_as_an_address(attacked: tuple[Service, Door]) -> None:
    """RFC 9457: `instance` is a URI reference, so what is no part of one is percent-encoded."""
    service, door = attacked
    paths = [
        "/api/v1/提交",
        "/api/v1/a%20b",
        "/api/v1/%3Cscript%3E",
        "/api/v1/%22",
        "/api/v1/%5C",
        "/api/v1/%7B%7D",
        "/api/v1/commitments/ＨＩ-O7b",
        "/api/v1/%FF",
        "/api/v1/%F0%9F%98%80",
    ]
    told_as = [
        json.loads(answer.body)["instance"] for answer in answers(service, [door.case(path, 404, "GET", path.encode()) for path in paths])
    ]
    assert [one for one in told_as if not re.fullmatch(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-F]{2})*", one)] == []


def test_a_refused_method_is_told_which_ones_there_are(attacked: tuple[Service, Door]) -> None:
    """RFC 9110: 405 names every method in Allow; OPTIONS says the same."""
    service, door = attacked
    wrong = {}
    for path, taken in TAKEN.items():
        for method in ("TRACE", "OPTIONS"):
            (answer,) = answers(service, [door.case(path, (204, 405), method, path.encode())])
            allowed = {one.strip() for one in (answer.header("allow") or "").split(",")} - {"OPTIONS", ""}
            if allowed != taken:
                wrong[f"{method} {path}"] = sorted(allowed)
    assert wrong == {}


def test_head_is_get_without_its_body(attacked: tuple[Service, Door]) -> None:
    service, door = attacked
    paths = [path for path, taken in TAKEN.items() if "GET" in taken] + [
        "/api/v1/commitments/none",
        "/nowhere",
        "/api/v1/commitments?limit=x",
    ]
    for path in paths:
        got, head = answers(service, [door.case(path, 200, method, path.encode()) for method in ("GET", "HEAD")])
        assert (head.status, head.body) == (got.status, b""), path
        differing = {*got.headers} ^ {*head.headers}
        assert {name for name, _ in differing} == {"x-request-id"}, path
        assert head.header("content-length") in (None, str(len(got.body))), path


def test_security_headers_stand_on_good_answers_too(attacked: tuple[Service, Door]) -> None:
    service, door = attacked
    tag = answers(service, [door.case("tag", 200, "GET", "/commitments")])[0].header("etag") or ""
    cases = [door.case(path, 200, "GET", path.encode()) for path in GETTABLE]
    cases.append(door.case("unchanged", 304, "GET", "/commitments", headers=[("if-none-match", tag)]))
    cases.append(door.case("options", 204, "OPTIONS", "/commitments"))
    found = violations(service, [case for case in cases if case.name not in ("/api/openapi.json", "/api/docs", "/api/docs/docs.js")])
    assert found == [], told(found)


# The tests themselves


def test_the_checks_see_what_they_are_for(attacked: tuple[Service, Door]) -> None:
    """Planted answers, each with one defect."""
    _, door = attacked
    case = door.case("x", 404, "GET", "/commitments/none", pointer="/a")
    problem = {
        "type": "/problems/x",
        "title": "没有",
        "status": 404,
        "detail": "这里没有。",
        "instance": "/",
        "errors": [{"pointer": "/a", "detail": "错"}],
    }
    headers = [("content-type", "application/problem+json"), ("content-language", "zh"), *((name, "hainan") for name in SECURITY)]

    def seen(status: int = 404, without: str = "", seconds: float = 0, **changed: Any) -> list[str]:
        body = json.dumps(problem | changed, ensure_ascii=False).encode()
        return list(faults(case, Answer(status, [header for header in headers if header[0] != without], body, seconds)))

    assert seen() == []
    planted = [
        seen(500), seen(200), seen(without="content-security-policy"), seen(without="content-type"), seen(without="content-language"), seen(seconds=6.0),
        seen(title="There is nothing here"), seen(detail="There is nothing here"), seen(detail="这里 there is nothing"), seen(detail="Traceback 错"),
        seen(detail="没有 /tmp/x.db"), seen(status=404, type="about:blank"), seen(errors=[{"pointer": "/b", "detail": "错"}]), seen(errors=[]),
    ]  # fmt: skip
    assert [n for n, one in enumerate(planted) if not one] == []


def test_a_write_that_goes_through_is_seen(sqlite_service: Service) -> None:
    door = Door({"editor": sqlite_service.token("editor")}, {})
    found = violations(sqlite_service, [door.case("x", 422, "POST", "/actions", role="editor", json={"title": {"zh": "好"}})])
    assert [one.partition(" ")[0] for one in found] == ["x:", "x:"]
    assert "something was written" in found[-1]
