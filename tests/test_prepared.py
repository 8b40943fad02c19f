"""Prepared statements answer what the same statements answer without it, and rows are written as they are given."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import bindparam, literal, select
from sqlalchemy.exc import IntegrityError

from app.actors import system_actor
from app.db import Database, one_row
from app.db.ledger import CHANGE
from app.db.prepared import LONGEST_LIST, Prepared
from app.domain.columns import COMMITMENT, DOCUMENT, STATUS_UPDATE
from app.domain.commitments import find_commitment
from app.domain.shapes import as_text
from app.domain.verify import verify
from app.register import REGISTER
from app.tables import METADATA

TESTS = system_actor("tests")
REFS = ["HI-O7", "HI-O6", "C42", *(f"X{n}" for n in range(LONGEST_LIST))]
_BOTH = select(COMMITMENT.id, DOCUMENT.id, COMMITMENT.version, DOCUMENT.version).join(DOCUMENT, DOCUMENT.id == COMMITMENT.document_id)
_LISTED = select(COMMITMENT.ref).where(COMMITMENT.ref.in_(bindparam("refs", expanding=True)))
ASKED: dict[str, tuple[Any, dict[str, Any]]] = {
    "dates and lists": (select(DOCUMENT.adopted_on, DOCUMENT.references, DOCUMENT.event_id), {}),
    "moments, as they are and as text": (
        select(COMMITMENT.updated_at, COMMITMENT.target_on, as_text(COMMITMENT.updated_at).label("stored")),
        {},
    ),
    "two columns of one name": (_BOTH, {}),
    "a date that is bound": (select(DOCUMENT.symbol).where(DOCUMENT.adopted_on <= bindparam("day")), {"day": dt.date(2026, 1, 1)}),
    "a date that is written into it": (select(DOCUMENT.symbol).where(DOCUMENT.adopted_on <= dt.date(2026, 1, 1)), {}),
    "constants": (select(COMMITMENT.ref, literal(7)).where(COMMITMENT.kind == "operative", COMMITMENT.ref.in_(["HI-O7", "C42"])), {}),
    "nothing": (select(COMMITMENT.ref).where(COMMITMENT.ref == bindparam("ref")), {"ref": "nobody"}),
    "a null": (select(COMMITMENT.ref).where(COMMITMENT.label.is_not_distinct_from(bindparam("label"))), {"label": None}),
    **{f"a list of {count}": (_LISTED, {"refs": REFS[:count]}) for count in (0, 1, 3, len(REFS))},
}


@pytest.mark.parametrize("name", ASKED)
def test_it_answers_what_the_statement_answers(db: Database, name: str) -> None:
    statement, params = ASKED[name]
    prepared = Prepared(statement)
    with db.read(TESTS) as session:
        expected = session.connection.execute(statement, params).all()
        assert [tuple(row) for row in session.rows(prepared, **params)] == [tuple(row) for row in expected]
        assert session.rows(prepared, **params) == session.rows(prepared, **params)
        assert session.first(prepared, **params) == (expected[0] if expected else None)
        assert session.value(prepared, **params) == (expected[0][0] if expected else None)


def test_one_statement_takes_lists_of_any_length(db: Database) -> None:
    prepared = Prepared(_LISTED)
    with db.read(TESTS) as session:
        assert [len(session.rows(prepared, refs=REFS[:count])) for count in (3, 1, 0, 2, 3, len(REFS))] == [3, 1, 0, 2, 3, 3]


def test_values_are_found_by_the_names_of_their_columns(db: Database) -> None:
    with db.read(TESTS) as session:
        row = session.first(Prepared(select(COMMITMENT.ref, as_text(COMMITMENT.updated_at)).where(COMMITMENT.ref == "HI-O7")))
        assert (row.ref, row.updated_at) == ("HI-O7", "2026-11-22T09:00:00.000000Z")


def test_what_the_database_refuses_is_the_same_error(db: Database) -> None:
    with db.backend.writers.connect() as connection, connection.begin(), pytest.raises(IntegrityError):
        one_row.update(METADATA.tables["commitment"], ("kind",)).rows(connection, {"_key": 1, "kind": "nonsense"})


def test_a_row_is_stored_with_every_value_that_it_has(db: Database) -> None:
    table, moment = METADATA.tables["status_update"], dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)
    given = {
        "ref": "HI-O7.1", "commitment_id": 1, "number": 1, "status": "continuing", "effective_on": dt.date(2026, 11, 1), "narrative_zh": "说明",
        "narrative_en": None, "evidence": [{"kind": "web", "url": "https://example.org"}], "state": "draft", "corrects_id": None,
        "review_note": None, "published_no": None, "organization_id": None, "author": "u-1", "recorded_at": moment, "published_at": None,
        "version": 1,
    }  # fmt: skip
    names = one_row.columns(table, with_key=False)
    assert set(given) == set(names)
    with db.backend.writers.connect() as connection, connection.begin():
        (made,) = one_row.insert(table, names).rows(connection, given)
        stored = connection.execute(select(table).where(STATUS_UPDATE.id == made.id)).one()
        assert dict(stored._mapping) == given | {"id": made.id}
        one_row.delete(table).rows(connection, {"_key": made.id})
        assert connection.execute(select(table)).all() == []


def test_a_row_that_is_found_twice_is_one_and_its_changes_reach_the_ledger(db: Database) -> None:
    before = db.head()
    with db.write(TESTS) as session:
        session.action = "commitment:change"
        row = find_commitment(session, "HI-O7")
        assert find_commitment(session, "HI-O7") is row
        assert session.scalars(select(COMMITMENT).where(COMMITMENT.ref == "HI-O7")).one() is row
        assert (row.updated_at.tzinfo, row.target_on) == (dt.UTC, None)
        row.label, row.target_on = "label", dt.date(2027, 12, 31)
        assert find_commitment(session, "HI-O7").label == "label"
    with db.read(TESTS) as session:
        (entry,) = session.rows(CHANGE.select().where(CHANGE.c.seq > before.seq))
        assert '"label":"label"' in entry.body
        assert '"target_on":"2027-12-31"' in entry.body
        assert verify(session, REGISTER).fault is None
