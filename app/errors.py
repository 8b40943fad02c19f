"""Everything that can go wrong, as one short tree, with its wording. Raised anywhere, rendered at the doors.

Problem
BadRequest 400            Unreadable, UnknownField, UnknownParameter, BadCursor, BadHost
SignInRequired 401        Forbidden 403       NotFound 404      NotAllowed 405
Conflict 409              Outdated 412        TooLarge 413      AddressTooLong 414
WrongMediaType 415        Invalid 422         TagRequired 428   TooManyAttempts 429   HeadersTooLarge 431
Broken 500                Unavailable 503
SettingsError               a start that cannot succeed; one line for the operator
"""

from typing import Any, ClassVar

import msgspec


def N_(message: str) -> str:
    """Mark a message for the catalogues; it is translated where it is rendered."""
    return message


class SettingsError(Exception):
    """The program cannot start or go on like this; the text is one line for the operator."""


class TookTooLong(Exception):  # not an error to anybody: the same question is asked again where it may take its time
    """A quick read went over its budget."""


class Resumed(Exception):  # not an error to anybody: the form is shown again as it was, and nothing is done
    """A form comes back from a sign-in that had run out."""


class FieldError(msgspec.Struct, frozen=True):
    """One wrong value: a JSON pointer (or `?name` for a query parameter), a code of MESSAGES, and its values."""

    pointer: str
    code: str
    params: dict[str, Any] = {}


