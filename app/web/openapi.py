"""The OpenAPI 3.1 document, made from what the handlers declare and from the same shapes that read and answer."""

import re
from collections.abc import Iterable

import msgspec
from litestar.handlers import HTTPRouteHandler

from app import __version__
from app.actors import Role, Scope
from app.domain.commands import Asks, Right, right_of
from app.errors import Outdated, Problem, TooManyAttempts, invalid, unreadable
from app.i18n import Lang
from app.web.call import Why
from app.web.describe import KEY, Operation
from app.web.idempotency import FORM, HEADER, REPLAYED
from app.web.openapi_introduction import BEARER, COOKIE, INTRODUCTION, TAGS
from app.web.openapi_parts import Schema, Schemas, explained, schemas_of
from app.web.origin import SECURE_COOKIE
from app.web.problems import MEDIA_TYPE, body_of
from app.web.reading import JSON, MERGE_PATCH

_COMMITMENT = ("^[A-Za-z0-9][A-Za-z0-9-]{0,47}$", "The ref of a commitment or part.", "HI-O7b")
_PARTS = {
    ("commitments", "ref"): _COMMITMENT,
    ("actions", "commitment"): _COMMITMENT,
    ("actions", "ref"): ("^A[1-9][0-9]{0,17}$", "The ref of an action.", "A1"),
    ("status-updates", "ref"): (r"^[A-Za-z0-9][A-Za-z0-9-]{0,47}\.[1-9][0-9]{0,8}$", "The ref of a status update.", "HI-O7b.1"),
    ("documents", "slug"): ("^[A-Za-z0-9._-]{1,100}$", "The symbol with / as - and a space as _.", "A-AC.105-1294"),
    ("organizations", "organization"): ("^[A-Za-z0-9._-]{1,100}$", "The id of an organization or group.", "cnsa"),
    ("users", "user"): ("^u-[0-9a-f]{16}$", "The id of a user.", "u-0123456789abcdef"),
    ("sessions", "place"): ("^s[1-9][0-9]{0,8}$", "The id of a place you are signed in at.", "s7"),
    ("tokens", "token"): ("^t[1-9][0-9]{0,8}$", "The id of a token.", "t12"),
    ("imports", "code"): ("^i-[0-9a-f]{16}$", "The id of an upload.", "i-0123456789abcdef"),
    ("events", "event"): ("^[A-Za-z0-9._-]{1,100}$", "The id of an event.", "third-workshop"),
}
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?"
_FORMS = {"updated_since": f"^{_MOMENT}$", "since": f"^{_MOMENT}$", "as_recorded": f"^((0|[1-9][0-9]{{0,17}})|{_MOMENT})$"}
"""The forms of parameters that are read by more than their shape."""
DISPOSITION = "Content-Disposition"
_RECORD_TAG = r'^"[1-9][0-9]{0,8}\.[0-9a-f]{16}"$'
_HEADERS: dict[str, Schema] = {
    "ETag": {"required": True, "description": "Names this answer: `\"<version>.<hash>\"` of a record, an opaque hash of anything else.", "schema": {"type": "string", "pattern": '^"[0-9a-f.]+"$'}},
    "CurrentETag": {"description": "The ETag of the record as it is now.", "schema": {"type": "string", "pattern": _RECORD_TAG}},
    REPLAYED: {"description": "`true` where this is the answer of the first time.", "schema": {"type": "string", "const": "true"}},
    "Link": {"description": 'The following page, `rel="next"`; absent on the last.', "schema": {"type": "string"}},
    "Location": {"required": True, "description": "The address of what was made.", "schema": {"type": "string", "pattern": "^/api/v1/"}},
    "Retry-After": {"required": True, "description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}},
    "Content-Language": {"required": True, "description": "The language of the words.", "schema": {"type": "string", "enum": list(Lang)}},
    DISPOSITION: {"required": True, "description": "The name of the file.", "schema": {"type": "string"}},
    "Set-Cookie": {"description": "The cookie of the sign-in, or its end.", "schema": {"type": "string"}},
    "X-Request-Id": {"required": True, "description": "Names this answer in the log of the service.", "schema": {"type": "string", "pattern": "^[0-9a-f]{16}$"}},
}  # fmt: skip
_FILE: Schema = {"type": "string"}
_ONCE = "The answer holds a secret that is shown once: sent again under its `Idempotency-Key` the request has no second effect, and is 409."
_SAMPLES: dict[int, Problem] = {
    400: unreadable("?colour", "unknown_parameter"),
    412: Outdated("tag_outdated", version=4),
    429: TooManyAttempts(seconds=30),
    422: invalid("/text/en", "too_long", limit=20_000, length=20_013),
}


def described(handlers: Iterable[tuple[str, HTTPRouteHandler]]) -> Schema:
    """The document for (path, handler) pairs; a handler without a description is an error."""
    operations = [(path, method, handler.opt[KEY]) for path, handler in handlers for method in handler.http_methods]
    schemas = schemas_of([said for _, _, said in operations])
    paths: dict[str, Schema] = {}
    for path, method, said in sorted(operations, key=lambda one: (one[0], _METHODS.index(one[1]))):
        paths.setdefault(_template(path), {})[method.lower()] = _operation(path, method, said, schemas)
    return {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [{"url": "/", "description": "This service."}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": {_name(code): _problem(code) for code in _kinds()},
            "headers": _HEADERS,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": BEARER},
                "cookie": {"type": "apiKey", "in": "cookie", "name": SECURE_COOKIE, "description": COOKIE},
            },
        },
    }


