"""What a rebuild could not read: rows set aside and cells nulled, with file, record and reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.investigate.records import Aside, SetAside

if TYPE_CHECKING:
    from linkage.store import Snapshot


def set_aside(snapshot: Snapshot, *, limit: int | None = None, offset: int = 0) -> list[SetAside]:
    """Every row set aside and every cell nulled, by file and record."""
    found = snapshot.query(
        'SELECT file, record, "column", effect, reason FROM set_aside '
        'ORDER BY file, record, "column" NULLS FIRST, effect, reason LIMIT ? OFFSET ?',
        [2**62 if limit is None else limit, offset],
    )
    return [SetAside(**row) for row in found.to_pylist()]


def asides(snapshot: Snapshot, *, limit: int = 10) -> list[Aside]:
    """The same by file, column and effect: how many, and the first with its reason; whole rows first, then the most."""
    found = snapshot.query(
        """
        SELECT file, "column", effect, count(*) AS cells, min(record) AS first_record,
               arg_min(reason, (record, reason)) AS reason
        FROM set_aside GROUP BY file, "column", effect
        ORDER BY effect <> 'set aside', count(*) DESC, file, "column" NULLS FIRST LIMIT ?
        """,
        [limit],
    )
    return [Aside(**row) for row in found.to_pylist()]
