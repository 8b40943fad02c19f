"""Idempotency keys: the answers to POSTs that may be sent again."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _text(name: str) -> sa.Column:
    return sa.Column(name, TEXT, nullable=False)


def _maybe(name: str) -> sa.Column:
    return sa.Column(name, TEXT, nullable=True)


def _number(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "idempotency_key",
        _text("actor"),
        _text("key"),
        _text("method"),
        _text("path"),
        _text("body_sha256"),
        _number("rank"),
        _maybe("organization"),
        _number("status"),
        _text("headers"),
        _maybe("answer"),
        _text("at"),
        sa.CheckConstraint("length(key) BETWEEN 1 AND 255", name=op.f("ck_idempotency_key_key_length")),
        sa.CheckConstraint("rank BETWEEN 0 AND 3", name=op.f("ck_idempotency_key_rank_range")),
        sa.PrimaryKeyConstraint("actor", "key", name="pk_idempotency_key"),
        sqlite_strict=True,
    )
    op.create_index("ix_idempotency_key_at", "idempotency_key", ["at"])


def downgrade() -> None:
    op.drop_table("idempotency_key")
