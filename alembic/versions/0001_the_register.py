"""The register: documents, commitments, updates, actions, people, and the ledger with the triggers that protect it."""

import sqlalchemy as sa
from alembic import op

from app.db.triggers import create_ledger_triggers, drop_ledger_function

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str) -> sa.Column:
    return sa.Column(name, TEXT, nullable=False)


def _maybe(name: str) -> sa.Column:
    return sa.Column(name, TEXT, nullable=True)


def _number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _check(condition: str, name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(name))


def _points(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("tx", BIG, nullable=False),
        _text("at"),
        _text("actor"),
        _text("action"),
        _text("entity"),
        _text("ref"),
        _text("body"),
        _text("body_sha256"),
        _text("prev_hash"),
        _text("hash"),
        sa.PrimaryKeyConstraint("seq", name="pk_change"),
        sa.UniqueConstraint("hash", name="uq_change_hash"),
        sa.UniqueConstraint("prev_hash", name="uq_change_prev_hash"),
        sqlite_strict=True,
    )
    op.create_index("ix_change_at", "change", ["at"])
    op.create_index("ix_change_entity_ref", "change", ["entity", "ref", "seq"])

    op.create_table(
        "commitment_tally",
        _text("kind"),
        _text("tracking"),
        _text("level"),
        _text("status"),
        _number("n"),
        sa.PrimaryKeyConstraint("kind", "tracking", "level", "status", name="pk_commitment_tally"),
        sqlite_strict=True,
    )
    op.create_table(
        "equivalence",
        _number("id"),
        _text("entity"),
        _text("ref"),
        _text("field"),
        _text("zh_sha256"),
        _text("en_sha256"),
        _text("author"),
        _text("recorded_at"),
        sa.PrimaryKeyConstraint("id", name="pk_equivalence"),
        sa.UniqueConstraint("entity", "ref", "field", name="uq_equivalence_entity_ref_field"),
        sqlite_strict=True,
    )
    op.create_table(
        "event",
        _number("id"),
        _text("code"),
        _text("series"),
        _number("ordinal"),
        _maybe("name_zh"),
        _maybe("name_en"),
        _maybe("place_zh"),
        _maybe("place_en"),
        _maybe("starts_on"),
        _maybe("ends_on"),
        _maybe("report"),
        _text("status"),
        _number("version"),
        _check("status IN ('held', 'planned', 'unknown')", "ck_event_status_code"),
        _check("ends_on >= starts_on", "ck_event_dates_in_order"),
        _check("length(code) BETWEEN 1 AND 64", "ck_event_code_length"),
        _check("length(name_en) BETWEEN 1 AND 300", "ck_event_name_en_length"),
        _check("length(name_zh) BETWEEN 1 AND 300", "ck_event_name_zh_length"),
        _check("length(place_en) BETWEEN 1 AND 300", "ck_event_place_en_length"),
        _check("length(place_zh) BETWEEN 1 AND 300", "ck_event_place_zh_length"),
        _check("length(report) BETWEEN 1 AND 100", "ck_event_report_length"),
        _check("length(series) BETWEEN 1 AND 64", "ck_event_series_length"),
        _check("ordinal BETWEEN 1 AND 10000", "ck_event_ordinal_range"),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sa.UniqueConstraint("code", name="uq_event_code"),
        sa.UniqueConstraint("series", "ordinal", name="uq_event_series_ordinal"),
        sqlite_strict=True,
    )
    op.create_table(
        "framework",
        _number("id"),
        _text("code"),
        _maybe("title_zh"),
        _maybe("title_en"),
        _maybe("symbol"),
        _text("items"),
        _number("version"),
        _check("length(code) BETWEEN 1 AND 64", "ck_framework_code_length"),
        _check("length(symbol) BETWEEN 1 AND 100", "ck_framework_symbol_length"),
        _check("length(title_en) BETWEEN 1 AND 300", "ck_framework_title_en_length"),
        _check("length(title_zh) BETWEEN 1 AND 300", "ck_framework_title_zh_length"),
        sa.PrimaryKeyConstraint("id", name="pk_framework"),
        sa.UniqueConstraint("code", name="uq_framework_code"),
        sqlite_strict=True,
    )
    op.create_table(
        "organization",
        _number("id"),
        _text("code"),
        _maybe("name_zh"),
        _maybe("name_en"),
        _maybe("acronym"),
        _text("kind"),
        _number("version"),
        _check("length(acronym) BETWEEN 1 AND 300", "ck_organization_acronym_length"),
        _check("length(code) BETWEEN 1 AND 64", "ck_organization_code_length"),
        _check("length(kind) BETWEEN 1 AND 64", "ck_organization_kind_length"),
        _check("length(name_en) BETWEEN 1 AND 300", "ck_organization_name_en_length"),
        _check("length(name_zh) BETWEEN 1 AND 300", "ck_organization_name_zh_length"),
        sa.PrimaryKeyConstraint("id", name="pk_organization"),
        sa.UniqueConstraint("code", name="uq_organization_code"),
        sqlite_strict=True,
    )
    op.create_table(
        "account",
        _number("id"),
        _text("actor_id"),
        _text("name"),
        _text("name_key"),
        _text("role"),
        _number("organization_id", nullable=True),
        _text("password_hash"),
        _text("created_at"),
        _check("role IN ('reader', 'contributor', 'editor', 'admin')", "ck_account_role_code"),
        _check("length(name) BETWEEN 1 AND 300", "ck_account_name_length"),
        _points("account", "organization_id", "organization"),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("actor_id", name="uq_account_actor_id"),
        sa.UniqueConstraint("name_key", name="uq_account_name_key"),
        sqlite_strict=True,
    )
    op.create_table(
        "action",
        _number("id"),
        _text("ref"),
        _number("number"),
        _maybe("title_zh"),
        _maybe("title_en"),
        _maybe("description_zh"),
        _maybe("description_en"),
        _number("event_id", nullable=True),
        _number("owner_id", nullable=True),
        _maybe("due_on"),
        _text("status"),
        _text("priority"),
        _number("progress"),
        _text("milestones"),
        _text("notes"),
        _text("evidence"),
        _number("organization_id", nullable=True),
        _text("author"),
        _number("version"),
        _text("updated_at"),
        _check("priority IN ('normal', 'high')", "ck_action_priority_code"),
        _check("status IN ('proposed', 'planned', 'in_progress', 'completed', 'cancelled')", "ck_action_status_code"),
        _check("length(description_en) BETWEEN 1 AND 20000", "ck_action_description_en_length"),
        _check("length(description_zh) BETWEEN 1 AND 20000", "ck_action_description_zh_length"),
        _check("length(ref) BETWEEN 1 AND 64", "ck_action_ref_length"),
        _check("length(title_en) BETWEEN 1 AND 300", "ck_action_title_en_length"),
        _check("length(title_zh) BETWEEN 1 AND 300", "ck_action_title_zh_length"),
        _check("progress BETWEEN 0 AND 100", "ck_action_progress_range"),
        _check("title_zh IS NOT NULL OR title_en IS NOT NULL", "ck_action_title_present"),
        _points("action", "event_id", "event"),
        _points("action", "organization_id", "organization"),
        _points("action", "owner_id", "organization"),
        sa.PrimaryKeyConstraint("id", name="pk_action"),
        sa.UniqueConstraint("number", name="uq_action_number"),
        sa.UniqueConstraint("ref", name="uq_action_ref"),
        sqlite_strict=True,
    )
    op.create_index("ix_action_event_id", "action", ["event_id"])
    op.create_index("ix_action_owner_id", "action", ["owner_id"])

    op.create_table(
        "document",
        _number("id"),
        _text("symbol"),
        _text("slug"),
        _maybe("title_zh"),
        _maybe("title_en"),
        _text("authority_zh"),
        _text("authority_en"),
        _maybe("body_zh"),
        _maybe("body_en"),
        _maybe("adopted_on"),
        _number("event_id", nullable=True),
        _text("references"),
        _number("version"),
        _check("authority_en IN ('official', 'working', 'excerpt')", "ck_document_authority_en_code"),
        _check("authority_zh IN ('official', 'working', 'excerpt')", "ck_document_authority_zh_code"),
        _check("length(body_en) BETWEEN 1 AND 300", "ck_document_body_en_length"),
        _check("length(body_zh) BETWEEN 1 AND 300", "ck_document_body_zh_length"),
        _check("length(slug) BETWEEN 1 AND 100", "ck_document_slug_length"),
        _check("length(symbol) BETWEEN 1 AND 100", "ck_document_symbol_length"),
        _check("length(title_en) BETWEEN 1 AND 300", "ck_document_title_en_length"),
        _check("length(title_zh) BETWEEN 1 AND 300", "ck_document_title_zh_length"),
        _points("document", "event_id", "event"),
        sa.PrimaryKeyConstraint("id", name="pk_document"),
        sa.UniqueConstraint("slug", name="uq_document_slug"),
        sa.UniqueConstraint("symbol", name="uq_document_symbol"),
        sqlite_strict=True,
    )
    op.create_table(
        "event_organizer",
        _number("id"),
        _number("event_id"),
        _number("position"),
        _number("organization_id"),
        _points("event_organizer", "event_id", "event"),
        _points("event_organizer", "organization_id", "organization"),
        sa.PrimaryKeyConstraint("id", name="pk_event_organizer"),
        sa.UniqueConstraint("event_id", "organization_id", name="uq_event_organizer_event_id_organization_id"),
        sqlite_strict=True,
    )
    op.create_table(
        "action_partner",
        _number("id"),
        _number("action_id"),
        _number("position"),
        _number("organization_id"),
        _points("action_partner", "action_id", "action"),
        _points("action_partner", "organization_id", "organization"),
        sa.PrimaryKeyConstraint("id", name="pk_action_partner"),
        sa.UniqueConstraint("action_id", "organization_id", name="uq_action_partner_action_id_organization_id"),
        sqlite_strict=True,
    )
    op.create_table(
        "commitment",
        _number("id"),
        _text("ref"),
        _text("ref_key"),
        _number("document_id"),
        _number("parent_id", nullable=True),
        _text("kind"),
        _text("tracking"),
        _number("position"),
        _maybe("label"),
        _maybe("citation_zh"),
        _maybe("citation_en"),
        _maybe("lead_verb_zh"),
        _maybe("lead_verb_en"),
        _maybe("text_zh"),
        _maybe("text_en"),
        _text("authority_zh"),
        _text("authority_en"),
        _maybe("target_on"),
        _number("version"),
        _text("updated_at"),
        _text("order_key"),
        _text("status"),
        _maybe("status_effective_on"),
        _maybe("last_confirmed_on"),
        _maybe("review_from_on"),
        _number("action_count"),
        _number("part_count"),
        _text("translation"),
        _text("card"),
        _check("authority_en IN ('official', 'working', 'excerpt')", "ck_commitment_authority_en_code"),
        _check("authority_zh IN ('official', 'working', 'excerpt')", "ck_commitment_authority_zh_code"),
        _check("kind IN ('preambular', 'operative', 'conclusion', 'recommendation')", "ck_commitment_kind_code"),
        _check(
            "status IN ('not_assessed', 'not_started', 'under_implementation', 'implemented', 'continuing', 'not_implemented', 'overtaken_by_events')",
            "ck_commitment_status_code",
        ),
        _check("tracking IN ('operational', 'declaratory')", "ck_commitment_tracking_code"),
        _check("translation IN ('missing', 'unchecked', 'current', 'stale')", "ck_commitment_translation_code"),
        _check("length(citation_en) BETWEEN 1 AND 300", "ck_commitment_citation_en_length"),
        _check("length(citation_zh) BETWEEN 1 AND 300", "ck_commitment_citation_zh_length"),
        _check("length(label) BETWEEN 1 AND 300", "ck_commitment_label_length"),
        _check("length(lead_verb_en) BETWEEN 1 AND 300", "ck_commitment_lead_verb_en_length"),
        _check("length(lead_verb_zh) BETWEEN 1 AND 300", "ck_commitment_lead_verb_zh_length"),
        _check("length(ref) BETWEEN 1 AND 48", "ck_commitment_ref_length"),
        _check("length(text_en) BETWEEN 1 AND 20000", "ck_commitment_text_en_length"),
        _check("length(text_zh) BETWEEN 1 AND 20000", "ck_commitment_text_zh_length"),
        _check("position BETWEEN 1 AND 1000000", "ck_commitment_position_range"),
        _check("text_zh IS NOT NULL OR text_en IS NOT NULL", "ck_commitment_text_present"),
        _points("commitment", "document_id", "document"),
        _points("commitment", "parent_id", "commitment"),
        sa.PrimaryKeyConstraint("id", name="pk_commitment"),
        sa.UniqueConstraint("order_key", name="uq_commitment_order_key"),
        sa.UniqueConstraint("ref", name="uq_commitment_ref"),
        sa.UniqueConstraint("ref_key", name="uq_commitment_ref_key"),
        sqlite_strict=True,
    )
    op.create_index("ix_commitment_document", "commitment", ["document_id", "order_key"])
    op.create_index("ix_commitment_kind", "commitment", ["kind", "order_key"])
    op.create_index("ix_commitment_parent_id", "commitment", ["parent_id"])
    op.create_index("ix_commitment_review_from_on", "commitment", ["review_from_on"])
    op.create_index("ix_commitment_status_kind", "commitment", ["status", "kind", "order_key"])
    op.create_index("ix_commitment_updated", "commitment", ["updated_at", "ref"])

    op.create_table(
        "token",
        _number("id"),
        _number("user_id"),
        _text("secret_sha256"),
        _text("scope"),
        _text("created_at"),
        _text("expires_at"),
        _check("scope IN ('read', 'draft', 'publish', 'admin')", "ck_token_scope_code"),
        _points("token", "user_id", "account"),
        sa.PrimaryKeyConstraint("id", name="pk_token"),
        sa.UniqueConstraint("secret_sha256", name="uq_token_secret_sha256"),
        sqlite_strict=True,
    )
    op.create_table(
        "commitment_addressee",
        _number("id"),
        _number("commitment_id"),
        _number("position"),
        _number("organization_id"),
        _text("basis"),
        _check("basis IN ('explicit', 'inferred')", "ck_commitment_addressee_basis_code"),
        _points("commitment_addressee", "commitment_id", "commitment"),
        _points("commitment_addressee", "organization_id", "organization"),
        sa.PrimaryKeyConstraint("id", name="pk_commitment_addressee"),
        sa.UniqueConstraint("commitment_id", "organization_id", name="uq_commitment_addressee_commitment_id_organization_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_commitment_addressee_organization_id", "commitment_addressee", ["organization_id"])

    op.create_table(
        "commitment_responsible",
        _number("id"),
        _number("commitment_id"),
        _number("position"),
        _number("organization_id"),
        _points("commitment_responsible", "commitment_id", "commitment"),
        _points("commitment_responsible", "organization_id", "organization"),
        sa.PrimaryKeyConstraint("id", name="pk_commitment_responsible"),
        sa.UniqueConstraint("commitment_id", "organization_id", name="uq_commitment_responsible_commitment_id_organization_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_commitment_responsible_organization_id", "commitment_responsible", ["organization_id"])

    op.create_table(
        "commitment_tag",
        _number("id"),
        _number("commitment_id"),
        _number("position"),
        _number("framework_id"),
        _text("code"),
        _text("basis"),
        _check("basis IN ('explicit', 'inferred')", "ck_commitment_tag_basis_code"),
        _check("length(code) BETWEEN 1 AND 64", "ck_commitment_tag_code_length"),
        _points("commitment_tag", "commitment_id", "commitment"),
        _points("commitment_tag", "framework_id", "framework"),
        sa.PrimaryKeyConstraint("id", name="pk_commitment_tag"),
        sa.UniqueConstraint("commitment_id", "framework_id", "code", name="uq_commitment_tag_commitment_id_framework_id_code"),
        sqlite_strict=True,
    )
    op.create_index("ix_commitment_tag_place", "commitment_tag", ["framework_id", "code"])

    op.create_table(
        "confirmation",
        _number("id"),
        _number("commitment_id"),
        _text("confirmed_on"),
        _maybe("note_zh"),
        _maybe("note_en"),
        _number("organization_id", nullable=True),
        _text("author"),
        _text("recorded_at"),
        _check("length(note_en) BETWEEN 1 AND 2000", "ck_confirmation_note_en_length"),
        _check("length(note_zh) BETWEEN 1 AND 2000", "ck_confirmation_note_zh_length"),
        _points("confirmation", "commitment_id", "commitment"),
        _points("confirmation", "organization_id", "organization"),
        sa.PrimaryKeyConstraint("id", name="pk_confirmation"),
        sa.UniqueConstraint("commitment_id", "confirmed_on", name="uq_confirmation_commitment_id_confirmed_on"),
        sqlite_strict=True,
    )
    op.create_table(
        "link",
        _number("id"),
        _number("action_id"),
        _number("commitment_id"),
        _text("contribution"),
        _maybe("note_zh"),
        _maybe("note_en"),
        _check("contribution IN ('implements', 'partly_addresses', 'reports_on')", "ck_link_contribution_code"),
        _check("length(note_en) BETWEEN 1 AND 2000", "ck_link_note_en_length"),
        _check("length(note_zh) BETWEEN 1 AND 2000", "ck_link_note_zh_length"),
        _points("link", "action_id", "action"),
        _points("link", "commitment_id", "commitment"),
        sa.PrimaryKeyConstraint("id", name="pk_link"),
        sa.UniqueConstraint("action_id", "commitment_id", name="uq_link_action_id_commitment_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_link_commitment_id", "link", ["commitment_id"])

    op.create_table(
        "status_update",
        _number("id"),
        _text("ref"),
        _number("commitment_id"),
        _number("number"),
        _text("status"),
        _text("effective_on"),
        _maybe("narrative_zh"),
        _maybe("narrative_en"),
        _text("evidence"),
        _text("state"),
        _number("corrects_id", nullable=True),
        _maybe("review_note"),
        _number("published_no", nullable=True),
        _number("organization_id", nullable=True),
        _text("author"),
        _text("recorded_at"),
        _maybe("published_at"),
        _number("version"),
        _check("(state = 'published') = (published_no IS NOT NULL)", "ck_status_update_published_numbered"),
        _check("state IN ('draft', 'submitted', 'returned', 'published')", "ck_status_update_state_code"),
        _check(
            "status IN ('not_assessed', 'not_started', 'under_implementation', 'implemented', 'continuing', 'not_implemented', 'overtaken_by_events')",
            "ck_status_update_status_code",
        ),
        _check("length(narrative_en) BETWEEN 1 AND 20000", "ck_status_update_narrative_en_length"),
        _check("length(narrative_zh) BETWEEN 1 AND 20000", "ck_status_update_narrative_zh_length"),
        _check("length(ref) BETWEEN 1 AND 64", "ck_status_update_ref_length"),
        _check("length(review_note) BETWEEN 1 AND 2000", "ck_status_update_review_note_length"),
        _points("status_update", "commitment_id", "commitment"),
        _points("status_update", "corrects_id", "status_update"),
        _points("status_update", "organization_id", "organization"),
        sa.PrimaryKeyConstraint("id", name="pk_status_update"),
        sa.UniqueConstraint("commitment_id", "number", name="uq_status_update_commitment_id_number"),
        sa.UniqueConstraint("commitment_id", "published_no", name="uq_status_update_commitment_id_published_no"),
        sa.UniqueConstraint("ref", name="uq_status_update_ref"),
        sqlite_strict=True,
    )
    op.create_index("ix_status_update_corrects_id", "status_update", ["corrects_id"])
    op.create_index("ix_status_update_current", "status_update", ["commitment_id", "effective_on", "published_no"])
    create_ledger_triggers(op.get_bind())


def downgrade() -> None:

    op.drop_table("status_update")

    op.drop_table("link")
    op.drop_table("confirmation")

    op.drop_table("commitment_tag")

    op.drop_table("commitment_responsible")

    op.drop_table("commitment_addressee")
    op.drop_table("token")

    op.drop_table("commitment")
    op.drop_table("action_partner")
    op.drop_table("event_organizer")
    op.drop_table("document")

    op.drop_table("action")
    op.drop_table("account")
    op.drop_table("organization")
    op.drop_table("framework")
    op.drop_table("event")
    op.drop_table("equivalence")
    op.drop_table("commitment_tally")

    op.drop_table("change")
    drop_ledger_function(op.get_bind())
