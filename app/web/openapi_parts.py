"""The schemas of the OpenAPI document: what is answered, what is sent, and what a merge patch may hold."""

import inspect
from collections.abc import Iterable
from typing import Any

import msgspec

from app.web.describe import Operation
from app.web.openapi_texts import CODES, EXAMPLES, FIELDS, SHAPES
from app.web.problems import ProblemBody
from app.web.reading import JSON, MERGE_PATCH

Schema = dict[str, Any]
_REF = "#/components/schemas/{name}"
_TEXTS = dict.fromkeys(("Title", "Remark", "Body"), "Text")
"""Kinds of texts differ in what may be sent; answered they are all the same."""
_SUFFIXES = ("Input", "Patch", "Page")


class Schemas(msgspec.Struct):
    """The schema of a shape as it is answered, sent, and sent as a merge patch; all refer to `components`."""

    answers: dict[Any, Schema]
    inputs: dict[Any, Schema]
    patches: dict[Any, Schema]
    components: dict[str, Schema]


def schemas_of(operations: Iterable[Operation]) -> Schemas:
    """The schemas of everything these operations answer, read and filter by."""
    said = list(operations)
    answers, answered = _made([*(one.answers for one in said if one.produces == JSON), ProblemBody])
    _, given = _made(one.reads for one in said)
    _, filters = _made(one.query for one in said)
    answered, renamed = _as_answered(answered)
    given = _as_given(given, answered)
    patched: dict[str, Schema] = {}
    patches = {one.reads: _patch_ref(one.reads.__name__, given, patched) for one in said if one.reads and one.media == MERGE_PATCH}
    inputs = {one.reads: {"$ref": _REF.format(name=one.reads.__name__)} for one in said if one.reads and one.media != MERGE_PATCH}
    components = answered | _needed(given, [inputs, patches, patched]) | patched
    components |= {name: one for name, one in filters.items() if "enum" in one}
    return Schemas(
        answers={shape: _mapped(one, renamed) for shape, one in answers.items()},
        inputs=inputs,
        patches=patches,
        components={name: _explained(name, components[name]) for name in sorted(components)},
    )


def _made(shapes: Iterable[Any]) -> tuple[dict[Any, Schema], dict[str, Schema]]:
    """What msgspec says of shapes, and the components it refers to."""
    unique = list(dict.fromkeys(shape for shape in shapes if shape is not None))
    schemas, components = msgspec.json.schema_components(unique, ref_template=_REF)
    return dict(zip(unique, schemas, strict=True)), components


def _mapped(schema: Any, names: dict[str, str]) -> Any:
    """The same schema with its references renamed."""
    if isinstance(schema, list):
        return [_mapped(one, names) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _mapped(value, names) for key, value in schema.items()}
    if "$ref" in found:
        target = found["$ref"].rpartition("/")[2]
        found["$ref"] = _REF.format(name=names.get(target, target))
    return found


def _as_answered(components: dict[str, Schema]) -> tuple[dict[str, Schema], dict[str, str]]:
    """The components under the names of the contract, and these names: an answer always holds every field."""
    names = _TEXTS | {name: name.removeprefix("Page_").rstrip("_") + "Page" for name in components if name.startswith("Page_")}
    names["ProblemBody"] = "Problem"
    found = {}
    for name, schema in components.items():
        if name not in _TEXTS:
            found[names.get(name, name)] = _mapped(schema if name == "ProblemBody" else _complete(schema), names)
    return found, names


def _complete(schema: Schema) -> Schema:
    if "properties" not in schema:
        return schema
    properties = {name: _without(one, "default") for name, one in schema["properties"].items()}
    return schema | {"properties": properties, "required": list(properties)}