def _info() -> Schema:
    licence = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    return {"title": "Hainan tracker", "version": __version__, "description": INTRODUCTION, "license": licence}


def _template(path: str) -> str:
    return path.replace(":str}", "}").rstrip("/") or "/"


def _operation(path: str, method: str, said: Operation, schemas: Schemas) -> Schema:
    found: Schema = {
        "operationId": re.sub("[-.]", "_", "_".join([method.lower(), *(part.strip("{}") for part in _template(path).split("/")[3:])])),
        "summary": said.summary,
        "description": "\n\n".join(text for text in (said.text, _ONCE if said.secret else "", _permission(said)) if text),
        "tags": [said.tag],
        "parameters": [*_path_parameters(path), *_query_parameters(said), *_header_parameters(said, method)],
        "responses": {str(said.status): _good(method, said, schemas), **_others(path, method, said)},
        "security": _security(_right(said)),
    }
    if said.reads is not None:
        schema = (schemas.patches if said.media == MERGE_PATCH else schemas.inputs)[said.reads]
        found["requestBody"] = {"required": True, "content": {said.media: {"schema": schema, "example": said.example}}}
    if said.takes:
        content = {media: {"schema": _FILE | {"contentMediaType": media}} for media in said.takes}
        content[said.takes[0]]["example"] = said.example
        found["requestBody"] = {"required": True, "content": content}
    return found


def _right(said: Operation) -> Right | None:
    asked = said.command or said.view
    return right_of(asked) if asked else None


def _security(right: Right | None) -> list[Schema]:
    """Who can call an operation: a token or a cookie is needed, of use, or of none."""
    if right is not None and right.asks is Asks.NOTHING:
        return [{}]
    return [*([{}] if right is None else []), {"bearer": []}, {"cookie": []}]


def _permission(said: Operation) -> str:
    right = _right(said)
    if right is None:
        return ""
    if right.asks is Asks.NOTHING:
        return "Needs no account."
    if right.asks is Asks.ACCOUNT:
        return "Needs a sign-in, or a token with the scope admin."
    rank = right.permission
    recorded = "" if right.personal else f" In the ledger: `{right.action}`."
    return f"Needs the role {list(Role)[rank]} and the scope {list(Scope)[rank]}, or more of each.{recorded}"


def _path_parameters(path: str) -> list[Schema]:
    resource = path.split("/")[3]
    found = []
    for part in path.split("/"):
        if part.startswith("{"):
            name = part[1:].partition(":")[0]
            pattern, text, example = _PARTS[resource, name]
            schema = {"type": "string", "pattern": pattern}
            found.append({"name": name, "in": "path", "required": True, "description": text, "schema": schema, "example": example})
    return found


def _query_shape(said: Operation) -> type[msgspec.Struct] | None:
    """What may stand in the address; of a change that goes into the ledger, the reason for it."""
    return said.query or (Why if said.command and not right_of(said.command).personal else None)


def _query_parameters(said: Operation) -> list[Schema]:
    query = _query_shape(said)
    if query is None:
        return []
    _, components = msgspec.json.schema_components([query], ref_template="#/components/schemas/{name}")
    name, shape = query.__name__, components[query.__name__]
    return [_query_parameter(name, field, schema, field in shape["required"]) for field, schema in shape["properties"].items()]


