"""The introduction to the API reference, for a reader who has never seen the register. No behaviour, no schemas."""

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

### Who you are
Programs send a token, `Authorization: Bearer hnt_…`; pages sign in (`POST /api/v1/session`) and get a cookie. Roles and scopes are
cumulative (reader, contributor, editor, admin; read, draft, publish, admin); a token can do what both its scope and its owner's role allow,
a sign-in all that the role allows. A sign-in ends after 60 minutes without a request, after 12 hours in any case, and at every change of
the password or the role. A request that changes something and carries the cookie must come from a page of this service: `Origin` must name
it (and `Sec-Fetch-Site`, where it is sent, must be `same-origin`), else the answer is 403, also beside a token. Signing in is held to the
same rule. A cookie that is unknown or over is ignored by `GET` and is 401 with everything else; a token that is not good is 401 everywhere,
and where there are both, the token says who asks. Answers about people and accounts are `private, no-store`.

The first administrator is made with a one-time secret, which the service writes to a file on the server where a database has none
(`POST /api/v1/first-administrator`). Administrators make users; a user chooses a password with a code that is good once and for 24 hours.

### Changing a record
A record's `ETag` is `"<version>.<16 hex digits>"`, e.g. `"3.0123456789abcdef"`: the version,
then a hash of the bytes. Send it back whole in `If-Match` with every change; only the version is compared. Without it the answer is 428;
if the record has moved on, it is 412 with the current `ETag`: read again, then repeat your change. `*` is not accepted. A `PATCH` is a JSON
merge patch (RFC 7396): fields left out stay, `null` clears. Texts are trimmed and normalised (NFC) before anything is checked.

### Sending a request again
Whether a `POST` was carried out is not always known: the connection may break before the answer comes. Give every `POST` an
`Idempotency-Key` (1–255 visible ASCII characters, a UUID does well) and send it again under the same key: the effect happens once, and
for 24 hours the answer is that of the first time, byte for byte, with `Idempotency-Replayed: true`, even where its `If-Match` is outdated
by its own effect. A key is yours alone. While the first is running a copy is 409; with another body or address the key is 422. A request
that was refused is not remembered, and keeps its key.

### Errors
Errors are `application/problem+json` (RFC 9457). `type` is stable, e.g. `/problems/conflict`; `errors` names every wrong value at once.
A request is checked in this order: its size, its origin (403), who asks (401), what he may do (403), whether there is such a record (404),
media type and form (415, 400), `Idempotency-Key`, the version (428, 412), values (422), what is stored (409).

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
    "Search": "Words in any text, in either language.",
    "Progress": "The numbers of a report, on any day.",
    "Files": "The register as files, and files that come in.",
    "Reports": "Progress reports in either language or both, to read, print, edit or calculate with.",
    "Reference lists": "Organizations, frameworks, and the codes with their labels in both languages.",
    "Signing in": "Your own account: signing in and out, your password, and the places you are signed in at.",
    "Tokens": "Secrets for programs.",
    "Users": "Who has an account, and with which role; for administrators.",
    "Security events": "What happened around accounts and rights; for administrators.",
    "Ledger": "Everything that ever happened, in order, verifiable.",
}

BEARER = (
    "A token of a user, `Authorization: Bearer …`, made with `POST /api/v1/tokens` or, on the server, with `hainan token create`. "
    "A token that is not good is 401 everywhere, also where no token is needed."
)

COOKIE = (
    "The cookie of a sign-in (`POST /api/v1/session`). Its name is `hainan` where the service is reached by plain http. A request that "
    "changes something must carry the `Origin` of a page of this service beside it."
)
