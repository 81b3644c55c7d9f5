"""What one kind of sighting is made of: a signal reads one column of one input table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Signal:
    """One kind of identifier, read from one table.

    `value` and `time` are SQL expressions over the table's columns; a null value is no sighting.
    `sentence` is what an investigator reads when two accounts share it.
    """

    kind: str
    table: str
    value: str
    time: str
    sentence: str