def _query_parameter(shape: str, name: str, schema: Schema, is_needed: bool) -> Schema:
    """One parameter; one that is needed has an example. Null has no spelling in an address, so it is left out of the schema; a blank value counts as absent."""
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    found = explained(shape, name, schema | (options[0] if options else {}))
    description = found.pop("description", "")
    kept = {
        key: value
        for key, value in found.items()
        if key not in ("anyOf", "examples") and (key, value) not in (("default", None), ("default", []))
    }
    needed = {"required": True, "example": found["examples"][0]} if is_needed else {}
    return {"name": name, "in": "query", "description": description, "schema": kept} | needed


def _header_parameters(said: Operation, method: str) -> list[Schema]:
    found = [_header("Accept-Language", "The language of error messages: zh or en.", {"type": "string"})]
    if said.matches:
        text = "The ETag of the record that is changed, whole, as it was read."
        found.append(
            _header("If-Match", text, {"type": "string", "pattern": _RECORD_TAG}) | {"required": True, "example": '"1.0123456789abcdef"'}
        )
    if _repeatable(said, method):
        text = "A name of your own for this request, such as a UUID: sent again under it within 24 hours, the request has no second effect."
        found.append(
            _header(HEADER, text, {"type": "string", "pattern": f"^{FORM}$"}) | {"example": "7d5b6c1e-4d0f-4b3a-9d53-0b8f6a1c2e47"}
        )
    if method == "GET":
        found.append(_header("If-None-Match", "ETags you have; the answer is 304 if one still holds.", {"type": "string"}))
    return found


def _repeatable(said: Operation, method: str) -> bool:
    """Whether the operation takes a key; it belongs to somebody, so signing in takes none."""
    return method == "POST" and said.command is not None and right_of(said.command).asks is not Asks.NOTHING


def _header(name: str, text: str, schema: Schema) -> Schema:
    return {"name": name, "in": "header", "description": text, "schema": schema}


def _good(method: str, said: Operation, schemas: Schemas) -> Schema:
    names = ["X-Request-Id"]
    names += ["ETag"] if said.tagged or method == "GET" else []
    names += ["Location"] if said.status == 201 else []
    names += [REPLAYED] if _repeatable(said, method) and not said.secret else []
    names += ["Link"] if said.query is not None and "limit" in said.query.__struct_fields__ else []
    names += ["Set-Cookie"] if said.cookie else []
    if said.file is not None:
        return {
            "description": "The file.",
            "headers": _header_refs([*names, DISPOSITION]),
            "content": {said.file: {"schema": {"type": "string"}}},
        }
    if said.answers is None:
        return {"description": "Done.", "headers": _header_refs(names)}
    text = "What was made." if said.status == 201 else "The record as it is now." if said.tagged else "The answer."
    return {"description": text, "headers": _header_refs(names), "content": {JSON: {"schema": schemas.answers[said.answers]}}}


def _header_refs(names: Iterable[str]) -> Schema:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _others(path: str, method: str, said: Operation) -> Schema:
    """Every other answer an operation can give."""
    codes = {400, 401, 414, 431, 500, 503}
    codes |= {404} if said.finds or "{" in path or (said.query is not None and "as_recorded" in said.query.__struct_fields__) else set()
    codes |= {403, 409} if said.command else {403} if said.view else set()
    codes |= {409} if said.refuses else set()
    codes |= {429} if said.throttled else set()
    codes |= {408, 413, 415} if said.reads is not None or method == "POST" else set()
    codes |= {422} if said.takes or said.reads is not None or _query_shape(said) is not None or _repeatable(said, method) else set()
    codes |= {412, 428} if said.matches else set()
    unchanged = (
        {"304": {"description": "You have it already.", "headers": _header_refs(["ETag", "X-Request-Id"])}} if method == "GET" else {}
    )
    return unchanged | {str(code): {"$ref": f"#/components/responses/{_name(code)}"} for code in sorted(codes)}


def _kinds(kind: type[Problem] = Problem) -> dict[int, type[Problem]]:
    """The kinds of problems by their status."""
    found = {kind.status: kind}
    for one in kind.__subclasses__():
        found |= _kinds(one)
    return dict(sorted(found.items()))


def _name(code: int) -> str:
    return _kinds()[code].__name__


def _problem(code: int) -> Schema:
    kind = _kinds()[code]
    names = ["Content-Language", "X-Request-Id", *(["Retry-After"] if code in (429, 503) else [])]
    headers = _header_refs(names) | ({"ETag": {"$ref": "#/components/headers/CurrentETag"}} if code == 412 else {})
    example = body_of(_SAMPLES.get(code) or kind(), Lang.EN, "/api/v1/commitments/HI-O7b")
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": msgspec.to_builtins(example)}}
    return {"description": f"{kind.title}.", "headers": headers, "content": content}
