"""The OpenAPI 3.1 document, made from what the handlers declare and from the same shapes that read and answer."""

from collections.abc import Iterable
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler

from app import __version__
from app.domain.commands import COMMANDS
from app.errors import NotFound, Problem
from app.web.describe import KEY, Operation
from app.web.problems import MEDIA_TYPE, ProblemBody
from app.web.reading import MERGE_PATCH

_PARTS = {
    ("ref", "/commitments"): ("^[A-Za-z0-9][A-Za-z0-9-]{0,47}$", "The ref of a commitment or part.", "HI-O7b"),
    ("commitment", "/actions"): ("^[A-Za-z0-9][A-Za-z0-9-]{0,47}$", "The ref of a commitment or part.", "HI-O7b"),
    ("ref", "/status-updates"): (r"^[A-Za-z0-9][A-Za-z0-9-]{0,47}\.[1-9][0-9]{0,8}$", "The ref of a status update.", "HI-O7b.1"),
    ("ref", "/actions"): ("^A[1-9][0-9]{0,17}$", "The ref of an action.", "A1"),
    ("slug", "/documents"): ("^[A-Za-z0-9._-]{1,100}$", "The symbol with / as - and a space as _.", "A-AC.105-1294"),
    ("event", "/events"): ("^[A-Za-z0-9._-]{1,100}$", "The id of an event.", "third-workshop"),
}
_DESCRIPTION = """The register of commitments of United Nations documents in Chinese and English.

Everything published can be read without an account. Every text is an object `{"zh": …, "en": …}`; a missing language is null and
never filled from the other. Errors are `application/problem+json` in the language of Accept-Language. Changes need a bearer token and,
for an existing record, `If-Match` with its ETag."""
_TAG_HEADER = {"schema": {"type": "string"}, "description": "Identifies this version of the answer."}
_REF = "#/components/schemas/{name}"


def described(handlers: Iterable[tuple[str, HTTPRouteHandler]]) -> dict[str, Any]:
    """The document for (path, handler) pairs; a handler without a description is an error."""
    operations = [(path, handler, handler.opt[KEY]) for path, handler in handlers]
    shapes, components = _schemas([said for _, _, said in operations])
    paths: dict[str, dict[str, Any]] = {}
    for path, handler, said in sorted(operations, key=lambda one: one[0]):
        for method in sorted(handler.http_methods):
            paths.setdefault(_template(path), {})[method.lower()] = _operation(path, method, said, shapes)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hainan tracker", "version": __version__, "description": _DESCRIPTION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    }  # fmt: skip


def _template(path: str) -> str:
    return path.replace(":str}", "}").rstrip("/") or "/"


def _schemas(operations: list[Operation]) -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    """A schema for each shape, by shape, and the components they refer to."""
    wanted = [shape for said in operations for shape in (said.answers, said.reads, said.query) if shape is not None]
    unique = list(dict.fromkeys([*wanted, ProblemBody]))
    schemas, components = msgspec.json.schema_components(unique, ref_template=_REF)
    return dict(zip(unique, schemas, strict=True)), components