class Problem(Exception):
    """An answer that says no. `slug` names the type of problem and never changes."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal-error"
    title: ClassVar[str] = N_("Something went wrong on our side")

    def __init__(self, code: str | None = None, *, errors: tuple[FieldError, ...] = (), **params: Any) -> None:
        super().__init__(code or self.slug)
        self.code = code
        self.errors = errors
        self.params = params
        self.headers: dict[str, str] = {}


class BadRequest(Problem):
    status, slug, title = 400, "bad-request", N_("The request cannot be read")


class SignInRequired(Problem):
    status, slug, title = 401, "sign-in-required", N_("Sign in, or send a valid token")

    def __init__(self, code: str | None = None, **params: Any) -> None:
        super().__init__(code, **params)
        self.headers["WWW-Authenticate"] = 'Bearer realm="hainan"'


class Forbidden(Problem):
    status, slug, title = 403, "forbidden", N_("Your role or token does not allow this")


class NotFound(Problem):
    status, slug, title = 404, "not-found", N_("There is nothing at this address")


class NotAllowed(Problem):
    status, slug, title = 405, "method-not-allowed", N_("This address does not take that method")


class Conflict(Problem):
    status, slug, title = 409, "conflict", N_("This contradicts what is stored")


class Outdated(Problem):
    status, slug, title = 412, "outdated", N_("The record has changed since you read it")


class TooLarge(Problem):
    status, slug, title = 413, "too-large", N_("The request is too large")


class AddressTooLong(Problem):
    status, slug, title = 414, "address-too-long", N_("The address is too long")


class WrongMediaType(Problem):
    status, slug, title = 415, "wrong-media-type", N_("The body has a media type that is not accepted here")


class Invalid(Problem):
    status, slug, title = 422, "invalid", N_("Some values are not acceptable")


class TagRequired(Problem):
    status, slug, title = 428, "tag-required", N_("Say which version you are changing")


class TooManyAttempts(Problem):
    """`seconds` is how long to wait."""

    status, slug, title = 429, "too-many-attempts", N_("There were too many attempts to sign in")

    def __init__(self, code: str = "wait", *, seconds: int = 30) -> None:
        super().__init__(code, seconds=seconds)
        self.headers["Retry-After"] = str(seconds)


class HeadersTooLarge(Problem):
    status, slug, title = 431, "headers-too-large", N_("The header fields are too large")


class Broken(Problem):
    pass


class Unavailable(Problem):
    status, slug, title = 503, "unavailable", N_("The service is busy or its database is away; try again shortly")

    def __init__(self, code: str | None = None, **params: Any) -> None:
        super().__init__(code, **params)
        self.headers["Retry-After"] = "5"


class TimedOut(Problem):
    status, slug, title = 408, "timed-out", N_("The request did not arrive in time")


def invalid(pointer: str, code: str, **params: Any) -> Invalid:
    """An Invalid with one error."""
    return Invalid(errors=(FieldError(pointer, code, params),))


def unreadable(pointer: str, code: str, **params: Any) -> BadRequest:
    """A BadRequest with one error."""
    return BadRequest(errors=(FieldError(pointer, code, params),))


MESSAGES: dict[str, str] = {
    # the request as a whole
    "not_utf8": N_("The body is not valid UTF-8."),
    "address_not_utf8": N_("The address is not percent-encoded UTF-8."),
    "form_broken": N_("The form did not arrive whole, or is none of ours; send it again."),
    "not_json": N_("The body is not valid JSON."),
    "duplicate_key": N_("The field “{name}” is given twice."),
    "too_deep": N_("The body is nested more than {limit} levels deep."),
    "unknown_field": N_("There is no field of this name here."),
    "unknown_parameter": N_("There is no parameter of this name here."),
    "repeated_parameter": N_("This parameter can be given once only."),
    "too_many_values": N_("At most {limit} values can be given."),
    "bad_cursor": N_("This cursor does not belong to this list and filter."),
    "bad_host": N_("This service does not answer to that host name."),
    "body_limit": N_("The body may have at most {limit} bytes."),
    "address_limit": N_("The address may have at most {limit} bytes."),
    "header_limit": N_("The header fields may have at most {limit} bytes together."),
    "media_type": N_("Send the body as {expected}."),
    "bad_key": N_("Idempotency-Key takes 1 to 255 visible ASCII characters, once."),
    "key_running": N_("A request with this Idempotency-Key is still running; wait a moment, then repeat it."),
    "key_reused": N_("This Idempotency-Key was used for another request; take a new key for a new request."),
    "form_sent": N_("This form was sent before, with other content; what it did then stands. Send it again if you want this as well."),
    "answer_not_kept": N_("This request was carried out; its answer held a secret, which is shown once only."),
    "tag_missing": N_("Send If-Match with the ETag of the record."),
    "tag_star": N_("If-Match must name the version that you read; * is not accepted."),
    "tag_outdated": N_("Version {version} is current; read the record again, then repeat your change."),
    # values
    "required": N_("This is required."),
    "wrong_type": N_("This must be {expected}."),
    "unknown_code": N_("This is not one of the codes {codes}."),
    "too_long": N_("At most {limit} characters; there are {length}."),
    "too_many": N_("At most {limit} entries."),
    "out_of_range": N_("This must be a whole number from {low} to {high}."),
    "not_a_date": N_("This is not a date of the form YYYY-MM-DD."),
    "not_a_moment": N_("This is neither a moment such as 2026-05-01T09:30:00Z nor a date."),
    "not_a_revision": N_("This is neither a revision number nor a moment such as 2026-05-01T09:30:00Z."),
    "bad_form": N_("This does not have the form that is expected here."),
    "forbidden_character": N_("The character {character} at position {position} is not allowed."),
    "nothing_visible": N_("This has no visible character."),
    "line_break": N_("A line break is not allowed here."),
    "not_an_address": N_("This is not a web address that begins with http:// or https://."),
    "duplicate_entry": N_("This entry is given twice."),
    # rules of the register
    "unknown_reference": N_("There is no {entity} “{ref}”."),
    "no_number_left": N_("There is no number left: the highest, {limit}, has been given."),
    "ref_taken": N_("“{ref}” already exists."),
    "official_text": N_("Official text is read-only; it changes only by an import that names the corrigendum."),
    "not_an_excerpt": N_("The text of a part must stand word for word in the text of its commitment."),
    "parts_do_not_match": N_("The text of part {ref} would no longer stand in the text of the commitment."),
    "evidence_required": N_("The status “implemented” needs at least one piece of evidence."),
    "narrative_required": N_("This status needs a narrative in Chinese or English that says why."),
    "status_not_allowed": N_("A declaratory commitment cannot take this status."),
    "tracking_in_use": N_("The update {ref} has a status that a declaratory commitment cannot take."),
    "tracking_of_part": N_("A part takes its tracking from its commitment."),
    "date_too_early": N_("This date lies before the adoption of the document ({date})."),
    "date_too_late": N_("This date lies after today ({date})."),
    "dates_reversed": N_("The end lies before the beginning."),
    "adopted_too_late": N_("There is an effective or confirmation date before this adoption already ({date})."),
    "ordinal_taken": N_("“{ref}” already has this number in the series."),
    "already_confirmed": N_("The commitment is already confirmed for {date}."),
    "already_corrected": N_("The update {ref} has already been corrected."),
    "not_editable": N_("Only a draft or a returned update can be changed, submitted or withdrawn."),
    "not_submitted": N_("Only a submitted update can be published or returned."),
    "not_correctable": N_("Only a published update of the same commitment can be corrected."),
    "proposed_only": N_("A focal point can only propose an action; an editor accepts it."),
    "own_organization_only": N_("You can only write for your own organization."),
    "action_linked": N_("The action is linked to commitments; remove the links first."),
    "as_recorded_needs_document": N_("as_recorded is answered for one document's list; name the document."),
    "as_recorded_single_document": N_("as_recorded is answered for one document's list; name one document only."),
    "before_first_revision": N_("There was no record at that time."),
    "item_needs_title": N_("A title is needed in Chinese or English."),
    # files that come in
    "line_not_utf8": N_("The line is not valid UTF-8."),
    "line_not_json": N_("The line is not one JSON object, or is cut off."),
    "line_too_deep": N_("The line is nested more than {limit} levels deep."),
    "line_too_long": N_("A line may have at most {limit} bytes."),
    "too_many_lines": N_("A file may have at most {limit} lines."),
    "byte_order_mark": N_("The file begins with a byte order mark; save it as UTF-8 without one."),
    "carriage_return": N_("The line ends with a carriage return; lines end with a line feed alone."),
    "empty_file": N_("The file is empty."),
    "file_too_much": N_("The file takes more memory or time to read than is allowed."),
    "archive_broken": N_("The file is no workbook, or is damaged."),
    "archive_entries": N_("The workbook has more than {limit} parts."),
    "archive_size": N_("The workbook unpacks to more than {limit} bytes."),
    "archive_ratio": N_("A part of the workbook unpacks to more than {limit} times its size."),
    "archive_elements": N_("The workbook has more than {limit} elements, or is nested too deep."),
    "archive_doctype": N_("The workbook declares a document type, which is not accepted."),
    "formula": N_("The cell holds a formula; enter its value as text."),
    "csv_not_utf8": N_("The row is not valid UTF-8; save the file as CSV in UTF-8."),
    "csv_broken": N_("The row cannot be read: a quotation mark is missing or out of place."),
    "no_table": N_("There is no table here that this service exports."),
    "too_many_rows": N_("A table may have at most {limit} rows."),
    "unknown_column": N_("There is no column of this name in this table."),
    "column_missing": N_("The column “{name}” is missing."),
    "read_only_column": N_("This column cannot be changed by a file; change it where it is set."),
    "version_unknown": N_("The record never had the version {version}; export the table again."),
    "import_conflict": N_("Some of these records differ from what is stored, or were changed meanwhile; leave them out."),
    "import_accepted": N_("This import has been accepted already."),
    "nothing_chosen": N_("Choose at least one record."),
    "file_limit": N_("A file may have at most {limit} MiB."),
    "import_kind": N_("Only a record file can name a corrigendum or replace working translations."),
    "duplicate_line": N_("The {entity} “{ref}” stands in line {line} already."),
    "not_published": N_("Only a published update has a number of publication."),
    "record_differs": N_("The {entity} “{ref}” is stored otherwise: {stored}; the file says {given}."),
    # reports
    "texts_not_current": N_("{number} texts are missing in a language, unchecked or stale."),
    "text_missing": N_("{entity} {ref}: {field} is missing in a language."),
    "text_unchecked": N_("{entity} {ref}: {field} is unchecked."),
    "text_stale": N_("{entity} {ref}: {field} is stale."),
    "languages_differ": N_("The report would not say the same in both languages, so it is not handed out."),
    "twins_differ": N_("Behind {behind}: {zh} in Chinese, {en} in English."),
    "files_differ": N_("The files do not say the same."),
    "files_differ_at": N_("Behind {behind}: {first} in the first, {second} in the second."),
    "two_formats": N_("Two files of the same format are needed."),
    "not_one_language": N_("A file is not a report in one language."),
    "not_readable": N_("A file cannot be read as {format}."),
    "report_too_large": N_("Over the network, a report in this format has at most {limit} commitments and parts; there are {number}."),
    "report_too_much": N_("The report takes more memory or time to make than is allowed; ask for fewer commitments or for another format."),
    "reports_busy": N_("Other reports are being made; try again in a moment."),
    # whether the service is ready
    "being_migrated": N_("The database does not have the form this version needs, or is being migrated."),
    "disk_low": N_("The disk of the database is nearly full."),
    # people
    "sign_in_failed": N_("The name or the password is wrong, or the account is closed."),
    "sign_in_needed": N_("Changing an account takes a sign-in, or a token with the scope admin."),
    "foreign_origin": N_("This must come from a page of this service: send its own Origin."),
    "wait": N_("Too many attempts have failed; wait {seconds} seconds."),
    "reset_needed": N_("Too many attempts have failed in a row; ask an administrator for a code for a new password."),
    "password_wrong": N_("This is not your present password."),
    "secret_wrong": N_("This is not the secret in the file on the server, or it is no longer good."),
    "code_wrong": N_("This code is not good for this name, or is no longer good."),
    "user_disabled": N_("“{name}” is disabled."),
    "unknown_user": N_("There is no user with this id."),
    "last_administrator": N_("This is the last administrator; make another one first."),
    # the command line and the start
    "write_busy": N_("Another process has been writing for more than {seconds} seconds."),
    "user_exists": N_("There is already a user “{name}”."),
    "no_such_user": N_("There is no user “{name}”."),
    "password_length": N_("A password has {low} to {high} characters."),
    "password_guessable": N_("This password is too easy to guess."),
    "scope_above_role": N_("The scope {scope} is more than the role {role} allows."),
    "organization_needed": N_("A focal point writes for one organization; name it."),
}

ENTITIES = (
    N_("organization"), N_("framework"), N_("event"), N_("document"), N_("commitment"), N_("action"), N_("status update"),
    N_("confirmation"), N_("link"), N_("equivalence"),
)  # fmt: skip
"""The words for kinds of records inside messages."""
