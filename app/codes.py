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


class TranslationState(enum.StrEnum):
    MISSING = "missing"
    UNCHECKED = "unchecked"
    CURRENT = "current"
    STALE = "stale"


NAME_LENGTH = 300
NOTE_LENGTH = 2_000
TEXT_LENGTH = 20_000
CODE_LENGTH = 64
SYMBOL_LENGTH = 100
URL_LENGTH = 2_000
LIST_LENGTH = 50
HIGHEST_POSITION = 1_000_000
