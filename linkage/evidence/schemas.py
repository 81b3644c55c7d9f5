"""The columns of every table of a bundle, in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

_TEXT, _WHOLE, _NUMBER, _BOOL, _TIME = pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.timestamp("us")
_SOURCE = [("source_path", _TEXT), ("source_sha256", _TEXT), ("source_record", _WHOLE)]

#: Times are UTC. Shares, strengths, weights and risks are 0..1. A day is text, as in 2026-02-11; weekday 1 is Monday.
TABLES: Final[dict[str, pa.Schema]] = {
    name: pa.schema(columns)
    for name, columns in {
        "accounts": [
            ("account_id", _TEXT), ("role", _TEXT), ("risk", _NUMBER), ("flagged", _BOOL), ("attachment", _NUMBER),
            ("created_at", _TIME), ("first_seen", _TIME), ("last_seen", _TIME), ("requests", _WHOLE),
            ("input_tokens", _WHOLE), ("output_tokens", _WHOLE), ("email_domain", _TEXT), ("country", _TEXT),
            ("org_id", _TEXT), ("plan", _TEXT), ("status", _TEXT), ("label", _TEXT),
        ],
        "sightings": [
            ("account_id", _TEXT), ("kind", _TEXT), ("value", _TEXT), ("n", _WHOLE), ("first_seen", _TIME),
            ("last_seen", _TIME), *_SOURCE,
        ],
        "links": [
            ("account_id", _TEXT), ("kind", _TEXT), ("value", _TEXT), ("family", _TEXT), ("weight", _NUMBER),
            ("n", _WHOLE), ("first_seen", _TIME), ("last_seen", _TIME), *_SOURCE,
        ],
        "identifiers": [
            ("kind", _TEXT), ("value", _TEXT), ("family", _TEXT), ("strength", _NUMBER), ("rarity", _NUMBER),
            ("corroboration", _NUMBER), ("everywhere", _WHOLE), ("inside", _WHOLE), ("linked", _WHOLE),
            ("carried", _NUMBER), ("first_seen", _TIME), ("last_seen", _TIME), ("note", _TEXT), ("description", _TEXT),
            ("sample", _TEXT),
        ],
        "reasons": [
            ("rank", _WHOLE), ("code", _TEXT), ("side", _TEXT), ("points_for", _NUMBER), ("points_against", _NUMBER),
            ("figure", _NUMBER), ("low", _NUMBER), ("high", _NUMBER), ("most", _NUMBER), ("sentence", _TEXT),
        ],
        "figures": [("name", _TEXT), ("value", _NUMBER)],
        "in_favour": [("account_id", _TEXT), ("code", _TEXT), ("figure", _NUMBER), ("sentence", _TEXT)],
        "cut_links": [
            ("kind", _TEXT), ("value", _TEXT), ("family", _TEXT), ("inside", _WHOLE), ("share", _NUMBER),
            ("core", _WHOLE), ("core_after", _WHOLE), ("flagged", _WHOLE), ("flagged_after", _WHOLE),
            ("to_associate", _WHOLE), ("leaving", _WHOLE), ("pieces", _WHOLE),
        ],
        "bridges": [
            ("kind", _TEXT), ("value", _TEXT), ("family", _TEXT), ("inside", _WHOLE), ("weight", _NUMBER),
            ("alone", _WHOLE), ("other_cluster", _TEXT), ("other_flagged", _BOOL), ("other_size", _WHOLE),
            ("other_accounts", _WHOLE), ("other_weight", _NUMBER),
        ],
        "days": [
            ("day", _TEXT), ("accounts", _WHOLE), ("requests", _WHOLE), ("input_tokens", _WHOLE), ("output_tokens", _WHOLE),
        ],
        "hours": [("weekday", _WHOLE), ("hour", _WHOLE), ("requests", _WHOLE)],
        "models": [
            ("model", _TEXT), ("accounts", _WHOLE), ("requests", _WHOLE), ("output_tokens", _WHOLE), ("first_seen", _TIME),
            ("last_seen", _TIME),
        ],
        "lineage": [
            ("previous_id", _TEXT), ("event", _TEXT), ("shared", _WHOLE), ("joined", _WHOLE), ("left", _WHOLE),
        ],
    }.items()
}  # fmt: skip

#: What a row of each table is.
MEANING: Final[dict[str, str]] = {
    "accounts": "an account of the cluster: its role, risk and use",
    "sightings": "an account seen with an identifier: how often, when, and the file and record that first say so",
    "links": "an account and an identifier that counts in the graph, with its weight and its source",
    "identifiers": "an identifier that accounts of the cluster share: its strength, and on how many accounts it is",
    "reasons": "a reason for or against, with its points, the figure behind them and the ramp between low and high",
    "figures": "a figure of the cluster that a reason may rest on",
    "in_favour": "something that speaks for an account",
    "cut_links": "what would remain of the cluster without one identifier",
    "bridges": "an identifier that also leads to another cluster",
    "days": "use on a day, all accounts together",
    "hours": "use in an hour of the week (UTC), all accounts together",
    "models": "use of a model, all accounts together",
    "lineage": "what the cluster was in the snapshot before",
}


def of_rows(name: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """A table of the bundle from records that hold at least its columns."""
    schema = TABLES[name]
    return pa.table({column: pa.array([row[column] for row in rows], schema.field(column).type) for column in schema.names})
