"""Whether an entry has the form of the ledger and follows the one before it: what a single entry shows by itself."""

import hashlib
import re
import unicodedata
from typing import Any

import msgspec

from app.db import ledger
from app.db.records import Record

_BODY = {"v", "record", "reason", "salt"}
_SALT = re.compile("[0-9a-f]{32}")
_MOMENT = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z")
_LARGEST = 2**53
_AFTER_RECORD = len(f',"salt":"{"0" * 32}","v":1}}')


def _no_float(text: str) -> float:
    raise ValueError(text)


_decode = msgspec.json.Decoder(dict[str, Any], float_hook=_no_float)


def broken(row: Any, last: ledger.Head) -> str | None:
    """What is wrong with an entry that should follow `last`, its body left aside."""
    if row.seq != last.seq + 1:
        return f"entry {last.seq + 1} is missing"
    if row.prev_hash != last.hash:
        return "it is not chained to the entry before it"
    if row.body_sha256 != hashlib.sha256(row.body.encode()).hexdigest():
        return "its body does not have the hash that was recorded"
    chained = ledger.Chained(row.action, row.actor, row.at, row.body_sha256, row.entity, row.prev_hash, row.ref, row.seq, row.tx)
    if row.hash != chained.hash:
        return "its hash does not fit its fields"
    return None


def misplaced(row: Any, last: ledger.Head) -> str | None:
    """What is wrong with the time and the transaction of an entry."""
    if not _MOMENT.fullmatch(row.at):
        return "its moment does not have the form of the ledger"
    if row.tx == last.tx:
        return None if row.at == last.at else "its moment differs from the rest of its transaction"
    if row.tx != last.tx + 1:
        return f"transaction {last.tx + 1} is missing"
    return None if row.at > last.at else "its moment does not lie after the entry before it"


def body_of(text: str) -> Record | None:
    """A body, if it is the one spelling of version 1: its fields, their types, NFC, and no number that spellings could differ on."""
    try:
        value = _decode.decode(text)
    except (msgspec.MsgspecError, ValueError):
        return None
    is_canonical = (
        ledger.canonical(value) == text.encode()
        and set(value) == _BODY
        and value["v"] == ledger.FORM
        and isinstance(value["reason"], str | None)
        and isinstance(value["record"], dict | None)
        and bool(isinstance(value["salt"], str) and _SALT.fullmatch(value["salt"]))
        and _only_safe_numbers(value)
        and unicodedata.is_normalized("NFC", text)
    )
    return value if is_canonical else None


def _only_safe_numbers(value: Any) -> bool:
    for inner in value.values() if isinstance(value, dict) else value:
        kind = type(inner)
        if kind is int:
            if not -_LARGEST <= inner <= _LARGEST:
                return False
        elif (kind is dict or kind is list) and not _only_safe_numbers(inner):
            return False
    return True


def holds(text: str, record: Record) -> bool:
    """Whether a canonical body holds exactly this record; it need not be decoded for that."""
    return text[:-_AFTER_RECORD].endswith(f'"record":{ledger.canonical(record).decode()}')


def is_removal(text: str) -> bool:
    """Whether a canonical body says that its record was removed."""
    return text[:-_AFTER_RECORD].endswith('"record":null')
