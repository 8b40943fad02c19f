"""The OpenAPI document is valid, complete, and true: what it promises is what the service does."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from app.asgi import api_handlers
from app.codes import Status
from app.domain.commands import right_of
from app.domain.vocabularies import vocabularies
from app.web import openapi_texts as words
from app.web.describe import KEY
from tests.service import Service

Schema = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
CONTRACT = {
    "Commitment": """ref document kind tracking level parent position label citation lead_verb text languages translation addressees
        frameworks responsible target_on status status_effective_on last_confirmed_on review_due_on action_count part_count version
        updated_at""",
    "StatusUpdate": """ref commitment status effective_on narrative translation evidence state corrects corrected_by review_note
        published_no recorded_at recorded_by published_at version""",
    "Evidence": "kind title symbol paragraph url date note",
    "Confirmation": "commitment confirmed_on note recorded_at recorded_by",
    "Action": """ref title description translation event owner partners due_on status priority progress milestones notes commitments
        evidence version updated_at""",
    "Milestone": "title due_on done_on",
    "ActionNote": "on text recorded_by",
    "ActionLink": "ref contribution note",
    "Document": "slug symbol title languages body adopted_on event references counts version",
    "Organization": "id name acronym kind version",
    "Framework": "id title symbol items version",
    "Item": "code title full_title",
    "Event": "id name ordinal series starts_on ends_on place organizers report status version",
    "Coverage": "event actions rows orphan_commitments orphan_actions",
    "CoverageAction": "ref title status",
    "CoverageRow": "ref status cells",
    "Cell": "action contribution",
    "Change": "seq tx at actor action entity ref body body_sha256 prev_hash hash",
    "ChangeBody": "record reason salt",
    "HistoryEntry": "seq at actor action entity ref reason changes",
    "FieldChange": "field before after",
    "Problem": "type title status detail instance errors",
    "Detail": "pointer code detail",
    "Text": "zh en",
    "Languages": "zh en",
    "Addressee": "code basis",
    "Tag": "framework code basis",
    "Recorder": "organization name",
    "CommitmentPage": "items total next",
    "Result": "entity ref commitment document text languages fragments",
    "Fragment": "field lang pieces from_start to_end",
    "Piece": "text hit",
}
"""The shapes of the contract, field by field."""
MORE = {"CommitmentDetail": "parts actions status_updates confirmations previous next"}
OPTIONAL = {"Problem": {"errors", "version"}}
"""A member that is absent where it says nothing; RFC 9457 allows members of one's own, and 412 names the current version in one."""
PLAIN = {
    "acronym", "adopted_on", "basis", "body", "code", "contribution", "date", "description", "done_on", "due_on", "effective_on", "ends_on",
    "errors", "event", "evidence", "id", "items", "kind", "languages", "limit", "name", "note", "on", "place", "priority", "published_at",
    "recorded_at", "ref", "starts_on", "state", "status", "text", "title", "tracking", "url", "version", "zh", "en", "label",
    "statuses", "kinds", "contributions", "authorities", "translation_states", "update_states", "action_states", "evidence_kinds", "roles",
}  # fmt: skip
"""Names that say what they hold; every other field needs a description."""


@pytest.fixture
def document(sqlite_service: Service) -> Schema:
    return described(sqlite_service)


def described(service: Service) -> Schema:
    response = service.get("//api/openapi.json")
    assert response.headers["content-type"] == "application/json"
    return dict(response.json())


