"""An independent check of the public ledger: `python tests/verifier.py http://127.0.0.1:8000` reads the whole feed and proves its chain.

Written from the text of the specification and from nothing of the program: standard library only, and no import from `app`. It sees
what every reader of GET /api/v1/changes sees, so it proves the chain, not the tables behind it. Exit codes: 0 whole, 1 broken, 2 unread.
"""

import hashlib
import json
import re
import sys
import unicodedata
import urllib.request
from collections.abc import Iterator
from typing import Any

GENESIS = "0" * 64
FIELDS = ("seq", "tx", "at", "actor", "action", "entity", "ref", "body_sha256", "prev_hash")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
SALT = re.compile(r"[0-9a-f]{32}")


def canonical(value: Any) -> str:
    """RFC 8785 of objects, lists, NFC texts, booleans, null, and integers up to 2^53; there is nothing else. Raises ValueError."""
    if value is None or (isinstance(value, int) and abs(value) <= 2**53):
        return json.dumps(value)
    if isinstance(value, str) and unicodedata.is_normalized("NFC", value):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    raise ValueError(f"{value!r:.40} has no place in a ledger")


def body_sha256(body: dict[str, Any]) -> str:
    """The hash a body must have. Raises ValueError for one that does not have its form."""
    texts = isinstance(body.get("reason"), str | None) and isinstance(body.get("record"), dict | None)
    if set(body) != {"record", "reason", "salt"} or not texts or not SALT.fullmatch(body["salt"]):
        raise ValueError("the body does not have its form")
    return hashlib.sha256(canonical({"v": 1, **body}).encode()).hexdigest()


def entry_hash(entry: dict[str, Any]) -> str:
    return hashlib.sha256(("hainan-ledger-v1\0" + canonical({name: entry[name] for name in FIELDS})).encode()).hexdigest()


def wrong(entry: dict[str, Any], before: dict[str, Any]) -> str | None:
    """What is wrong with an entry that should follow `before`; the first follows an empty dictionary."""
    body, tx = entry["body"], before.get("tx", 0)
    if entry["seq"] != before.get("seq", 0) + 1:
        return f"entry {before.get('seq', 0) + 1} is missing"
    if entry["prev_hash"] != before.get("hash", GENESIS):
        return "prev_hash is not the hash of the entry before"
    if entry["hash"] != entry_hash(entry):
        return "hash does not fit the entry"
    if body is not None and entry["body_sha256"] != body_sha256(body):
        return "the body does not have its hash"
    if not MOMENT.fullmatch(entry["at"]) or entry["tx"] not in ({tx, tx + 1} if tx else {1}):
        return "the moment or the number of the transaction does not have its form"
    if entry["tx"] == tx:
        return None if entry["at"] == before["at"] else "the entries of one transaction have two moments"
    return None if entry["at"] > before.get("at", "") else "time goes back"


def fault(entries: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> tuple[int, str] | None:
    """The seq of the first entry that is wrong, and why; None for a whole ledger."""
    before: dict[str, Any] = {}
    for entry in entries:
        try:
            why = wrong(entry, before)
        except (ValueError, KeyError, TypeError) as error:
            why = f"it cannot be read: {error}"
        if why:
            return entry.get("seq", 0), why
        before = entry
    return None


def feed(address: str) -> Iterator[dict[str, Any]]:
    after = "0"
    while after:
        with urllib.request.urlopen(f"{address.rstrip('/')}/api/v1/changes?limit=200&after={after}", timeout=30) as answer:
            page = json.load(answer)
        yield from page["items"]
        after = page["next"]


def main(address: str) -> int:
    entries = list(feed(address))
    found = fault(entries)
    print(f"entry {found[0]}: {found[1]}" if found else f"ok: {len(entries)} entries, head {entries[-1]['hash'] if entries else GENESIS}")
    return 1 if found else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except (OSError, IndexError, ValueError, KeyError) as error:
        sys.exit(print(f"the feed cannot be read: {error!r}", file=sys.stderr) or 2)
