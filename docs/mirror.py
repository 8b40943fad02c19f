"""Mirror the ledger of a Hainan tracker into a file, one entry a line, and verify every hash: python mirror.py URL FILE

Run it again, from cron for instance, to go on where it stopped. It ends with 1 and says why as soon as something does not fit.
"""

import hashlib
import json
import os
import sys
import urllib.request

FIELDS = ("seq", "tx", "at", "actor", "action", "entity", "ref", "body_sha256", "prev_hash")


def canonical(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def follow(entry, seq, head):
    """The hash of the entry after one; a body that is not public is null, and the chain holds all the same."""
    body = entry["body"] and hashlib.sha256(canonical({"v": 1, **entry["body"]})).hexdigest()
    own = hashlib.sha256(b"hainan-ledger-v1\0" + canonical({name: entry[name] for name in FIELDS})).hexdigest()
    if (entry["seq"], entry["prev_hash"], entry["hash"], body or entry["body_sha256"]) != (seq + 1, head, own, entry["body_sha256"]):
        sys.exit(f"entry {seq + 1} does not fit: the ledger or the mirror was changed")
    return own


def main(address, path):
    seq, head, size = 0, "0" * 64, 0
    with open(path, "a+b") as mirror:
        mirror.seek(0)
        for line in mirror:
            if line.endswith(b"\n"):  # else it was cut off
                seq, head, size = seq + 1, follow(json.loads(line), seq, head), size + len(line)
        mirror.truncate(size)
        while True:
            with urllib.request.urlopen(f"{address}/api/v1/changes?limit=200&after={seq}", timeout=30) as answer:
                entries = json.load(answer)["items"]
            if not entries:
                return print(f"{seq} entries, head {head}")
            for entry in entries:
                seq, head = seq + 1, follow(entry, seq, head)
                mirror.write(canonical(entry) + b"\n")
            mirror.flush()
            os.fsync(mirror.fileno())


if len(sys.argv) != 3:
    print("usage: python mirror.py URL FILE", file=sys.stderr)
    sys.exit(2)
try:
    main(*sys.argv[1:])
except OSError as error:
    sys.exit(f"cannot go on now: {error}")
