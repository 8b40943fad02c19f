"""Names that follow from other names: slugs, comparison keys, numbers inside refs."""

import re
from typing import Any

from app.gate import folded


def slug_of(symbol: str) -> str:
    """The address form of a symbol, as AKN4UN writes it: `/` becomes `-`, a space `_`, other characters are dropped."""
    return re.sub(r"[^A-Za-z0-9._-]", "", symbol.replace("/", "-").replace(" ", "_"))


def document_names(record: dict[str, Any]) -> dict[str, Any]:
    return {"slug": slug_of(record["symbol"])}


def commitment_names(record: dict[str, Any]) -> dict[str, Any]:
    """The key that makes refs unique whatever their case; its own ref stands as order key until the order is derived."""
    return {"ref_key": folded(record["ref"]), "order_key": record["ref"]}


def update_names(record: dict[str, Any]) -> dict[str, Any]:
    """HI-O7b.3 is the third update of HI-O7b."""
    return {"number": int(record["ref"].rpartition(".")[2])}


def action_names(record: dict[str, Any]) -> dict[str, Any]:
    """A12 is the twelfth action."""
    return {"number": int(record["ref"][1:])}
