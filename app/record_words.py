"""What the actions of the ledger and the fields of its records are called."""

from app.errors import N_
from app.i18n import Lang, gettext

ACTIONS = {
    "seed:load": N_("Loaded with the program"), "organization:create": N_("Organization added"),
    "organization:change": N_("Organization changed"), "document:create": N_("Document added"),
    "document:change": N_("Document changed"), "framework:create": N_("Framework added"), "event:create": N_("Event added"),
    "event:change": N_("Event changed"), "commitment:create": N_("Commitment added"),
    "commitment:change": N_("Commitment changed"), "confirmation:record": N_("Confirmed as still true"),
    "status_update:record": N_("Update drafted"), "status_update:change": N_("Draft changed"),
    "status_update:submit": N_("Update submitted"), "status_update:withdraw": N_("Draft withdrawn"),
    "status_update:return": N_("Update returned"), "status_update:publish": N_("Update published"),
    "action:create": N_("Action added"), "action:change": N_("Action changed"), "action:delete": N_("Action deleted"),
    "action:note": N_("Note added"), "record:import": N_("Imported from a file"),
    "link:set": N_("Link set"), "link:remove": N_("Link removed"),
}  # fmt: skip
FIELDS = {
    "acronym": N_("Acronym"), "action": N_("Action"), "addressees": N_("Addressees"), "adopted_on": N_("Adopted on"),
    "authority": N_("Standing of the text"), "basis": N_("Basis"), "body": N_("Body"), "citation": N_("Citation"),
    "code": N_("Code"), "commitment": N_("Commitment"), "confirmed_on": N_("Confirmed on"), "contribution": N_("Contribution"),
    "corrects": N_("Corrects"), "date": N_("Date"), "description": N_("Description"), "document": N_("Document"),
    "done_on": N_("Done on"), "due_on": N_("Due on"), "effective_on": N_("Effective date"),
    "en_sha256": N_("Hash of the English text"), "ends_on": N_("Ends on"), "entity": N_("Kind of record"), "event": N_("Event"),
    "evidence": N_("Evidence"), "field": N_("Field"), "framework": N_("Framework"), "frameworks": N_("Frameworks"),
    "full_title": N_("Full title"), "items": N_("Entries"), "kind": N_("Kind"), "label": N_("Number in the text"),
    "level": N_("Level"), "published_no": N_("Number of publication"),
    "lead_verb": N_("Lead verb"), "milestones": N_("Milestones"), "name": N_("Name"), "narrative": N_("Narrative"),
    "note": N_("Note"), "notes": N_("Notes"), "on": N_("Date"), "ordinal": N_("Number in the series"),
    "organization": N_("Organization"), "organizers": N_("Organizers"), "owner": N_("Owner"), "paragraph": N_("Paragraph"),
    "parent": N_("Part of"), "partners": N_("Partners"), "place": N_("Place"), "position": N_("Position"),
    "priority": N_("Priority"), "progress": N_("Progress"), "ref": N_("Reference"), "references": N_("References"),
    "report": N_("Report"), "responsible": N_("Responsible"), "review_note": N_("The editor’s note"), "series": N_("Series"),
    "starts_on": N_("Starts on"), "state": N_("Stage of review"), "status": N_("Status"), "symbol": N_("Symbol"),
    "target_on": N_("Target date"), "text": N_("Text"), "title": N_("Title"), "tracking": N_("Tracking"), "url": N_("Web address"),
    "zh_sha256": N_("Hash of the Chinese text"),
}  # fmt: skip
_OF_FORMS = {
    "confirmed_on": N_("Still true on"), "current": N_("Present password"), "days": N_("Days"),
    "disabled": N_("Closed"), "en": N_("English"),
    "corrigendum": N_("Symbol of the corrigendum"), "file": N_("File"), "records": N_("Records"),
    "id": N_("Short name"), "languages": N_("Standing of the text"), "password": N_("Password"), "reason": N_("Reason"), "role": N_("Role"),
    "scope": N_("May do"), "secret": N_("One-time secret"), "user": N_("User"), "zh": N_("Chinese"),
}  # fmt: skip
_OF_FILTERS = {
    "addressee": N_("Addressee"), "as_of": N_("As things stood on"), "as_recorded": N_("As recorded at the beginning of"),
    "due_before": N_("Due before"), "framework": N_("Framework"), "has_actions": N_("Follow-up actions"), "overdue": N_("Due date"),
    "q": N_("Search"), "review_overdue": N_("Review"), "since": N_("Since"), "sort": N_("Order"), "unlinked": N_("Commitments"),
    "updated_since": N_("Changed since"),
}  # fmt: skip


def filter_name(lang: Lang, pointer: str) -> str:
    """What pages call the parameter of an address at `?name`; empty for what is no filter of theirs."""
    words = (FIELDS | _OF_FILTERS).get(pointer.removeprefix("?"), "") if pointer.startswith("?") else ""
    return gettext(lang, words) if words else ""


def field_name(lang: Lang, pointer: str) -> str:
    """What the field at a JSON pointer is called, e.g. “Evidence 1 · Web address” for /evidence/0/url."""
    found: list[str] = []
    for step in pointer.strip("/").split("/"):
        if step.isdigit() and found:
            found[-1] = numbered(lang, found[-1], int(step) + 1)
        elif step in FIELDS or step in _OF_FORMS:
            found.append(gettext(lang, (FIELDS | _OF_FORMS)[step]))
    return " · ".join(found)


def numbered(lang: Lang, name: str, number: int) -> str:
    """One of several, e.g. “Evidence 1”."""
    return gettext(lang, N_("{name} {number}"), name=name, number=number)
