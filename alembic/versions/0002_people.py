"""People at work: places signed in, one-time secrets, the throttle of sign-ins, security events; accounts that can be disabled."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
KINDS = (
    "'signed_in', 'sign_in_failed', 'signed_out', 'throttled', 'password_changed', 'reset_given', 'token_made', 'token_first_used', "
    "'token_revoked', 'user_made', 'role_changed', 'disabled', 'enabled', 'write_refused', 'verified', 'backed_up', 'migrated'"
)


def _text(name: str) -> sa.Column:
    return sa.Column(name, TEXT, nullable=False)


def _maybe(name: str) -> sa.Column:
    return sa.Column(name, TEXT, nullable=True)


def _number(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False)


def _check(condition: str, name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(name))


def upgrade() -> None:
    op.add_column("account", _maybe("disabled_at"))
    op.add_column("account", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    text = TEXT.compile(dialect=op.get_bind().dialect)
    # Written out, because a check can only come with its column where the table is not made anew.
    op.execute(
        f"ALTER TABLE token ADD COLUMN name {text} NOT NULL DEFAULT 'token' CONSTRAINT ck_token_name_length CHECK (length(name) BETWEEN 1 AND 300)"
    )
    op.add_column("token", _maybe("last_used_on"))
    op.create_index("ix_token_user_id", "token", ["user_id"])

    op.create_table(
        "sign_in",
        _number("id"),
        _number("user_id"),
        _text("secret_sha256"),
        _text("created_at"),
        _text("seen_at"),
        _maybe("address"),
        _maybe("agent"),
        _check("length(address) BETWEEN 1 AND 64", "ck_sign_in_address_length"),
        _check("length(agent) BETWEEN 1 AND 300", "ck_sign_in_agent_length"),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f("fk_sign_in_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in"),
        sa.UniqueConstraint("secret_sha256", name="uq_sign_in_secret_sha256"),
        sqlite_strict=True,
    )
    op.create_index("ix_sign_in_user_id", "sign_in", ["user_id"])

    op.create_table(
        "one_time_secret",
        _text("purpose"),
        _text("secret_sha256"),
        _text("expires_at"),
        _check("length(purpose) BETWEEN 1 AND 64", "ck_one_time_secret_purpose_length"),
        sa.PrimaryKeyConstraint("purpose", name="pk_one_time_secret"),
        sqlite_strict=True,
    )
    op.create_table(
        "throttle",
        _text("key"),
        _number("failures"),
        _text("since"),
        _number("waits"),
        _maybe("until"),
        _number("consecutive"),
        _text("last_at"),
        _check("length(key) BETWEEN 1 AND 300", "ck_throttle_key_length"),
        sa.PrimaryKeyConstraint("key", name="pk_throttle"),
        sqlite_strict=True,
    )
    op.create_index("ix_throttle_last_at", "throttle", ["last_at"])

    op.create_table(
        "security_event",
        _number("id"),
        _text("at"),
        _text("kind"),
        _maybe("subject"),
        _maybe("actor"),
        _maybe("address"),
        _maybe("request"),
        _maybe("detail"),
        _check(f"kind IN ({KINDS})", "ck_security_event_kind_code"),
        _check("length(address) BETWEEN 1 AND 64", "ck_security_event_address_length"),
        _check("length(detail) BETWEEN 1 AND 300", "ck_security_event_detail_length"),
        _check("length(request) BETWEEN 1 AND 64", "ck_security_event_request_length"),
        sa.PrimaryKeyConstraint("id", name="pk_security_event"),
        sqlite_strict=True,
    )
    op.create_index("ix_security_event_at", "security_event", ["at"])
    op.create_index("ix_security_event_subject", "security_event", ["subject", "kind", "at"])


def downgrade() -> None:
    op.drop_table("security_event")
    op.drop_table("throttle")
    op.drop_table("one_time_secret")
    op.drop_table("sign_in")
    op.drop_index("ix_token_user_id", "token")
    op.drop_column("token", "last_used_on")
    op.drop_column("token", "name")
    op.drop_column("account", "version")
    op.drop_column("account", "disabled_at")
