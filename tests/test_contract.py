"""Schemathesis against the whole service: whatever is sent, the service answers as its OpenAPI document says.

Names are drawn at random and, in half of the cases, taken from what is stored, so that values behind them are reached too.
"""

import json
import re
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.generation.drivers import CoverageGenerator
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.generation.overrides import Override
from schemathesis.specs.openapi.checks import missing_required_header, negative_data_rejection

from app.actors import system_actor
from app.tables_imports import ImportDraft
from app.tables_people import SignIn, Token, User
from app.web.openapi_introduction import TAGS
from tests.conftest import tries
from tests.service import Service
from tests.test_openapi import NAMES, ORDER, described, is_personal, sent, validator

HERE = "http://localhost"
PEOPLE = {"user": "u-00000000000000aa", "token": "t77", "place": "s77", "code": "i-0000000000000077"}
"""Somebody whom nobody here is, with a token and a place that nobody here uses."""
KNOWN_TAG = '"1.0123456789abcdef"'
"""Stands for the tag the record has when the request is sent."""
CONFIG = {
    "generation": {"deterministic": True, "with-security-parameters": False},
    "checks": {
        # No schema can say which names exist (404), which values obey the rules of the register (422), what is stored already (409), or
        # which version is current (412). An anonymous caller may not write (401), and an editor may not see or change users (403). Whoever
        # fails to sign in too often has to wait (429). What the caller has is not sent again (304).
        "positive_data_acceptance": {"expected-statuses": ["2xx", 304, 401, 403, 404, 409, 412, 422, 429]},
        # A form that is wrong is refused in the contract's order of checks, so that another refusal may come first.
        "negative_data_rejection": {"expected-statuses": [400, 401, 403, 404, 412, 415, 422, 428]},
        "missing_required_header": {"expected-statuses": [401, 403, 428]},
        # Litestar 2 answers OPTIONS with the methods of one handler of a path only (its issue 4169), and 405 without Allow.
        "allow_header_conformance": {"enabled": False},
        "unsupported_method": {"enabled": False},
    },
}
SETTINGS = hypothesis.settings(
    max_examples=tries(50), derandomize=True, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


def loaded(service: Service) -> Any:
    """The document as Schemathesis reads it, with the service to call, which runs already."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise RuntimeError("started already")
        await service.app(scope, receive, send)

    schema = schemathesis.openapi.from_dict(described(service), config=schemathesis.Config.from_dict(CONFIG))
    schema.app = app
    return schema


def drawn(operation: Any) -> st.SearchStrategy[Any]:
    """Good and bad requests, with any names and with names that exist."""
    known = NAMES.get(operation.path.split("/")[3], {}) | PEOPLE
    fixed: dict[str, Any] = {"path_parameters": {name: "HI-O6a" if name == "commitment" else known[name] for name in named(operation)}}
    if "If-Match" in {one.name for one in operation.headers}:
        fixed["headers"] = {"If-Match": KNOWN_TAG}
    return st.one_of([operation.as_strategy(mode, **more) for more in ({}, fixed) for mode in GenerationMode])


def named(operation: Any) -> list[str]:
    return [one.name for one in operation.path_parameters]


def bounds(operation: Any) -> CoverageGenerator:
    """Every limit of the schema, just kept and just broken; every parameter and field left out; every wrong media type."""
    settings = operation.schema.config.generation_for(operation=operation, phase="coverage")
    return CoverageGenerator(
        operation=operation,
        generation_modes=list(GenerationMode),
        generation_config=settings,
        auth_storage=None,
        override=Override(),
        feedback=FeedbackSources(),
    )


def without_cursor(case: Any) -> Any:
    """The case without a cursor that was drawn at random: only those we gave out are accepted."""
    if case.query and case.meta and case.meta.generation.mode.is_positive:
        case.query.pop("cursor", None)
    return case


def well_formed(document: dict[str, Any], case: Any, address: str) -> bool:
    """Whether every parameter in an address is documented and keeps its schema; blank ones count as absent."""
    parameters = {one["name"]: one["schema"] for one in case.operation.definition.raw["parameters"] if one["in"] == "query"}
    given: dict[str, list[str]] = {}
    for name, value in parse_qsl(urlsplit(address).query):
        given.setdefault(name, []).append(value)
    return all(name in parameters and kept(document, parameters[name], values) for name, values in given.items())


def kept(document: dict[str, Any], schema: dict[str, Any], values: list[str]) -> bool:
    if schema.get("type") == "array":
        return validator(document, schema).is_valid(values)
    readable = schema.get("type") in ("integer", "boolean") and re.fullmatch("true|false|0|-?[1-9][0-9]*", values[0])
    return len(values) == 1 and validator(document, schema).is_valid(json.loads(values[0]) if readable else values[0])


class Conversation:
    """Sends cases to the service on behalf of callers and counts the answers, each of which must be as documented."""

    def __init__(self, service: Service, callers: list[str]) -> None:
        self.service = service
        self.statuses: dict[str, Counter[int]] = {caller: Counter() for caller in callers}
        self.document = described(service)
        self.tags: dict[str, str] = {}
        for method, template, names in ORDER[:8]:
            sent(service, self.document, method, template, names)
        with service.db.write(system_actor("tests")) as session:
            user = User(id=77, actor_id=PEOPLE["user"], name="x", name_key="x", role="reader", password_hash="", created_at=session.now)
            session.add(user)
            session.flush()
            common: dict[str, Any] = {"id": 77, "user_id": 77, "secret_sha256": "", "created_at": session.now}
            session.add(Token(**common, scope="read", expires_at=session.now))
            session.add(SignIn(**common, seen_at=session.now))
            line = b'{"type":"organization","id":"isro","name":{"en":"ISRO"},"kind":"un"}'
            upload: dict[str, Any] = {"code": PEOPLE["code"], "kind": "ndjson", "sha256": "0", "author": "x", "created_at": session.now}
            session.add(ImportDraft(**upload, content=line))

    def tag(self, record: str) -> str:
        """The current tag of a record, if there is one; asked for again after every change."""
        if record not in self.tags:
            role = "admin" if record.startswith("users/") else "editor"
            self.tags[record] = str(self.service.get(f"/{record}", role=role).headers.get("etag", KNOWN_TAG))
        return self.tags[record]

    def say(self, case: Any) -> None:
        case = without_cursor(case)
        matched = case.headers is not None and case.headers.get("If-Match") == KNOWN_TAG
        for caller in self.statuses:
            if caller == "admin" and case.method == "GET" and not is_personal(case.path):
                continue  # An administrator reads what an editor reads.
            tag = self.tag("/".join(case.formatted_path.split("/")[3:5])) if matched or case.method == "PUT" else ""
            if matched:
                case.headers["If-Match"] = tag
            self.ask(case, caller, tag)

    def ask(self, case: Any, caller: str, tag: str) -> None:
        headers = {"Authorization": f"Bearer {self.service.token(caller)}"} if caller != "anonymous" else {}
        headers |= {"Origin": HERE} if is_personal(case.path) else {}
        response = case.call(HERE, headers=headers)
        # To put a link that is there already is 200 whatever the tag, also a malformed one or none.
        repeated = case.method == "PUT" and response.status_code == 200 and response.headers["etag"] == [tag]
        excluded: Any = [negative_data_rejection, missing_required_header] if repeated else []
        # What is mutated may be good again as it stands in the address (null for a list of texts, a blank value that counts as absent).
        if case.method == "GET" and response.status_code in (200, 304):
            assert well_formed(self.document, case, response.request.url), response.request.url
            excluded = [negative_data_rejection]
        sent_with = {"base_url": HERE, "headers": headers}
        case.validate_response(response, headers=headers, transport_kwargs=sent_with, excluded_checks=excluded)
        sent_as = response.request.headers.get("Authorization")
        wrong_password = case.path.endswith("/session") and case.method == "POST"
        assert response.status_code != 401 or wrong_password or sent_as != headers.get("Authorization", ""), "a good token is never refused"
        self.statuses[caller][response.status_code] += 1
        if case.method != "GET" and response.status_code < 300:
            self.tags.clear()


def operations_of(service: Service, tag: str) -> list[Any]:
    """The operations with a tag. The formats of a report differ in their writers alone, so one of them stands for all."""
    found = list(loaded(service).include(tag=tag).get_all_operations())
    return [one for one in found if "/reports/" not in one.ok().path or one.ok().path.endswith(".json")]


@pytest.mark.parametrize("tag", TAGS)
def test_any_request_is_answered_as_documented(sqlite_service: Service, tag: str) -> None:
    """Fifty requests for each operation in CI, each sent by everybody."""
    talk = Conversation(sqlite_service, ["anonymous", "editor", "admin"])
    for found in operations_of(sqlite_service, tag):
        SETTINGS(given(case=drawn(found.ok()))(talk.say))()
    print(tag, talk.statuses)


@pytest.mark.parametrize("tag", TAGS)
def test_every_limit_is_where_the_document_says(sqlite_service: Service, tag: str) -> None:
    talk = Conversation(sqlite_service, ["editor"])
    for found in operations_of(sqlite_service, tag):
        for case in bounds(found.ok()):
            talk.say(case)
    print(tag, talk.statuses)
