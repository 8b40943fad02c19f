"""The review queue: updates by state in the order in which they were recorded."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_status_update_state", "status_update", ["state", "recorded_at", "ref"])


def downgrade() -> None:
    op.drop_index("ix_status_update_state", "status_update")