def _operation(path: str, method: str, said: Operation, shapes: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    parameters = [*_path_parameters(path), *_query_parameters(said), *_header_parameters(said, method)]
    described: dict[str, Any] = {
        "operationId": "_".join([method.lower(), *(part.strip("{}") for part in _template(path).split("/")[3:])]).replace("-", "_"),
        "summary": said.summary,
        "tags": [said.tag],
        "parameters": parameters,
        "responses": _responses(path, method, said, shapes),
        "security": [{"bearer": []}] if said.command else [{}, {"bearer": []}],
    }
    if said.command:
        action = next(a for a, p in COMMANDS.items() if getattr(said.command, "action", None) == a)
        described["description"] = f"Needs the scope `{COMMANDS[action].name.lower()}` and a role that has it. Ledger action `{action}`."
    if said.reads is not None:
        described["requestBody"] = _request_body(said, shapes)
    return described


def _request_body(said: Operation, shapes: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    schema = shapes[said.reads] if said.media != MERGE_PATCH else _patch_schema(said.reads)
    return {"required": True, "content": {said.media: {"schema": schema} | ({"example": said.example} if said.example else {})}}


def _patch_schema(shape: Any) -> dict[str, Any]:
    """The schema of a merge patch: the same fields, none required, and null to clear one."""
    (_schema,), components = msgspec.json.schema_components([shape], ref_template=_REF)
    own = components[shape.__name__]
    properties = {name: {k: v for k, v in one.items() if k != "default"} for name, one in own["properties"].items()}
    return {"type": "object", "title": f"{shape.__name__} (merge patch)", "properties": properties, "additionalProperties": False}


def _path_parameters(path: str) -> list[dict[str, Any]]:
    found = []
    for part in path.split("/"):
        if part.startswith("{"):
            name = part[1:].partition(":")[0]
            pattern, text, example = next(value for (key, prefix), value in _PARTS.items() if key == name and f"v1{prefix}/" in path)
            found.append({"name": name, "in": "path", "required": True, "description": text, "schema": {"type": "string", "pattern": pattern}, "example": example})  # fmt: skip
    return found


def _query_parameters(said: Operation) -> list[dict[str, Any]]:
    if said.query is None:
        return []
    _, components = msgspec.json.schema_components([said.query], ref_template="#/components/schemas/{name}")
    own = components[said.query.__name__]["properties"]
    return [_query_parameter(name, dict(schema), components) for name, schema in own.items()]


def _query_parameter(name: str, schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    """One parameter; null has no spelling in an address, so it is left out of the schema."""
    options = [option for option in schema.pop("anyOf", []) if option.get("type") != "null"]
    if options:
        schema |= options[0]
    schema.pop("default", None)
    description = schema.pop("description", "")
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": _inlined(schema, components),
        "style": "form",
        "explode": True,
    }


def _inlined(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    """Enumerations inside a parameter stand in place, so that a reader sees the codes."""
    if "$ref" in schema:
        return {k: v for k, v in components[schema["$ref"].rpartition("/")[2]].items() if k not in ("title", "description")}
    if "items" in schema:
        return {**schema, "items": _inlined(schema["items"], components)}
    return schema


def _header_parameters(said: Operation, method: str) -> list[dict[str, Any]]:
    language = {
        "name": "Accept-Language",
        "in": "header",
        "description": "Language of messages: zh or en.",
        "schema": {"type": "string"},
        "example": "zh",
    }
    if said.matches:
        text = "The ETag of the record that is changed, as it was read."
        match = {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "description": text,
            "schema": {"type": "string"},
            "example": '"1.0123456789abcdef"',
        }
        return [match, language]
    if method == "GET":
        known = {
            "name": "If-None-Match",
            "in": "header",
            "description": "An ETag you have; 304 where it still holds.",
            "schema": {"type": "string"},
        }
        return [known, language]
    return [language]


def _responses(path: str, method: str, said: Operation, shapes: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done." if said.answers is None else "The answer."}
    if said.answers is not None:
        good["content"] = {"application/json": {"schema": shapes[said.answers]}}
        good["headers"] = {"ETag": _TAG_HEADER} if said.tagged or method == "GET" else {}
    if said.status == 201:
        good.setdefault("headers", {})["Location"] = {"schema": {"type": "string"}, "description": "The address of the new record."}
    codes = {400, 401, 404, 405, 413, 414, 422, 431, 500, 503}
    codes -= set() if "{" in path else {404} if method != "GET" else set()
    codes |= {403, 408, 409} if said.command else set()
    codes |= {415} if said.reads is not None else set()
    codes |= {412, 428} if said.matches else set()
    answers = {str(said.status): good} | ({"304": {"description": "You have it already."}} if method == "GET" else {})
    return answers | {str(code): _problem(code, shapes) for code in sorted(codes)}


def _problem(code: int, shapes: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    title = next((kind.title for kind in _problems(Problem) if kind.status == code), NotFound.title)
    return {"description": title, "content": {MEDIA_TYPE: {"schema": shapes[ProblemBody]}}}


def _problems(kind: type[Problem]) -> Iterable[type[Problem]]:
    for one in kind.__subclasses__():
        yield one
        yield from _problems(one)
