"""Write N made-up bilingual commitments, the same for the same N: rows.ndjson for the tracker, rows.db for the peers."""

import argparse
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from app.interchange.lines import SHAPES, encode

STATUSES = ["not_assessed", "not_started", "under_implementation", "implemented", "continuing", "overtaken_by_events"]
KINDS = ["preambular", "operative", "conclusion", "recommendation"]
PER_DOCUMENT = 25
SOURCE = Path(__file__).parent.parent / "data" / "A_AC.105_1294.zh.txt"
WORDS = (
    "encourages further efforts to link stakeholders with a view to promoting international space exploration programmes "
    "on the basis of equality mutual benefit peaceful use openness and inclusiveness for the benefit of humankind and to "
    "hold the next global partnership workshop in good time long-term sustainability of outer space activities"
)
EN = WORDS.split()
TABLE = (
    "create table commitment (id integer primary key, document text, ref text unique, kind text, position integer,"
    " text_zh text, text_en text, status text, version integer, updated_at text)"
)
INSERT = "insert into commitment values (?,?,?,?,?,?,?,?,1,'2026-11-22T00:00:00Z')"
Line = dict[str, Any]


class Row(NamedTuple):
    """One made-up commitment, in the order of the peers' table."""

    document: str
    ref: str
    kind: str
    position: int
    text_zh: str
    text_en: str
    status: str


def rows(number: int, zh: str) -> Iterator[Row]:
    """The commitments; every random draw stands in a fixed order, so that the same number gives the same rows."""
    draw = random.Random(1294)
    for i in range(number):
        start = draw.randrange(0, len(zh) - 300)
        yield Row(
            document=f"X/TEST.{i // PER_DOCUMENT + 1}",
            ref=f"T{i + 1:07d}",
            kind=draw.choice(KINDS),
            position=i % PER_DOCUMENT + 1,
            text_zh=zh[start : start + draw.randrange(60, 200)],
            text_en=" ".join(draw.choices(EN, k=draw.randrange(30, 80))),
            status=draw.choice(STATUSES),
        )


def lines(row: Row) -> Iterator[Line]:
    """The record lines of one commitment: its document before the first, and a published update unless it is not assessed."""
    if row.position == 1:
        title = {"zh": f"测试文件 {row.document}", "en": f"Test document {row.document}"}
        yield {"type": "document", "symbol": row.document, "title": title}
    commitment = {"type": "commitment", "ref": row.ref, "document": row.document, "kind": row.kind, "position": row.position}
    yield commitment | {"tracking": "operational", "level": "commitment", "text": {"zh": row.text_zh, "en": row.text_en}}
    if row.status != "not_assessed":
        yield update(row.ref, row.status)


def update(ref: str, status: str) -> Line:
    """A published update that satisfies every rule of its status."""
    evidence = [{"kind": "web", "title": {"zh": "来源", "en": "Source"}, "url": "https://example.org/" + ref}]
    line = {"type": "status_update", "ref": ref + ".1", "commitment": ref, "status": status, "effective_on": "2026-06-30"}
    narrative = {"zh": "测试说明。", "en": "Test narrative."}
    return line | {"narrative": narrative, "evidence": evidence, "state": "published", "published_no": 1}


def write_lines(number: int, zh: str, path: Path) -> None:
    """Write the record file as an export would, with every field of every line."""
    with path.open("wb") as file:
        for row in rows(number, zh):
            for line in lines(row):
                file.write(encode(msgspec.convert(line, SHAPES[line["type"]])) + b"\n")


def write_table(number: int, zh: str, path: Path) -> None:
    """Write the peers' database anew, with the index that the measured list needs."""
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    db.execute(TABLE)
    db.executemany(INSERT, ((i, *row) for i, row in enumerate(rows(number, zh), 1)))
    db.execute("create index list on commitment (status, kind, id)")
    db.execute("analyze")
    db.commit()
    db.close()


def main() -> None:
    """Write both files into a folder."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("number", type=int, help="how many commitments")
    ask.add_argument("folder", type=Path, help="where rows.ndjson and rows.db go")
    args = ask.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    zh = "".join(SOURCE.read_text("utf-8").split())
    write_lines(args.number, zh, args.folder / "rows.ndjson")
    write_table(args.number, zh, args.folder / "rows.db")


if __name__ == "__main__":
    main()
