"""What the rules of the register say of a line that would make a new record, and what follows from it that no line says."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import msgspec

from app.codes import HIGHEST_NUMBER, ActionStatus, Authority, Status, Tracking, UpdateState
from app.db.records import Record
from app.db.sessions import WriteSession
from app.db.types import moment_text
from app.domain.action_commands import action_errors, note_errors
from app.domain.children import naming_errors
from app.domain.commands import day_error
from app.domain.commitments import Whole, authority_of, no_excerpts, part_errors, whole_errors
from app.domain.documents import document_errors
from app.domain.frameworks import tag_errors
from app.domain.statuses import rule_errors
from app.errors import FieldError
from app.gate import folded
from app.i18n import Lang
from app.interchange.import_facts import Facts, Published
from app.interchange.record_file import Parsed, RecordFile
from app.names import slug_of

Changes = dict[int, Record]
_PAIRS = {"commitment": ("citation", "lead_verb", "text"), "document": ("title", "body"), "organization": ("name",)}


class Rules:
    """Judges the lines of one batch after the other; `changes` are the new values of commitments that were there before."""

    def __init__(self, session: WriteSession, facts: Facts, file: RecordFile, changes: Changes) -> None:
        self.session, self.facts, self.file, self.changes = session, facts, file, changes
        self._taken: dict[str, str] = {}
        self._published: dict[str, list[Published]] = {}
        self._exist: dict[str, set[str]] = {}
        self._numbers: dict[str, int] = {}

    def prepare(self, kind: str, batch: Sequence[Parsed]) -> None:
        """Ask at once for everything that lines of this batch refer to."""
        if kind == "document":
            self._taken = self.facts.slugs(slug_of(item.key) for item in batch)
        elif kind == "commitment":
            self.facts.find(item.values.parent for item in batch)
            self._taken = self.facts.taken(folded(item.key) for item in batch)
        elif kind in ("status_update", "confirmation", "link"):
            self.facts.find(item.values.commitment for item in batch)
        if kind == "status_update":
            self._published = self.facts.find_updates(self.facts.rows)
        elif kind == "link":
            self.facts.find_actions(item.values.action for item in batch)
        elif kind == "equivalence":
            named: dict[str, list[str]] = {}
            for item in batch:
                named.setdefault(item.values.entity, []).append(item.values.ref)
            known = self.session.register.by_entity
            self._exist = {entity: self.facts.exist(entity, refs) for entity, refs in named.items() if entity in known}

    def errors(self, item: Parsed) -> list[FieldError]:
        """Everything that stands against this line; without any it counts as written for the lines behind it."""
        found: list[FieldError] = getattr(self, f"_{item.kind}")(item.values, item.given)
        return found

    def resolved(self, item: Parsed) -> Record:
        """What no line says of the new record: versions, moments, its author, and what follows from others."""
        now, author = moment_text(self.session.now), self.session.actor.id
        values: Any = item.values
        match item.kind:
            case "document":
                return {"version": 1}
            case "commitment":
                return self._placed(values) | {"version": 1, "updated_at": now}
            case "status_update":
                published = values.state is UpdateState.PUBLISHED
                number = self._numbers.pop(values.ref) if published else None
                at = now if published else None
                return {"published_no": number, "author": author, "recorded_at": now, "published_at": at, "version": 1}
            case "action":
                notes = [msgspec.to_builtins(note) | {"author": author} for note in values.notes]
                status = values.status or ActionStatus.PLANNED
                return {"status": status.value, "notes": notes, "author": author, "version": 1, "updated_at": now}
            case "link":
                return {}
        return {"author": author, "recorded_at": now}

    def _whole(self, ref: str | None) -> Any:
        """The row of the commitment that parts belong to, as it will be."""
        row = self.facts.rows.get(ref or "")
        return None if row is None else _After(row, self.changes.get(row.id, {}))

    def _placed(self, new: Any) -> Record:
        parent = self._whole(new.parent)
        standing = {lang.value: {"authority": authority_of(new, cast(Whole | None, parent), lang).value} for lang in Lang}
        if parent is None:
            return {"tracking": (new.tracking or Tracking.DECLARATORY).value, "languages": standing}
        return {"document": parent.symbol, "kind": parent.kind, "tracking": parent.tracking, "languages": standing}

    def _document(self, new: Any, given: Record | None) -> list[FieldError]:
        errors = document_errors(new)
        if taken := self._taken.get(slug_of(new.symbol)):
            errors.append(FieldError("/symbol", "ref_taken", {"ref": taken}))
        if new.event is not None and ("event", new.event) not in self.facts.ids:
            errors.append(_unknown("/event", "event", new.event))
        return errors

    def _commitment(self, new: Any, given: Record | None) -> list[FieldError]:
        errors = self._part(new, given) if new.parent else whole_errors(new)
        if new.document is not None and ("document", new.document) not in self.facts.ids:
            errors.append(_unknown("/document", "document", new.document))
        if taken := self._taken.get(folded(new.ref)):
            errors.append(FieldError("/ref", "ref_taken", {"ref": taken}))
        errors += tag_errors(self.facts.places, new.frameworks, "/frameworks")
        errors += naming_errors(self.facts.organizations, [one.code for one in new.addressees], "/addressees", "/code")
        return errors + naming_errors(self.facts.organizations, new.responsible, "/responsible")

    def _part(self, new: Any, given: Record | None) -> list[FieldError]:
        parent = self._whole(new.parent)
        if parent is None or parent.parent_id is not None:
            return [_unknown("/parent", "commitment", new.parent)]
        errors = part_errors(new, parent)
        if new.document is not None and new.document != parent.symbol:
            errors.append(FieldError("/document", "unknown_code", {"codes": parent.symbol}))
        if given is None or "languages" in given:
            errors += [
                FieldError(f"/languages/{lang}/authority", "unknown_code", {"codes": authority_of(new, parent, lang)})
                for lang in Lang
                if getattr(new.languages, lang).authority != authority_of(new, parent, lang)
            ]
        return errors

    def _status_update(self, new: Any, given: Record | None) -> list[FieldError]:
        commitment = self.facts.rows.get(new.commitment)
        if commitment is None:
            return [_unknown("/commitment", "commitment", new.commitment)]
        errors = [] if new.ref.startswith(f"{new.commitment}.") else [FieldError("/ref", "bad_form")]
        errors += self._organization(new.organization)
        before = self._published.setdefault(new.commitment, [])
        published = new.state is UpdateState.PUBLISHED
        number = (new.published_no or max((one.number for one in before), default=0) + 1) if published else HIGHEST_NUMBER + 1
        if not published and new.published_no is not None:
            errors.append(FieldError("/published_no", "not_published"))
        if published and number > HIGHEST_NUMBER:
            errors.append(FieldError("/published_no", "out_of_range", {"low": 1, "high": HIGHEST_NUMBER}))
        if any(one.number == number for one in before):
            errors.append(FieldError("/published_no", "duplicate_entry"))
        errors += self._correction(new, before, number, published=published)
        if new.state in (UpdateState.PUBLISHED, UpdateState.SUBMITTED):
            tracking = None if new.ref in self.file.corrected else Tracking(commitment.tracking)
            earlier = [one for one in before if one.number < number]
            errors += rule_errors(
                new, tracking, commitment.adopted_on, self.session.now, lambda: _before(earlier, new) == Status.IMPLEMENTED
            )
        if published and not errors:
            self._numbers[new.ref] = number
            self._publish(new, before, number)
        return errors

    def _correction(self, new: Any, before: list[Published], number: int, *, published: bool) -> list[FieldError]:
        """An update corrects one that was published before it, and that no other published one corrects."""
        if new.corrects is None:
            return []
        corrected = next((one for one in before if one.ref == new.corrects and one.number < number), None)
        if corrected is None:
            return [FieldError("/corrects", "not_correctable")]
        return [FieldError("/corrects", "already_corrected", {"ref": new.corrects})] if published and corrected.corrected else []

    def _publish(self, new: Any, before: list[Published], number: int) -> None:
        for one in before:
            one.corrected = one.corrected or one.ref == new.corrects
        before.append(Published(new.ref, number, new.effective_on, new.status.value, corrected=False))

    def _confirmation(self, new: Any, given: Record | None) -> list[FieldError]:
        commitment = self.facts.rows.get(new.commitment)
        if commitment is None:
            return [_unknown("/commitment", "commitment", new.commitment)]
        errors = day_error("/confirmed_on", commitment.adopted_on, new.confirmed_on, self.session.now)
        return errors + self._organization(new.organization)

    def _action(self, new: Any, given: Record | None) -> list[FieldError]:
        errors = action_errors(new) + self._organization(new.organization)
        if int(new.ref[1:]) > HIGHEST_NUMBER:
            errors.append(FieldError("/ref", "out_of_range", {"low": 1, "high": HIGHEST_NUMBER}))
        for n, note in enumerate(new.notes):
            errors += [FieldError(f"/notes/{n}{e.pointer}", e.code, e.params) for e in note_errors(note, self.session.now)]
            errors += self._organization(note.organization, f"/notes/{n}/organization")
        if new.event is not None and ("event", new.event) not in self.facts.ids:
            errors.append(_unknown("/event", "event", new.event))
        errors += self._organization(new.owner, "/owner")
        return errors + naming_errors(self.facts.organizations, new.partners, "/partners")

    def _link(self, new: Any, given: Record | None) -> list[FieldError]:
        named = (("action", new.action), ("commitment", new.commitment))
        return [_unknown(f"/{kind}", kind, ref) for kind, ref in named if (kind, ref) not in self.facts.ids]

    def _equivalence(self, new: Any, given: Record | None) -> list[FieldError]:
        if new.entity not in self._exist:
            return [FieldError("/entity", "unknown_code", {"codes": tuple(self.session.register.by_entity)})]
        if new.ref not in self._exist[new.entity]:
            return [_unknown("/ref", new.entity, new.ref)]
        known = _PAIRS.get(new.entity)
        return [] if known is None or new.field in known else [FieldError("/field", "unknown_code", {"codes": tuple(known)})]

    def _organization(self, code: str | None, pointer: str = "/organization") -> list[FieldError]:
        return [] if code is None or code in self.facts.organizations else [_unknown(pointer, "organization", code)]

    def torn(self, keys: Sequence[int]) -> Iterator[tuple[str, FieldError]]:
        """What no longer fits together after texts of these commitments changed, by ref; parts take the standing that follows."""
        for key, row in self.facts.of_keys(keys).items():
            after = _After(row, self.changes.get(key, {}))
            if after.text_zh is None and after.text_en is None:
                yield row.ref, FieldError("/text", "required")
        wholes = self.facts.of_keys([*keys, *(row.parent_id for row in self.facts.of_keys(keys).values() if row.parent_id is not None)])
        for part in self.facts.parts_of([key for key, row in wholes.items() if row.parent_id is None]):
            whole = cast(Any, _After(wholes[part[0]], self.changes.get(part[0], {})))
            own = self.changes.get(part.id, {})
            for lang in Lang:
                if lang in no_excerpts(_Pair(*(own.get(f"text_{one}", getattr(part, f"text_{one}")) for one in Lang)), whole):
                    yield part.ref, FieldError(f"/text/{lang}", "not_an_excerpt")
                follows = Authority.EXCERPT if getattr(whole, f"authority_{lang}") == Authority.OFFICIAL else Authority.WORKING
                if own.get(f"authority_{lang}", getattr(part, f"authority_{lang}")) != follows:
                    self.changes.setdefault(part.id, {})[f"authority_{lang}"] = follows.value


class _Pair(msgspec.Struct, frozen=True):
    zh: str | None
    en: str | None


class _After:
    """A row as it will be when the changes are written."""

    def __init__(self, row: Any, changes: Record) -> None:
        self._row, self._changes = row, changes

    def __getattr__(self, name: str) -> Any:
        return self._changes[name] if name in self._changes else getattr(self._row, name)


def _before(earlier: list[Published], new: Any) -> str | None:
    """The status of the published update before a new one by effective date, as at its publication."""
    counted = [one for one in earlier if not one.corrected and one.ref != new.corrects and one.effective_on <= new.effective_on]
    last = max(counted, key=lambda one: (one.effective_on, one.number), default=None)
    return None if last is None else last.status


def _unknown(pointer: str, entity: str, ref: str) -> FieldError:
    return FieldError(pointer, "unknown_reference", {"entity": entity, "ref": ref})
