"""The words of the API reference, for a reader who has never seen the register. No behaviour, no schemas."""

INTRODUCTION = """\
The register of the commitments in United Nations documents, with their wording in Chinese and English, what has been done about them, and
who said so when.

**Reading needs no account.** Every list and record below can be read by anybody. `HEAD` works wherever `GET` does. A method that an address
does not take is answered with 405 and `Allow`; every answer carries `X-Request-Id`, which helps when you report a fault.

### The nouns
- A **document** is a source, such as the report A/AC.105/1294, with its official wording.
- A **commitment** is one unit of a document that can be followed by itself: a paragraph, or one conclusion. It has a `ref` (HI-O7) that
  never changes. `tracking` says how it is followed: *operational* ones ask somebody to act and count in implementation rates; *declaratory*
  ones state a position, are reported, and count in no rate.
- A **part** is a passage of a commitment that asks for something of its own (HI-O7b is part of HI-O7). Its wording stands word for word in
  the commitment's. A part is a commitment with `level` *part* and a `parent`; it has its own status.
- A **status update** says how things stand from a day on (`effective_on`), with a narrative and evidence. Drafts are seen by their authors
  and by editors; published updates are never changed or removed, only corrected by a later one. The status of a commitment is that of the
  published, uncorrected update with the latest `effective_on`. A **confirmation** says “still true on this day” without changing anything.
- An **action** is what somebody undertakes afterwards, often for an **event** (a workshop of a series). It is **linked** to the commitments
  it serves. An action that a focal point has *proposed* is public only once an editor accepts it. The **coverage** of an event sets its
  actions against the commitments and names what is left over on both sides.
- A **framework** is a list that commitments are tagged with, such as the Sustainable Development Goals (`sdg`).

### Two languages
A text is always an object `{"zh": "…", "en": "…"}`. A language nobody has written is `null` and is never filled from the other.
`Accept-Language` (zh or en) chooses the language of error messages only; data is the same for everybody.

### Two times
`as_of=2025-06-30` asks how things **stood on a day**, by everything known now: an update recorded later counts if its `effective_on` is
earlier. `as_recorded=117` or `as_recorded=2025-06-30T12:00:00Z` asks what **the register said** at a revision or moment, mistakes included.
Both may be given together.

### Lists
A list is `{"items": […], "total": n, "next": "cursor" | null}`. To read on, repeat the request with `cursor` set to `next`, or follow the
`Link` header with `rel="next"`. A cursor belongs to its filter and order; elsewhere it is 400. A blank parameter counts as absent, an
unknown one is 400. Repeated values of one filter mean “or”, different filters mean “and”.

### Changing a record
Send a bearer token. Roles and scopes are cumulative (reader, contributor, editor, admin; read, draft, publish, admin); a token can do what
both its scope and its owner's role allow. A record's `ETag` is `"<version>.<16 hex digits>"`, e.g. `"3.0123456789abcdef"`: the version,
then a hash of the bytes. Send it back whole in `If-Match` with every change; only the version is compared. Without it the answer is 428;
if the record has moved on, it is 412 with the current `ETag`: read again, then repeat your change. `*` is not accepted. A `PATCH` is a JSON
merge patch (RFC 7396): fields left out stay, `null` clears. Texts are trimmed and normalised (NFC) before anything is checked.

### Errors
Errors are `application/problem+json` (RFC 9457). `type` is stable, e.g. `/problems/conflict`; `errors` names every wrong value at once.
A request is checked in this order: its size, the token (401), what it may do (403), whether there is such a record (404), media type and
form (415, 400), the version (428, 412), values (422), what is stored (409).

### The ledger
Every change is an entry of an append-only, hash-chained ledger, which `GET /api/v1/changes` gives as a feed without gaps; read on with
`after` set to the last `seq`. All entries can be verified by anybody, also those whose body is not public:

- `body_sha256` is the hex SHA-256 of the RFC 8785 form of `{"v": 1, "record": …, "reason": …, "salt": …}`, the last three from `body`.
- `hash` is the hex SHA-256 of the bytes `hainan-ledger-v1` and a zero byte, followed by the RFC 8785 form of the object with the members
  `seq`, `tx`, `at`, `actor`, `action`, `entity`, `ref`, `body_sha256` and `prev_hash`.
- `prev_hash` is the `hash` of the entry before, 64 zeros for the first.
"""

