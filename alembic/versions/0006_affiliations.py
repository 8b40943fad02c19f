"""For which organization somebody wrote when: who moves to another one does not take the history of what he did along."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "affiliation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("since", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f("fk_affiliation_user_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_affiliation_organization_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name="pk_affiliation"),
        sqlite_strict=True,
    )
    op.create_index("ix_affiliation_user_id", "affiliation", ["user_id"])
    # What was before is not known: everybody is taken to have been where he is from the beginning.
    op.execute("INSERT INTO affiliation (user_id, organization_id, since) SELECT id, organization_id, created_at FROM account ORDER BY id")


def downgrade() -> None:
    op.drop_table("affiliation")
