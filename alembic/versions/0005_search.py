"""Search: the terms of every text that is searched, and the index that follows them. What is there already gets its terms."""

import sqlalchemy as sa
from alembic import op

from app.db.search_index import create_search_index, drop_search_index, keep_terms
from app.terms import terms_of

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SEARCHED = {
    "commitment": ("text_zh", "text_en"),
    "status_update": ("narrative_zh", "narrative_en"),
    "action": ("title_zh", "title_en", "description_zh", "description_en"),
}
BATCH = 1000


def upgrade() -> None:
    for owner, columns in SEARCHED.items():
        name = f"{owner}_terms"
        table = op.create_table(
            name,
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("terms", TEXT, nullable=False),
            sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
            sa.ForeignKeyConstraint(["id"], [f"{owner}.id"], name=op.f(f"fk_{name}_id"), ondelete="RESTRICT"),
            sqlite_strict=True,
        )
        create_search_index(op.get_bind(), name)
        _fill(op.get_bind(), table, owner, columns)


def _fill(connection: sa.Connection, table: sa.Table, owner: str, columns: tuple[str, ...]) -> None:
    source = sa.table(owner, sa.column("id"), *(sa.column(name) for name in columns))
    page = sa.select(source).where(source.c.id > sa.bindparam("after")).order_by(source.c.id).limit(BATCH)
    last = 0
    while rows := connection.execute(page, {"after": last}).all():
        keep_terms(connection, table, ((identity, terms_of(texts)) for identity, *texts in rows))
        last = rows[-1][0]


def downgrade() -> None:
    for owner in SEARCHED:
        drop_search_index(op.get_bind(), f"{owner}_terms")
        op.drop_table(f"{owner}_terms")