TAGS = {
    "Commitments": "The units of documents that are followed, and their parts.",
    "Status": "Status updates and confirmations: how things stand, and who said so on what evidence.",
    "Actions": "What somebody undertakes, and which commitments it serves.",
    "Documents": "The sources.",
    "Events": "The workshops of a series, and what their actions cover.",
    "Reference lists": "Organizations, frameworks, and the codes with their labels in both languages.",
    "Ledger": "Everything that ever happened, in order, verifiable.",
}

BEARER = (
    "A token of a user, `Authorization: Bearer …`. An administrator makes it on the server with `hainan token`. "
    "A token that is not good is 401 everywhere, also where no token is needed."
)

CODES = {
    "CommitmentKind": {
        "preambular": "a paragraph of the preamble",
        "operative": "an operative paragraph",
        "conclusion": "a conclusion of a report",
        "recommendation": "a recommendation of a report",
    },
    "Tracking": {
        "operational": "asks somebody to act; counts in implementation rates",
        "declaratory": "states a position; reported, but in no rate and never an orphan",
    },
    "Level": {"commitment": "a whole unit of the document", "part": "a passage of one, with its own status"},
    "Status": {
        "not_assessed": "nobody has said anything yet; every commitment starts here",
        "not_started": "nothing has been done",
        "under_implementation": "work has begun",
        "implemented": "done; needs evidence",
        "continuing": "a standing commitment that is being upheld",
        "not_implemented": "closed without being done; needs a narrative",
        "overtaken_by_events": "no longer applies; needs a narrative",
    },
    "Authority": {
        "official": "wording of a United Nations text; read-only",
        "working": "an unofficial translation",
        "excerpt": "a part's passage out of official wording",
    },
    "Basis": {"explicit": "the text names it", "inferred": "an editor concluded it"},
    "UpdateState": {
        "draft": "being written",
        "submitted": "waiting for an editor",
        "returned": "sent back with a review note",
        "published": "public and final",
    },
    "NewState": {"draft": "keep it", "submitted": "hand it to an editor", "published": "publish at once (scope publish)"},
    "ActionStatus": {
        "proposed": "by a focal point, not public yet",
        "planned": "accepted",
        "in_progress": "begun",
        "completed": "done",
        "cancelled": "given up",
    },
    "Priority": {"normal": "as all others", "high": "before others"},
    "Contribution": {
        "implements": "carries it out",
        "partly_addresses": "carries out some of it",
        "reports_on": "tells how it stands",
    },
    "EvidenceKind": {
        "document": "a document; needs `symbol`",
        "web": "a page; needs `url`",
        "meeting": "a meeting; needs `title`",
    },
    "EventStatus": {"held": "has taken place", "planned": "has a date", "unknown": "is expected; nothing is fixed"},
    "TranslationState": {
        "missing": "one language is absent",
        "unchecked": "both are there; nobody has compared them",
        "current": "somebody confirmed that both say the same",
        "stale": "confirmed once, but a text has changed since",
    },
    "Sort": {
        "position": "document order, a part directly after its commitment",
        "ref": "by ref",
        "updated_at": "least recently changed first",
        "-updated_at": "most recently changed first; what changes while you page may reappear",
    },
    "ActionSort": {
        "ref": "by number",
        "updated_at": "least recently changed first",
        "-updated_at": "most recently changed first; what changes while you page may reappear",
    },
}
"""What each code of an enumeration means, by the name of the enumeration."""

SHAPES = {
    "Action": "What somebody undertakes, and which commitments it serves.",
    "ActionNote": "A dated note on an action.",
    "Milestone": "A step of an action.",
    "NewMilestone": "A step of an action; it needs a title in one language at least.",
    "StatusUpdate": "A dated statement of how a commitment stands.",
    "Confirmation": "“Still true on this day.”",
    "CoverageAction": "A column of the coverage.",
    "CoverageRow": "A commitment or part with the actions linked to it.",
    "Document": "A source that commitments are units of.",
    "Organization": "A body that documents name, or a group that their clauses address.",
    "Framework": "A list of goals, themes or guidelines that commitments are tagged with.",
    "Vocabularies": "All codes in their order, with labels in both languages.",
    "FieldChange": "One field before and after.",
}
"""What a shape is, where its docstring does not say it."""

