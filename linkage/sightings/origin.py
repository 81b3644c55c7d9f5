"""Which of several occurrences was the first, as one integer that a minimum finds.

A minimum over a 128-bit number costs a third of one over a struct. The time takes the upper 68 bits (before 1970 it is
negative), what tells equals apart the lower 60. An occurrence without a time is last: it is not what `first_seen` rests on.
"""

from __future__ import annotations

from typing import Final

#: bits below the time; a file's place or ordinal (20 bits) and a record number (40 bits) fill them
_BITS: Final = 60


def origin(time: str, rest: str) -> str:
    """SQL of the integer for SQL expressions of a time and of a number below 2^60."""
    return f"(coalesce(epoch_us({time}), {2**63 - 1})::HUGEINT * {2**_BITS} + {rest})"


def rest_of(key: str) -> str:
    """SQL of the number that `origin` was given, from an SQL expression of its integer."""
    return f"({key} & {2**_BITS - 1})::BIGINT"
