"""Time of finding words among all commitments: the tracker's index against LIKE on the same table and an FTS5 trigram index; and proof.

Every answer of the tracker is compared with a substring search over all texts: nothing may be missing, nothing too much.
"""

import argparse
import random
import re
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from app.db.backends import open_backend
from app.db.migrate import migrate
from app.db.prepared import Prepared
from app.db.search_index import HitCount, Holds
from app.tables import Commitment, CommitmentTerms
from app.terms import phrase
from benchmarks.generate import EN

RARE = 0.01
"""A word is rare that at most one commitment in a hundred holds."""
ROUNDS = 5
TRIGRAMS = "CREATE VIRTUAL TABLE trigrams USING fts5(text_zh, text_en, content='commitment', content_rowid='id', tokenize='trigram')"
LIKE = "SELECT count(*) FROM commitment WHERE text_zh LIKE ? OR text_en LIKE ?"
BY_TRIGRAMS = "SELECT count(*) FROM trigrams WHERE trigrams MATCH ?"
TRIGRAM = 3
Texts = list[tuple[int, str, str]]


class Row(NamedTuple):
    """A word, whether it is rare, and the milliseconds each takes to count its commitments; trigrams find nothing shorter than three."""

    word: str
    is_rare: bool
    own: float
    like: float
    trigrams: float | None


def words(texts: Texts, number: int) -> Iterator[str]:
    """Chinese words of one to eight characters, English words and phrases; some stand in few texts, some in many, some in none."""
    draw = random.Random(1294)
    for length in range(1, 9):
        for _, zh, _ in draw.sample(texts, number):
            runs = [run for run in re.findall("[\u4e00-\u9fff]+", zh) if len(run) >= length]
            if runs:
                run = draw.choice(runs)
                start = draw.randrange(len(run) - length + 1)
                yield run[start : start + length]
    for length in range(1, 5):
        yield from (" ".join(draw.choices(EN, k=length)) for _ in range(number))
    yield from ("月球残疾人", "employment gap", "nowhere")


def truth(texts: Texts, word: str) -> set[int]:
    """The commitments that hold the word, found by reading every text; in English it begins where a word does."""
    if not word.isascii():
        return {key for key, zh, en in texts if word in zh or word in en}
    within = re.compile(r"(?<![a-z0-9])" + re.escape(word))
    return {key for key, zh, en in texts if within.search(zh.lower()) or within.search(en)}


def timed(connection: Connection, statement: Any, values: Any) -> float:
    """The best time of a few, in milliseconds, on the driver of the database."""
    driver: Any = connection.connection.dbapi_connection
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        statement.rows(connection, values) if isinstance(statement, Prepared) else driver.execute(statement, values).fetchall()
        best = min(best, time.perf_counter() - began)
    return best * 1000


COUNT = Prepared(select(HitCount(CommitmentTerms.__table__)))  # type: ignore[attr-defined]  # set by SQLModel for table models
KEY = Commitment.__table__.c.id  # type: ignore[attr-defined]
FIND = Prepared(select(KEY).where(Holds(KEY, CommitmentTerms.__table__)))  # type: ignore[attr-defined]


def measure(connection: Connection, texts: Texts, number: int) -> list[Row]:
    """Find every word in each way; ends the program where the tracker does not find exactly what is there."""
    rows = []
    for word in dict.fromkeys(words(texts, number)):
        there, asked = truth(texts, word), {"phrase": phrase(word), "needle": phrase(word)}
        found = [row[0] for row in FIND.rows(connection, asked)]
        if set(found) != there or len(found) != len(there):
            sys.exit(f"“{word}” stands in {len(there)} commitments; the tracker found {len(found)}, {len(there - set(found))} are missing")
        by_trigrams = timed(connection, BY_TRIGRAMS, (f'"{word}"',)) if len(word) >= TRIGRAM else None
        like = timed(connection, LIKE, (f"%{word}%", f"%{word}%"))
        rows.append(Row(word, len(there) <= RARE * len(texts), timed(connection, COUNT, asked), like, by_trigrams))
    return rows


def report(rows: list[Row]) -> None:
    """Medians of the times and of the ratios, for each kind of words."""
    print(f"all {len(rows)} words exact: recall 1.0, precision 1.0\n")
    print("words                       number   tracker ms   LIKE ms   trigrams ms   LIKE/tracker   trigrams/tracker")
    for name, some in groups(rows).items():
        compared = [(row.trigrams, row.own) for row in some if row.trigrams is not None]
        own, like = (statistics.median(times) for times in ([row.own for row in some], [row.like for row in some]))
        faster = statistics.median(row.like / row.own for row in some)
        trigrams = statistics.median(time for time, _ in compared) if compared else float("nan")
        than = statistics.median(time / own for time, own in compared) if compared else float("nan")
        print(f"{name:27} {len(some):6} {own:12.3f} {like:9.1f} {trigrams:13.3f} {faster:14.1f} {than:18.1f}")


def groups(rows: list[Row]) -> dict[str, list[Row]]:
    """The words by kind; empty kinds are left out."""
    kinds = {
        "rare": [row for row in rows if row.is_rare],
        "all": rows,
        "Chinese, 1 or 2 characters": [row for row in rows if not row.word.isascii() and len(row.word) < TRIGRAM],
        "Chinese, 3 and more": [row for row in rows if not row.word.isascii() and len(row.word) >= TRIGRAM],
        "English words": [row for row in rows if row.word.isascii() and " " not in row.word],
        "English phrases": [row for row in rows if " " in row.word],
        "3 characters and more": [row for row in rows if row.trigrams is not None],
    }
    return {name: some for name, some in kinds.items() if some}


def main() -> None:
    """Measure on a copy of the database, which is migrated if need be."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("folder", type=Path, help="where tracker.db is")
    ask.add_argument("--words", type=int, default=8, help="how many words of each length (default: %(default)s)")
    args = ask.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        copy = Path(folder) / "search.db"
        shutil.copy(args.folder / "tracker.db", copy)
        backend = open_backend(f"sqlite:///{copy}", readers=1)
        migrate(backend)
        with sqlite3.connect(copy) as plain:
            plain.execute(TRIGRAMS)
            plain.execute("INSERT INTO trigrams (trigrams) VALUES ('rebuild')")
            texts: Texts = plain.execute("SELECT id, text_zh, text_en FROM commitment").fetchall()
        plain.close()
        with backend.readers.connect() as connection:
            report(measure(connection, texts, args.words))
        backend.dispose()


if __name__ == "__main__":
    main()