FIELDS = {
    "action": "What was done, as `noun:verb`, e.g. status_update:publish.",
    "action_count": "Public actions linked to it or to one of its parts.",
    "actor": "Who did it: an opaque id, the same for all entries of one person; `system:…` is the program itself.",
    "addressees": "Whom it asks, or speaks of.",
    "adopted_on": "The day the document was adopted; no status can be older.",
    "at": "When it was written; later than every earlier transaction.",
    "body_sha256": "Hash of the body; the introduction says how to recompute it.",
    "by_kind": "Number of commitments for each kind.",
    "by_status": "Number of commitments for each status.",
    "by_tracking": "Number of commitments for each way of tracking.",
    "cells": "One for each existing link.",
    "citation": "Where the text stands in the document.",
    "commitment": "The ref of a commitment or part.",
    "confirmed_on": "The day on which the status was found to be still true.",
    "corrected_by": "The published update that replaced this one.",
    "corrects": "The published update of the same commitment that this one replaces.",
    "crosswalk": "How other systems would say our statuses.",
    "cursor": "The `next` of the page before.",
    "document": "The symbol of a document.",
    "due_on": "The day it should be done.",
    "effective_on": "The day from which the status holds; not before the document was adopted and not after today.",
    "entity": "The kind of record.",
    "event": "The id of an event.",
    "evidence": "What the statement rests on.",
    "frameworks": "Places in frameworks it belongs to.",
    "full_title": "The full wording, where the framework has a longer one.",
    "has_actions": "Whether a public action is linked to it or to a part.",
    "hash": "Hash of this entry; the introduction says how to recompute it.",
    "instance": "The path that was asked for.",
    "label": "How the document numbers it; null where it does not.",
    "last_confirmed_on": "The latest day for which an update or a confirmation speaks.",
    "lead_verb": "The words the paragraph opens with, which carry its force.",
    "level": "Whether it is a commitment or a part of one.",
    "loss": "What the other vocabulary cannot tell apart.",
    "map": "Its word for each of our statuses; null where it has none.",
    "milestones": "Steps on the way.",
    "name": "What it is called.",
    "narrative": "What has happened, in words.",
    "needs": "What an update with this status must have: `evidence` or `narrative`.",
    "note": "A remark.",
    "notes": "Dated notes, oldest first.",
    "ordinal": "Its number in the series.",
    "organizers": "Ids of the organizations that hold it.",
    "owner": "The id of the organization that is responsible for it.",
    "paragraph": "Where in the document, e.g. 46.",
    "parent": "The ref of the commitment it is a part of; null for a commitment.",
    "part_count": "How many parts it has.",
    "partners": "Ids of the organizations that take part.",
    "pointer": "Where: a JSON pointer into the body, or `?name` for a parameter.",
    "position": "Place in the document; of a part, its place among the parts.",
    "prev_hash": "The `hash` of the entry before; 64 zeros in the first.",
    "progress": "How far it is, in per cent.",
    "provenance": "Where the mapping comes from.",
    "published_no": "The place of the update in the order of publication; of two with one `effective_on`, the later counts.",
    "reason": "Why the change was made, where somebody said so.",
    "recorded_by": "Who recorded it.",
    "references": "Symbols of the documents it refers to; they need not be in the register.",
    "report": "The symbol of its report.",
    "responsible": "Ids of the organizations that answer for it.",
    "review_due_on": "The day by which somebody should confirm or update the status; null where none is needed.",
    "review_note": "Why an editor sent it back.",
    "review_overdue": "Whether the review was due before today (or before the day of `as_of`).",
    "salt": "Random, so that a body that is not public cannot be guessed from its hash.",
    "seq": "The number of the entry, from 1 without gaps; at the end of a transaction it names a revision.",
    "series": "The id of the series it belongs to.",
    "slug": "The symbol as it stands in addresses: / becomes -, a space _.",
    "sort": "The order of the list.",
    "status_effective_on": "The day from which this status holds; null while it is not assessed.",
    "symbol": "The symbol of a document.",
    "target_on": "The day by which it should be fulfilled, where one was set.",
    "title": "What it is called.",
    "translation": "Whether both languages say the same; of several texts, the worst.",
    "tx": "The transaction: entries with one number were written together.",
    "unlinked": "Whether it is linked to no commitment.",
    "updated_at": "When the record last changed.",
    "updated_since": "Changed at or after a moment with its zone, or a date (midnight UTC).",
    "ActionFields.status": "Left out, a focal point proposes the action and an editor plans it.",
    "ActionFields.title": "Needed in one language at least.",
    "ActionFilter.commitment": "Linked to this commitment or part.",
    "ActionFilter.due_before": "Due before this day.",
    "ActionFilter.event": "For this event.",
    "ActionFilter.overdue": "Due before today and neither completed nor cancelled.",
    "ActionFilter.owner": "Owned by this organization.",
    "ActionFilter.status": "With this status.",
    "ActionLink.ref": "The ref of the commitment or part.",
    "Action.commitments": "What it is linked to, in document order.",
    "Addressee.code": "The id of an organization or group.",
    "AuthorityOf.authority": "The standing of the wording in this language.",
    "Cell.action": "The ref of an action.",
    "Change.body": "The record as it was written; null where it was not public as it stood then.",
    "Change.ref": "The ref, slug or id of the record; of a link, action/commitment.",
    "ChangeBody.record": "The whole record after the change; null where it was removed.",
    "CommitmentDetail.actions": "Public actions linked to it or to its parts.",
    "CommitmentDetail.confirmations": "Newest first.",
    "CommitmentDetail.next": "The ref of the one after it in the document (of a part: the next part).",
    "CommitmentDetail.parts": "Its parts, in their order.",
    "CommitmentDetail.previous": "The ref of the one before it.",
    "CommitmentDetail.status_updates": "Newest first; readers see the published ones.",
    "CommitmentFields.tracking": "Of a part: the tracking of its commitment, nothing else.",
    "CommitmentFilter.addressee": "The id of an organization or group it asks or speaks of.",
    "CommitmentFilter.as_of": "Show status, confirmation and review as they stood on this day, and filter by them.",
    "CommitmentFilter.as_recorded": "Show what the register said at a revision or moment; one `document` must be named.",
    "CommitmentFilter.document": "The symbol of the document, e.g. A/AC.105/1294.",
    "CommitmentFilter.event": "Linked to a public action of this event.",
    "CommitmentFilter.framework": "Tagged with a framework (`lts`) or a place in one (`sdg:17`).",
    "CommitmentFilter.kind": "Of this kind.",
    "CommitmentFilter.level": "Commitments or parts; both without it.",
    "CommitmentFilter.parent": "Parts of this commitment.",
    "CommitmentFilter.responsible": "The id of an organization that answers for it.",
    "CommitmentFilter.status": "With this status.",
    "CommitmentFilter.tracking": "Tracked like this.",
    "Counts.commitments": "Commitments, parts not among them.",
    "Counts.parts": "Parts.",
    "Coverage.actions": "The actions of the event, by number.",
    "Coverage.event": "The id of the event.",
    "Coverage.orphan_actions": "Actions of the event that are linked to nothing.",
    "Coverage.orphan_commitments": "Operational commitments with no link to an action of the event, of their own or of a part.",
    "Coverage.rows": "Commitments and parts in document order.",
    "CoverageFilter.document": "Symbols of the documents to show, in place of those from earlier events of the series.",
    "Crosswalk.name": "The other vocabulary.",
    "DetailQuery.as_of": "Show the standing on this day; later updates are left out.",
    "DetailQuery.as_recorded": "Show what the register said at a revision (a seq) or moment.",
    "Detail.code": "A stable code for the kind of error.",
    "Detail.detail": "The error in words.",
    "Document.body": "The body that adopted it.",
    "Document.counts": "What it holds.",
    "Document.event": "The id of the event it reports on.",
    "Document.languages": "The standing of the wording per language.",
    "Event.id": "Never changes.",
    "Evidence.date": "The day of the document, page or meeting.",
    "Evidence.url": "A web address; it is stored, never fetched.",
    "FeedFilter.after": "Entries with a higher `seq`; 0 for the beginning.",
    "FeedFilter.limit": "How many entries a page has at most.",
    "FieldChange.after": "What it is now; null where it was removed.",
    "FieldChange.before": "What it was; null where there was nothing.",
    "FieldChange.field": "The name of the field; `text.zh` is one side of a text.",
    "Framework.items": "The places in their own order.",
    "HistoryEntry.actor": "Who did it.",
    "HistoryEntry.changes": "What became different.",
    "HistoryEntry.ref": "The ref of the record; of a link, action/commitment.",
    "Item.code": "The place, as it stands after the colon in `sdg:17`.",
    "Languages.en": "The standing of the English.",
    "Languages.zh": "The standing of the Chinese.",
    "NewCommitment.document": "The symbol of its document; a part takes its commitment's.",
    "NewCommitment.kind": "Needed for a commitment; a part takes its commitment's.",
    "NewCommitment.ref": "Unique over all documents, whatever the case of its letters.",
    "NewCommitment.text": "Needed in one language at least; of a part, word for word out of the commitment's.",
    "NewCommitment.tracking": "declaratory if left out; a part takes its commitment's.",
    "NewNote.on": "The day; not after today.",
    "NewNote.text": "Needed in one language at least.",
    "Organization.acronym": "Its usual short form.",
    "Organization.kind": "A code such as un-organ, space-agency or group.",
    "Page.items": "The entries of this page.",
    "Page.next": "The cursor of the following page; null on the last.",
    "Page.total": "How long the whole list was when its first page was read.",
    "Problem.detail": "This occurrence in words.",
    "Problem.errors": "Every wrong value.",
    "Problem.status": "The status code, once more.",
    "Problem.title": "The kind of problem in words.",
    "Problem.type": "The kind of problem; a stable relative address that says more.",
    "Problem.version": "With 412 only: the version that is current now.",
    "Recorder.name": "The person; null for readers.",
    "Recorder.organization": "The id of the organization.",
    "StatusChange.narrative": "Needed for some statuses, and where `implemented` is taken back.",
    "StatusUpdate.ref": "The ref of the commitment, a dot, and a number.",
    "Tag.code": "The place in the framework; ALL is the framework as a whole.",
    "Tag.framework": "The id of the framework.",
    "Term.label": "What it is called.",
    "Term.meaning": "When to use it.",
    "Term.tracking": "Which commitments may take it; null where all may.",
}
"""What a field means where its name does not say it: by `Shape.field`, or by `field` alone for every shape that has one."""