def operations(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def label(method: str, path: str) -> str:
    return f"{method.upper()} {path}"


def validator(document: Schema, schema: Schema, *, closed: bool = False) -> jsonschema_rs.Draft202012Validator:
    """A validator of a schema with the components; closed, no field may be there that is not described."""
    components = document["components"]["schemas"]
    if closed:
        components = {name: _closed(one) for name, one in components.items()}
    whole = {**schema, "components": {"schemas": components}}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def _closed(schema: Schema) -> Schema:
    return {**schema, "additionalProperties": False} if schema.get("properties") else schema


def test_the_document_is_openapi_3_1(document: Schema) -> None:
    assert document["openapi"].startswith("3.1.")
    assert [str(error) for error in OPENAPI_31_VALIDATOR.iter_errors(document)] == []
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_every_reference_leads_somewhere_and_every_component_is_used(document: Schema) -> None:
    targets = set(re.findall(r'"\$ref": "#/components/(\w+/[\w-]+)"', json.dumps(document)))
    known = {f"{kind}/{name}" for kind in ("schemas", "responses", "headers") for name in document["components"][kind]}
    assert targets - known == set()
    assert known - targets == {"responses/NotAllowed"}, "405 is never the answer of an operation, and still a kind of problem"


def test_every_route_is_documented_and_nothing_else(sqlite_service: Service, document: Schema) -> None:
    routed = {
        (method.lower(), route.path.replace(":str}", "}").rstrip("/"))
        for route in sqlite_service.app.inner.routes
        if route.path.startswith("/api/v1")
        for method in getattr(route, "methods", ())
        if method not in ("OPTIONS", "HEAD")
    }
    assert routed == {(method, path) for method, path, _ in operations(document)}


def test_every_operation_says_what_it_is(document: Schema) -> None:
    names = [tag["name"] for tag in document["tags"]]
    said = [operation for _, _, operation in operations(document)]
    assert all(operation["summary"] and len(operation["tags"]) == 1 for operation in said)
    assert {tag for operation in said for tag in operation["tags"]} == set(names)
    assert len({operation["operationId"] for operation in said}) == len(said)
    assert all(re.fullmatch("[a-z_]+", operation["operationId"]) for operation in said)


OPEN = {"post /api/v1/session", "post /api/v1/session/password", "post /api/v1/first-administrator"}
"""What changes something without an account: these are the doors to one."""
PERSONAL = ("me", "session", "sessions", "tokens", "users", "security-events", "first-administrator", "imports")
"""Resources that are about people, or for editors only."""


def is_personal(path: str) -> bool:
    return path.split("/")[3] in PERSONAL


def test_what_writes_needs_a_token_or_a_cookie_and_what_reads_the_register_does_not(document: Schema) -> None:
    for method, path, operation in operations(document):
        somebody: list[Schema] = [{"bearer": []}, {"cookie": []}]
        anybody = method == "get" and not is_personal(path)
        wanted = [{}] if f"{method} {path}" in OPEN else [{}, *somebody] if anybody else somebody
        assert operation["security"] == wanted, label(method, path)
        assert ("Needs " in operation["description"]) == (not anybody), label(method, path)


def test_the_shapes_are_those_of_the_contract(document: Schema) -> None:
    schemas = document["components"]["schemas"]
    wanted = {name: set(fields.split()) for name, fields in CONTRACT.items()}
    wanted["CommitmentDetail"] = wanted["Commitment"] | set(MORE["CommitmentDetail"].split())
    for name, fields in wanted.items():
        optional = OPTIONAL.get(name, set())
        assert set(schemas[name]["properties"]) | optional == fields | optional, name
        assert set(schemas[name]["required"]) == fields - optional, name


def test_every_parameter_of_a_filter_is_documented_and_nothing_else(sqlite_service: Service, document: Schema) -> None:
    for path, handler in api_handlers(sqlite_service.app.inner):
        said = handler.opt[KEY]
        wanted: set[str] = (
            set(said.query.__struct_fields__)
            if said.query
            else {"reason"}
            if said.command and not right_of(said.command).personal
            else set()
        )
        template = path.replace(":str}", "}").rstrip("/")
        for method in handler.http_methods:
            parameters = document["paths"][template][method.lower()]["parameters"]
            assert {one["name"] for one in parameters if one["in"] == "query"} == wanted, label(method, path)
            assert all(one["description"] for one in parameters if one["name"] != "limit"), label(method, path)


def test_parameters_of_paths_are_those_of_the_path(document: Schema) -> None:
    for method, path, operation in operations(document):
        named = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
        assert named == re.findall(r"\{(\w+)\}", path), label(method, path)
        for one in operation["parameters"]:
            if one["in"] == "path":
                assert re.fullmatch(one["schema"]["pattern"], one["example"]), label(method, path)


def test_a_change_of_a_record_needs_its_tag(document: Schema) -> None:
    new = ("commitments", "actions", "documents", "events", "organizations")
    unversioned = {*(f"post /api/v1/{name}" for name in new), "post /api/v1/actions/{ref}/notes"}
    for method, path, operation in operations(document):
        required = [one["name"] for one in operation["parameters"] if one["in"] == "header" and one.get("required")]
        free = method == "get" or f"{method} {path}" in unversioned or (is_personal(path) and method != "patch")
        assert required == ([] if free else ["If-Match"]), label(method, path)


def test_every_field_is_explained_where_its_name_does_not_say_it(document: Schema) -> None:
    silent = [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, one in schema.get("properties", {}).items()
        if field not in PLAIN and not one.get("description")
    ]
    assert silent == []
    assert [name for name, one in document["components"]["schemas"].items() if not one["description"]] == []


def test_every_word_of_the_reference_is_used(sqlite_service: Service, document: Schema) -> None:
    schemas = document["components"]["schemas"].items()
    fields = {f"{name.removesuffix('Patch')}.{field}" for name, schema in schemas for field in schema.get("properties", {})}
    fields |= {f"Page.{field}" for field in ("items", "total", "next")}
    filters = [handler.opt[KEY].query for _, handler in api_handlers(sqlite_service.app.inner)]
    fields |= {f"{shape.__name__}.{field}" for shape in filters if shape for field in shape.__struct_fields__}
    fields |= {field.partition(".")[2] for field in fields}
    assert sorted(key for key in (*words.FIELDS, *words.EXAMPLES) if key not in fields) == []
    assert sorted(set(words.SHAPES) - set(document["components"]["schemas"])) == []


def test_every_code_is_explained_in_the_order_of_the_vocabularies(document: Schema) -> None:
    schemas = document["components"]["schemas"]
    enumerations = {name: one["enum"] for name, one in schemas.items() if "enum" in one}
    assert enumerations == {name: list(codes) for name, codes in words.CODES.items()}
    assert [term.code for term in vocabularies().statuses] == list(Status) == enumerations["Status"]


def test_examples_of_answers_and_fields_keep_their_schemas(document: Schema) -> None:
    for code, problem in document["components"]["responses"].items():
        content = problem["content"]["application/problem+json"]
        assert validator(document, content["schema"]).is_valid(content["example"]), code
    for name, schema in document["components"]["schemas"].items():
        for field, one in schema.get("properties", {}).items():
            for example in one.get("examples", ()):
                assert validator(document, one).is_valid(example), f"{name}.{field}"


def test_every_body_has_an_example_and_keeps_its_schema(document: Schema) -> None:
    for method, path, operation in operations(document):
        if "requestBody" in operation:
            content = next(iter(operation["requestBody"]["content"].values()))
            assert list(validator(document, content["schema"]).iter_errors(content["example"])) == [], label(method, path)


ORDER = [
    ("post", "/api/v1/commitments", {}),
    ("patch", "/api/v1/commitments/{ref}", {"ref": "HI-O7b"}),
    ("post", "/api/v1/commitments/{ref}/status-updates", {"ref": "HI-O7b"}),
    ("post", "/api/v1/commitments/{ref}/confirmations", {"ref": "HI-O7b"}),
    ("post", "/api/v1/actions", {}),
    ("patch", "/api/v1/actions/{ref}", {"ref": "A1"}),
    ("post", "/api/v1/actions/{ref}/notes", {"ref": "A1"}),
    ("put", "/api/v1/actions/{ref}/commitments/{commitment}", {"ref": "A1", "commitment": "HI-O7b"}),
    ("delete", "/api/v1/actions/{ref}/commitments/{commitment}", {"ref": "A1", "commitment": "HI-O7b"}),
    ("delete", "/api/v1/actions/{ref}", {"ref": "A1"}),
    ("patch", "/api/v1/events/{event}", {"event": "third-workshop"}),
    ("post", "/api/v1/events", {}),
    ("post", "/api/v1/documents", {}),
    ("patch", "/api/v1/documents/{slug}", {"slug": "A-AC.105-1294"}),
    ("post", "/api/v1/organizations", {}),
    ("patch", "/api/v1/organizations/{organization}", {"organization": "cnsa"}),
    ("patch", "/api/v1/status-updates/{ref}", {"ref": "HI-O6.1"}),
    ("post", "/api/v1/status-updates/{ref}/submit", {"ref": "HI-O6.1"}),
    ("post", "/api/v1/status-updates/{ref}/return", {"ref": "HI-O6.1"}),
    ("delete", "/api/v1/status-updates/{ref}", {"ref": "HI-O6.1"}),
    ("post", "/api/v1/status-updates/{ref}/publish", {"ref": "HI-O6.2"}),
]
"""An order in which every change can be made, with the paths it is made at."""


def drafted(service: Service) -> None:
    """What the steps of the review in ORDER are taken with."""
    service.draft("HI-O6")
    service.draft("HI-O6", state="submitted")


def tag_of(service: Service, path: str) -> str:
    """The ETag of the record a change at this path is matched against."""
    found = re.match(r"/api/v1(/(?:commitments|actions|status-updates|events|documents|organizations)/[^/]+)", path)
    assert found, path
    return service.tag(found[1])


def sent(service: Service, document: Schema, method: str, template: str, names: dict[str, str], key: str | None = None) -> Any:
    """The example of an operation, sent by an administrator."""
    operation = document["paths"][template][method]
    path = template.format(**names)
    headers = {"If-Match": tag_of(service, path)} if any(one["name"] == "If-Match" for one in operation["parameters"]) else {}
    headers |= {"Idempotency-Key": key} if key else {}
    body: dict[str, Any] = {}
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        headers["Content-Type"] = media
        body = {"content": json.dumps(content["example"])}
    return service.call(method.upper(), f"/{path}", role="admin", headers=headers, **body)


def keeps_its_promise(document: Schema, operation: Schema, response: Any) -> None:
    """Assert that an answer has a documented status, body and headers, and nothing else in the body."""
    said = operation["responses"][str(response.status_code)]
    if "$ref" in said:
        said = document["components"]["responses"][said["$ref"].rpartition("/")[2]]
    for name, header in said.get("headers", {}).items():
        header = document["components"]["headers"][header["$ref"].rpartition("/")[2]]
        assert name in response.headers or not header.get("required"), name
    if "content" not in said:
        assert response.content == b""
        return
    ((media, content),) = said["content"].items()
    assert response.headers["content-type"] == media
    if media != "application/json" and not media.endswith("+json"):
        assert content["schema"]["type"] == "string"
        return
    assert [
        f"{error.instance_path}: {error.message}"
        for error in validator(document, content["schema"], closed=True).iter_errors(response.json())
    ] == []


def test_every_example_is_accepted_as_promised(sqlite_service: Service, document: Schema) -> None:
    changes = {(method, path) for method, path, operation in operations(document) if method != "get" and not is_personal(path)}
    assert changes == {(method, path) for method, path, _ in ORDER}
    drafted(sqlite_service)
    for method, template, names in ORDER:
        response = sent(sqlite_service, document, method, template, names)
        assert response.status_code in (200, 201, 204), f"{label(method, template)}: {response.text}"
        keeps_its_promise(document, document["paths"][template][method], response)


NAMES = {
    "commitments": {"ref": "HI-O7b"},
    "status-updates": {"ref": "HI-O7b.1"},
    "actions": {"ref": "A1"},
    "documents": {"slug": "A-AC.105-1294"},
    "events": {"event": "third-workshop"},
    "organizations": {"organization": "cnsa"},
}


def user_id(service: Service, name: str) -> str:
    """The id of somebody whose token the service has."""
    service.token(name.removesuffix(" person"))
    (found,) = [user["id"] for user in service.get("/users", role="admin").json()["items"] if user["name"] == name]
    return str(found)


def test_real_answers_are_as_documented(sqlite_service: Service, document: Schema) -> None:
    """Every GET, by a reader and an editor, after something has happened; also its HEAD, its 304 and its pages."""
    for method, template, names in ORDER[:8]:
        sent(sqlite_service, document, method, template, names)
    sqlite_service.publish("HI-O6a", corrects=None, evidence=[{"kind": "web", "url": "https://example.org/a", "date": "2026-01-01"}])
    for _, template, operation in (one for one in operations(document) if one[0] == "get" and "/imports/" not in one[1]):
        path = template.format(**NAMES.get(template.split("/")[3], {}), user=user_id(sqlite_service, "reader person"))
        needed = "&".join(
            f"{one['name']}={one['example']}" for one in operation["parameters"] if one["in"] == "query" and "required" in one
        )
        limited = [f"?{needed}"] + [f"?{needed}&limit=1"] * any(one["name"] == "limit" for one in operation["parameters"])
        for address in (f"/{path}{query}" for query in limited):
            for role in ("reader", "admin") if is_personal(template) else (None, "editor"):
                response = sqlite_service.get(address, role=role)
                if role == "reader" and "role admin" in operation["description"]:
                    assert response.status_code == 403
                    keeps_its_promise(document, operation, response)
                    continue
                assert response.status_code == 200, f"{address}: {response.text}"
                keeps_its_promise(document, operation, response)
                unchanged = sqlite_service.get(address, role=role, headers={"If-None-Match": response.headers["etag"]})
                assert unchanged.status_code == 304
                keeps_its_promise(document, operation, unchanged)
                head = sqlite_service.call("HEAD", address, role=role)
                assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", response.headers["etag"])


def test_problems_are_as_documented(sqlite_service: Service, document: Schema) -> None:
    asked = [
        ("get", "/api/v1/commitments/{ref}", "//api/v1/commitments/HI-O99", {}, 404),
        ("get", "/api/v1/commitments", "//api/v1/commitments?colour=red", {}, 400),
        ("get", "/api/v1/commitments", "//api/v1/commitments?limit=0", {}, 422),
        ("get", "/api/v1/commitments", "//api/v1/commitments", {"Authorization": "Bearer x"}, 401),
        ("delete", "/api/v1/actions/{ref}", "//api/v1/actions/A1", {}, 401),
    ]
    for method, template, address, headers, status in asked:
        response = sqlite_service.call(method.upper(), address, headers=headers)
        assert response.status_code == status
        keeps_its_promise(document, document["paths"][template][method], response)
    outdated = sqlite_service.patch("/commitments/HI-O7b", {}, role="editor", tag='"9.0123456789abcdef"')
    assert (outdated.status_code, outdated.json()["version"]) == (412, 1)
    keeps_its_promise(document, document["paths"]["/api/v1/commitments/{ref}"]["patch"], outdated)


def test_a_merge_patch_can_clear_what_may_be_absent_and_nothing_else(sqlite_service: Service, document: Schema) -> None:
    schema = validator(document, {"$ref": "#/components/schemas/CommitmentFieldsPatch"})
    assert schema.is_valid({})
    for patch, good in [
        ({"target_on": None, "responsible": None, "citation": None, "citation_": None}, False),
        ({"target_on": None, "responsible": None, "citation": None}, True),
        ({"citation": {"en": None}}, True),
        ({"languages": {"zh": {}}}, True),
        ({"tracking": None}, False),
        ({"languages": {"zh": None}}, False),
    ]:
        assert schema.is_valid(patch) == good, patch
        response = sqlite_service.patch("/commitments/HI-O7b", patch, role="editor", tag=sqlite_service.tag("/commitments/HI-O7b"))
        assert (response.status_code == 200) == good, response.text


def test_the_document_is_answered_like_everything_public(sqlite_service: Service) -> None:
    response = sqlite_service.get("//api/openapi.json")
    assert msgspec.json.decode(response.content) == response.json()
    assert len(response.content) < 300_000
