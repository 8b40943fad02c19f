"""How often Python looks for what only refers to itself, which is hardly anything here."""

import gc

_NEW, _BETWEEN = 20_000, 20


def collect_seldom() -> None:
    """Look after 20,000 new objects, not 700: a report or a proof makes so many that looking took two fifths of its time."""
    gc.set_threshold(_NEW, _BETWEEN, _BETWEEN)


def leave_alone() -> None:
    """Never look again at what has been loaded."""
    gc.collect()
    gc.freeze()
