"""What one derived kind is made of: a query over the merged sightings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: SQL of source_file and source_record of the earliest of several rows, the first in name and number among equals
_FIRST = "min({'at': coalesce(first_seen, TIMESTAMP 'infinity'), 'source_file': source_file, 'source_record': source_record})"
EARLIEST: Final = f"{_FIRST}.source_file AS source_file, {_FIRST}.source_record AS source_record"


@dataclass(frozen=True)
class Derivation:
    """One kind of identifier that is made from sightings of others, of all files together.

    `rows` is a query over SIGHTINGS and `network_kinds` that gives account_id, value, n, first_seen, last_seen, source_file and
    source_record, one row an account and value.
    """

    kind: str
    rows: str
    sentence: str
