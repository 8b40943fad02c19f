"""What the summary of a refused form calls its fields, and in which order: as the page itself has them."""

from collections.abc import Mapping, Sequence

from app.i18n import Lang
from app.record_words import field_name, numbered
from app.web.problems import Detail


def named(lang: Lang, labels: Mapping[str, str], pointer: str) -> str:
    """The field at a pointer in the words of the labels around it and of its own; where the page has none, as histories call it."""
    found: list[str] = []
    path: list[str] = []
    for step in pointer.strip("/").split("/"):
        path.append(step)
        label = labels.get(".".join(path))
        if step.isdigit() and found:
            found[-1] = label or numbered(lang, found[-1], int(step) + 1)
        elif (words := label or field_name(lang, step)) and words not in found[-1:]:
            found.append(words)
    return " · ".join(found)


def in_order(labels: Mapping[str, str], errors: Sequence[Detail]) -> list[Detail]:
    """The errors in the order of the fields; first those of none."""
    places = {name: place for place, name in enumerate(labels)}
    return sorted(errors, key=lambda error: _place(places, error.pointer.strip("/").split("/")))


def _place(places: Mapping[str, int], path: Sequence[str]) -> int:
    """Where the field stands, or else what it is in."""
    return next((places[name] for end in range(len(path), 0, -1) if (name := ".".join(path[:end])) in places), -1)
