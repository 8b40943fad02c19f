"""Zip containers whose bytes follow from their contents alone: sorted names, one fixed moment, no attributes of a machine."""

import io
import zipfile
from collections.abc import Mapping

_FIRST = ("[Content_Types].xml", "mimetype")
_MOMENT = (1980, 1, 1, 0, 0, 0)
_LEVEL = 6


def fixed(contents: Mapping[str, bytes]) -> bytes:
    """The container of these parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as container:
        for name in sorted(contents, key=lambda one: (one not in _FIRST, one)):
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0
            container.writestr(entry, contents[name])
    return made.getvalue()


def refixed(container: bytes, replaced: Mapping[str, bytes] = {}) -> bytes:
    """The same parts in such a container, some of them replaced."""
    with zipfile.ZipFile(io.BytesIO(container)) as found:
        return fixed({name: replaced.get(name) or found.read(name) for name in found.namelist()})