def _as_given(components: dict[str, Schema], answered: dict[str, Schema]) -> dict[str, Schema]:
    """The components of what is sent, closed against unknown fields; one that differs from what is answered is named `…Input`."""
    apart = {name: f"{name}Input" for name, one in components.items() if name in answered and not _same(one, answered[name])}
    closed = {name: one | {"additionalProperties": False} if "properties" in one else one for name, one in components.items()}
    return {apart.get(name, name): _mapped(one, apart) for name, one in closed.items()}


def _same(one: Schema, other: Schema) -> bool:
    return one.get("properties") == other.get("properties") and set(one.get("required", ())) == set(other.get("required", ()))


def _needed(components: dict[str, Schema], schemas: Any) -> dict[str, Schema]:
    """The components that these schemas refer to, over any number of steps."""
    found: dict[str, Schema] = {}
    waiting = _targets(schemas)
    while waiting:
        name = waiting.pop()
        if name in components and name not in found:
            found[name] = components[name]
            waiting += _targets(components[name])
    return found


def _targets(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        own = [schema["$ref"].rpartition("/")[2]] if "$ref" in schema else []
        return own + _targets(list(schema.values()))
    return [name for value in schema for name in _targets(value)] if isinstance(schema, list) else []


def _patch_ref(name: str, given: dict[str, Schema], patched: dict[str, Schema]) -> Schema:
    """A reference to the merge patch of a component: no field is required, and null clears one that may be absent."""
    schema = given[name]
    if "properties" not in schema:
        return {"$ref": _REF.format(name=name)}
    properties = {field: _patch_field(one, field in schema["required"], given, patched) for field, one in schema["properties"].items()}
    partial = schema | {"properties": properties, "required": []}
    if properties == {field: _without(one, "default") for field, one in schema["properties"].items()} and not schema["required"]:
        return {"$ref": _REF.format(name=name)}
    patched[f"{name}Patch"] = partial
    return {"$ref": _REF.format(name=f"{name}Patch")}


def _patch_field(schema: Schema, required: bool, given: dict[str, Schema], patched: dict[str, Schema]) -> Schema:
    found = _without(schema, "default")
    if "$ref" in found:
        found = _patch_ref(found["$ref"].rpartition("/")[2], given, patched)
    nullable = any(one.get("type") == "null" for one in found.get("anyOf", ()))
    return found if required or nullable else {"anyOf": [found, {"type": "null"}]}


def _without(schema: Schema, *keys: str) -> Schema:
    return {key: value for key, value in schema.items() if key not in keys}


def _explained(name: str, schema: Schema) -> Schema:
    """A component with the words for it and for its fields."""
    if "enum" in schema:
        return _enumeration(name, schema)
    said = SHAPES.get(name) or SHAPES.get(_plain(name)) or schema.get("description", "")
    properties = {field: explained(name, field, one) for field, one in schema.get("properties", {}).items()}
    return {"description": inspect.cleandoc(said)} | _without(schema, "title", "description") | {"properties": properties}


def _enumeration(name: str, schema: Schema) -> Schema:
    known = CODES.get(name, {})
    codes = sorted(schema["enum"], key=[*known, *schema["enum"]].index)
    lines = [f"- `{code}`: {known[code]}" for code in codes if code in known]
    return {"type": "string", "description": "\n".join(lines), "enum": codes}


def explained(shape: str, field: str, schema: Schema) -> Schema:
    """The schema of a field with its description and example, by `Shape.field` or by `field` alone."""
    keys = [f"{shape}.{field}", f"{_plain(shape)}.{field}", field]
    found = dict(schema)
    if said := next((FIELDS[key] for key in keys if key in FIELDS), None):
        found["description"] = said
    if example := next((EXAMPLES[key] for key in keys if key in EXAMPLES), None):
        found["examples"] = [[example] if schema.get("type") == "array" else example]
    return found


def _plain(name: str) -> str:
    """The name of the shape that a component was made from."""
    for suffix in _SUFFIXES:
        if name.endswith(suffix):
            return name.removesuffix(suffix) if suffix != "Page" else "Page"
    return name
