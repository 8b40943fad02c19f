"""Enumerations and lengths: the codes that tables, shapes and rules share. Labels are data (`data/vocabularies.yaml`)."""

import enum


class CommitmentKind(enum.StrEnum):
    PREAMBULAR = "preambular"
    OPERATIVE = "operative"
    CONCLUSION = "conclusion"
    RECOMMENDATION = "recommendation"


class Tracking(enum.StrEnum):
    OPERATIONAL = "operational"
    DECLARATORY = "declaratory"


class Level(enum.StrEnum):
    COMMITMENT = "commitment"
    PART = "part"


class Status(enum.StrEnum):
    NOT_ASSESSED = "not_assessed"
    NOT_STARTED = "not_started"
    UNDER_IMPLEMENTATION = "under_implementation"
    IMPLEMENTED = "implemented"
    CONTINUING = "continuing"
    NOT_IMPLEMENTED = "not_implemented"
    OVERTAKEN_BY_EVENTS = "overtaken_by_events"


class Authority(enum.StrEnum):
    OFFICIAL = "official"
    WORKING = "working"
    EXCERPT = "excerpt"


class Basis(enum.StrEnum):
    EXPLICIT = "explicit"
    INFERRED = "inferred"


class UpdateState(enum.StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    PUBLISHED = "published"


class ActionStatus(enum.StrEnum):
    PROPOSED = "proposed"
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Priority(enum.StrEnum):
    NORMAL = "normal"
    HIGH = "high"


class Contribution(enum.StrEnum):
    IMPLEMENTS = "implements"
    PARTLY_ADDRESSES = "partly_addresses"
    REPORTS_ON = "reports_on"


class EvidenceKind(enum.StrEnum):
    DOCUMENT = "document"
    WEB = "web"
    MEETING = "meeting"


class EventStatus(enum.StrEnum):
    HELD = "held"
    PLANNED = "planned"
    UNKNOWN = "unknown"


class UploadKind(enum.StrEnum):
    NDJSON = "ndjson"
    CSV = "csv"
    XLSX = "xlsx"


class TranslationState(enum.StrEnum):
    MISSING = "missing"
    UNCHECKED = "unchecked"
    CURRENT = "current"
    STALE = "stale"


class SecurityEventKind(enum.StrEnum):
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    THROTTLED = "throttled"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # a code, not a secret
    RESET_GIVEN = "reset_given"
    TOKEN_MADE = "token_made"  # noqa: S105
    TOKEN_FIRST_USED = "token_first_used"  # noqa: S105
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    USER_MADE = "user_made"
    ROLE_CHANGED = "role_changed"
    DISABLED = "disabled"
    ENABLED = "enabled"
    WRITE_REFUSED = "write_refused"
    VERIFIED = "verified"
    BACKED_UP = "backed_up"
    MIGRATED = "migrated"


ADDRESS_LENGTH = 64
NAME_LENGTH = 300
NOTE_LENGTH = 2_000
TEXT_LENGTH = 20_000
CODE_LENGTH = 64
SYMBOL_LENGTH = 100
URL_LENGTH = 2_000
LIST_LENGTH = 50
HIGHEST_POSITION = 1_000_000
HIGHEST_NUMBER = 999_999_999
"""Of an action, of an update, of a publication: what is numbered beyond could neither be asked for nor come in again."""
