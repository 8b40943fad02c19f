"""Whether an entry has the form of the ledger and follows the one before it: what a single entry shows by itself."""

import hashlib
import re
import unicodedata
from typing import Annotated, Any

import msgspec

from app.db import ledger
from app.db.records import Record

_SALT = re.compile("[0-9a-f]{32}")
_MOMENT = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z")
_AFTER_RECORD = len(f',"salt":"{"0" * 32}","v":1}}')


_SCALAR: Any = bool | Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)] | str | None
_Inner: Any = _SCALAR
for _ in range(5):  # deeper than any record goes
    _Inner = _SCALAR | list[_Inner] | dict[str, _Inner]


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """What an entry says, in version 1: no number that spellings could differ on. The fields are in canonical order."""

    reason: str | None
    record: dict[str, _Inner] | None
    salt: str
    v: int


_decode = msgspec.json.Decoder(Body).decode


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


def body_of(text: str) -> Body | None:
    """A body, if it is the one spelling of version 1: its fields, their types, NFC."""
    try:
        body = _decode(text)
    except msgspec.MsgspecError:
        return None
    is_canonical = (
        ledger.canonical(body) == text.encode()
        and body.v == ledger.FORM
        and _SALT.fullmatch(body.salt) is not None
        and unicodedata.is_normalized("NFC", text)
    )
    return body if is_canonical else None


def holds(text: str, record: Record) -> bool:
    """Whether a canonical body holds exactly this record; it need not be decoded for that."""
    return text.endswith(f'"record":{ledger.canonical(record).decode()}', 0, -_AFTER_RECORD)


def is_removal(text: str) -> bool:
    """Whether a canonical body says that its record was removed."""
    return text.endswith('"record":null', 0, -_AFTER_RECORD)