EXAMPLES = {
    "ref": "HI-O7b",
    "commitment": "HI-O7b",
    "parent": "HI-O7",
    "document": "A/AC.105/1294",
    "symbol": "A/AC.105/1294",
    "report": "A/AC.105/1294",
    "label": "7.",
    "position": 24,
    "event": "third-workshop",
    "owner": "unoosa",
    "action": "status_update:publish",
    "entity": "status_update",
    "instance": "/api/v1/commitments/HI-O7b",
    "framework": "sdg",
    "url": "https://www.unoosa.org/",
    "corrects": "HI-O7b.2",
    "Action.ref": "A1",
    "Cell.action": "A1",
    "CoverageAction.ref": "A1",
    "StatusUpdate.ref": "HI-O7b.3",
    "Change.ref": "HI-O7b.3",
    "HistoryEntry.ref": "HI-O7b.3",
    "Addressee.code": "stakeholders",
    "Tag.code": "17",
    "Term.label": {"zh": "已执行", "en": "Implemented"},
    "Item.code": "17",
    "Event.id": "third-workshop",
    "Framework.id": "sdg",
    "Organization.id": "unoosa",
    "Document.slug": "A-AC.105-1294",
    "Problem.type": "/problems/outdated",
    "Detail.pointer": "/text/en",
    "Detail.code": "too_long",
}
"""A value as it may look, by the same keys."""
