"""What forms offer to choose from, and the labels of what only those see who are signed in."""

import secrets
from collections.abc import Mapping

from app.errors import N_
from app.i18n import Lang, Text

DESK_LABELS: dict[str, dict[str, str]] = {
    "scopes": {
        "read": N_("Read what you may read"),
        "draft": N_("Draft updates, propose actions"),
        "publish": N_("Publish and edit records"),
        "admin": N_("Everything, accounts too"),
    },
    "import_states": {
        "new": N_("New"),
        "changed": N_("Changed"),
        "conflict": N_("Conflict"),
    },
    "upload_kinds": {
        "ndjson": N_("Record file"),
        "csv": N_("Table (CSV)"),
        "xlsx": N_("Workbook (XLSX)"),
    },
    "entities": {
        "organization": N_("Organization"),
        "framework": N_("Framework"),
        "event": N_("Event"),
        "document": N_("Document"),
        "commitment": N_("Commitment"),
        "action": N_("Action"),
        "status_update": N_("Status update"),
        "confirmation": N_("Confirmation"),
        "link": N_("Link"),
        "equivalence": N_("Equality of both languages"),
    },
    "security_events": {
        "signed_in": N_("Signed in"),
        "sign_in_failed": N_("Sign-in failed"),
        "signed_out": N_("Signed out"),
        "throttled": N_("Made to wait after too many attempts"),
        "password_changed": N_("Password changed"),
        "reset_given": N_("Code for a new password given"),
        "token_made": N_("Token made"),
        "token_first_used": N_("Token used for the first time"),
        "token_revoked": N_("Token revoked"),
        "user_made": N_("Account made"),
        "role_changed": N_("Role changed"),
        "disabled": N_("Account closed"),
        "enabled": N_("Account opened again"),
        "write_refused": N_("Change refused"),
        "verified": N_("Ledger verified"),
        "backed_up": N_("Backup made"),
        "migrated": N_("Database migrated"),
    },
}


def names_of(lang: Lang, names: Mapping[str, Text]) -> list[tuple[str, str, Lang | None]]:
    """Every code with its name, as the choices of a form; where the name is in the other language, that is said."""
    return [(code, *_name_and_language(lang, text, code)) for code, text in names.items()]


def _name_and_language(lang: Lang, text: Text, code: str) -> tuple[str, Lang | None]:
    own = getattr(text, lang)
    if own is not None:
        return own, None
    return next(((side, one) for one in Lang if (side := getattr(text, one)) is not None), (code, None))


def new_key() -> str:
    """What a form carries so that a second click has no second effect."""
    return secrets.token_urlsafe(18)
