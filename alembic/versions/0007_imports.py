"""Uploads that wait to be accepted."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, TEXT, nullable=nullable)


def _length(name: str, most: int) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"length({name}) BETWEEN 1 AND {most}", name=op.f(f"ck_import_draft_{name}_length"))


def upgrade() -> None:
    op.create_table(
        "import_draft",
        _text("code"),
        _text("kind"),
        _text("name", nullable=True),
        _text("sha256"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sheets", sa.LargeBinary(), nullable=True),
        _text("corrigendum", nullable=True),
        sa.Column("replace_working", sa.Integer(), nullable=False),
        _text("reason", nullable=True),
        _text("author"),
        _text("created_at"),
        _text("accepted_at", nullable=True),
        _length("code", 64),
        _length("name", 300),
        _length("corrigendum", 100),
        _length("reason", 300),
        sa.CheckConstraint("kind IN ('ndjson', 'csv', 'xlsx')", name=op.f("ck_import_draft_kind_code")),
        sa.PrimaryKeyConstraint("code", name="pk_import_draft"),
        sqlite_strict=True,
    )
    op.create_index("ix_import_draft_created_at", "import_draft", ["created_at"])


def downgrade() -> None:
    op.drop_table("import_draft")
