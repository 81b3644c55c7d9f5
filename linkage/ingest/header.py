"""A file's column names against the contract's: what is missing, what is ignored, what is only spelt otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from linkage.errors import InputError
from linkage.ingest.quoting import escaped, shown
from linkage.tables import INPUT, REQUIRED

_LISTED = 12


def match(path: str, table: str, names: Sequence[str], hint: str = "") -> tuple[dict[str, int], tuple[str, ...]]:
    """Where each column of the contract stands among `names`, and the notices about the rest.

    `hint` is appended to the message about a missing column. Raises InputError: a required column is missing, or a
    column of the contract is there twice.
    """
    wanted = INPUT[table]
    for name, count in Counter(names).items():
        if count > 1 and name in wanted:
            raise InputError(f"{escaped(path)}: column {name} is there {count} times; keep one of them")
    places = {name: place for place, name in enumerate(names) if name in wanted}
    lowered = {name.strip(" \ufeff").lower(): name for name in reversed(names) if name not in wanted}
    for column in REQUIRED[table]:
        if column not in places:
            close = f"; rename {shown(lowered[column])!r}, which is almost it" if column in lowered else ""
            raise InputError(f"{escaped(path)}: required column {column} is missing{close or '; add it'}{hint}")
    return places, tuple(_notices(table, places, names, lowered))


def _notices(table: str, places: dict[str, int], names: Sequence[str], lowered: dict[str, str]) -> list[str]:
    """Lines about the table, not the file: the partitions of a table say the same, and it is said once."""
    close = {column: lowered[column] for column in INPUT[table] if column not in places and column in lowered}
    notices = [
        f"{table}: column {shown(name)!r} is ignored; name it {column} for it to count" for column, name in close.items()
    ]
    extra = [name for name in names if name not in INPUT[table] and name not in close.values()]
    if extra:
        listed = ", ".join(shown(name) for name in extra[:_LISTED])
        more = f" and {len(extra) - _LISTED} more" if len(extra) > _LISTED else ""
        notices.append(f"{table}: columns ignored, as the contract does not know them: {listed}{more}")
    return notices
