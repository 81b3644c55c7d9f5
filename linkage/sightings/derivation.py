"""What one derived kind is made of: a query over the merged sightings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: SQL of source_file and source_record of the earliest of several rows, the first in name and number among equals
_FIRST = "min({'at': coalesce(first_seen, TIMESTAMP 'infinity'), 'source_file': source_file, 'source_record': source_record})"
EARLIEST: Final = f"{_FIRST}.source_file AS source_file, {_FIRST}.source_record AS source_record"
#: strftime's hour of a day; not as times are written, which a time without minutes would be mistaken for
HOUR: Final = "%Y-%m-%d %Hh"


@dataclass(frozen=True)
class Derivation:
    """One kind of identifier that is made from sightings of others, of all files together.

    `rows` is a query over SIGHTINGS and `network_kinds` that gives account_id, value, n, first_seen, last_seen, source_file and
    source_record, one row an account and value.
    """

    kind: str
    rows: str
    sentence: str


def window(kind: str, *, of: str, moment: str, sentence: str) -> Derivation:
    """The values of kind `of`, each with when an account was first seen with it, by format `moment` of strftime."""
    return Derivation(
        kind,
        f"""
        SELECT account_id, value || ' ' || strftime(first_seen, '{moment}') AS value, n, first_seen, last_seen,
               source_file, source_record
        FROM SIGHTINGS WHERE kind = '{of}' AND first_seen IS NOT NULL
        """,
        sentence,
    )
