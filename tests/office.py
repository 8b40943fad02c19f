"""The rules of the office once more, over plain dictionaries: what every answer and every number must be, computed the slow way."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

ADOPTED, LATEST = "2022-11-24", "2026-11-22"
TRACKING = {"HI-O6": "operational", "HI-O6a": "operational", "HI-O7": "operational", "C42": "operational", "HI-P01": "declaratory"}
PARENTS = {"HI-O6a": "HI-O6"}
DECLARATORY = ("not_assessed", "continuing", "overtaken_by_events")
CLOSED = ("implemented", "not_implemented", "overtaken_by_events")
BACK = ("not_assessed", "not_started", "under_implementation")


@dataclass
class Update:
    ref: str
    commitment: str
    status: str
    effective_on: str
    state: str
    organization: str
    narrative: bool
    evidence: bool
    corrects: str | None
    published_no: int | None = None
    version: int = 1


@dataclass
class Action:
    ref: str
    status: str
    organization: str
    links: set[str] = field(default_factory=set)
    version: int = 1


@dataclass
class Office:
    """Everything that was accepted so far."""

    tracking: dict[str, str] = field(default_factory=TRACKING.copy)
    updates: dict[str, Update] = field(default_factory=dict)
    confirmations: set[tuple[str, str]] = field(default_factory=set)
    actions: dict[str, Action] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TRACKING, 1))
    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TRACKING, 0))
    last_action: int = 0

    def published(self, ref: str) -> list[Update]:
        return [one for one in self.updates.values() if one.commitment == ref and one.state == "published"]

    def counted(self, ref: str, as_of: str = "9999-12-31") -> list[Update]:
        """Published and not corrected, the one that holds last."""
        corrected = {one.corrects for one in self.published(ref)}
        counted = [one for one in self.published(ref) if one.ref not in corrected and one.effective_on <= as_of]
        return sorted(counted, key=lambda one: (one.effective_on, one.published_no or 0))

    def broken_rules(self, update: Update) -> set[str]:
        """The codes that stand against publishing an update as things are."""
        found = set()
        if not update.effective_on >= ADOPTED:
            found.add("date_too_early")
        if update.effective_on > LATEST:
            found.add("date_too_late")
        if self.tracking[update.commitment] == "declaratory" and update.status not in DECLARATORY:
            found.add("status_not_allowed")
        if update.status == "implemented" and not update.evidence:
            found.add("evidence_required")
        if not update.narrative and (update.status in ("not_implemented", "overtaken_by_events") or self._steps_back(update)):
            found.add("narrative_required")
        return found

    def _steps_back(self, update: Update) -> bool:
        before = [one for one in self.counted(update.commitment, update.effective_on) if one.ref not in (update.ref, update.corrects)]
        return update.status in BACK and bool(before) and before[-1].status == "implemented"

    def standing(self, ref: str, as_of: str = "9999-12-31") -> dict[str, Any]:
        """What a commitment must say of itself."""
        counted = self.counted(ref, as_of)
        status, effective = (counted[-1].status, counted[-1].effective_on) if counted else ("not_assessed", None)
        confirmed = [day for commitment, day in self.confirmations if commitment == ref and day <= as_of]
        last = max([*confirmed, *([effective] if effective else [])], default=None)
        never = self.tracking[ref] == "declaratory" or status in CLOSED
        return {
            "status": status,
            "status_effective_on": effective,
            "last_confirmed_on": last,
            "review_due_on": None if never else _a_year_after(last or ADOPTED),
        }

    def retrack(self, ref: str, tracking: str) -> bool:
        """Change the tracking of a commitment and its parts, if what counts allows it."""
        family = [ref, *(part for part, whole in PARENTS.items() if whole == ref)]
        if self.tracking[ref] == tracking:
            return True
        if tracking == "declaratory" and any(update.status not in DECLARATORY for one in family for update in self.counted(one)):
            return False
        for one in family:
            self.tracking[one] = tracking
            self.versions[one] += 1
        return True

    def action_count(self, ref: str) -> int:
        family = {ref, *(part for part, whole in PARENTS.items() if whole == ref)}
        return sum(1 for action in self.actions.values() if action.status != "proposed" and action.links & family)


def _a_year_after(day: str) -> str:
    given = dt.date.fromisoformat(day)
    return dt.date(given.year + 1, given.month, min(given.day, 28) if given.month == 2 else given.day).isoformat()
