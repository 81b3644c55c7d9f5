"""Who holds what: the relation that every question about identifiers starts from.

An account holds an identifier that it was seen with, or that names it: `names_account` kinds tie an account to the
value that is its own id, in the graph only, so such a link has no sighting.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from linkage.investigate.evidence import Link, Seen, Source
from linkage.investigate.records import Day, Hour, ModelUse

if TYPE_CHECKING:
    from linkage.store import Snapshot

MILLION: Final = 1_000_000

Key = tuple[str, str]
Row = dict[str, Any]


def _names_account(snapshot: Snapshot) -> bool:
    """Whether any link ties an account to its own name: where none does, nobody need look for one among all sightings."""
    found = _names.get(snapshot)
    if found is None:
        rows = snapshot.query("SELECT count(*) AS n FROM (SELECT 1 FROM edges WHERE account_id = value LIMIT 1)")
        found = _names[snapshot] = bool(rows["n"][0].as_py())
    return found


_names: WeakKeyDictionary[Snapshot, bool] = WeakKeyDictionary()


def held(snapshot: Snapshot, where: str) -> str:
    """A relation of what is held: account_id, kind, value, n, first_seen, last_seen, source_file, source_record, weight.

    `weight` is in millionths, null where the link does not count. `where` is a condition of ours on account_id, kind
    and value, with named parameters; it goes into every table read, since the engine does not carry one through an
    anti join and would read all sightings for the few that are asked about.
    """
    more = f"UNION ALL SELECT account_id, kind, value, NULL, NULL, NULL, NULL, NULL, weight FROM {_named(where)}"
    return f"""(
        SELECT account_id, kind, value, n, first_seen, last_seen, source_file, source_record, weight
        FROM (SELECT * FROM sightings WHERE {where})
        LEFT JOIN (SELECT * FROM edges WHERE {where}) USING (account_id, kind, value)
        {more if _names_account(snapshot) else ""}
    )"""


def holders(snapshot: Snapshot, where: str) -> str:
    """The same without weights: account_id, kind, value, n, first_seen, last_seen, source_file, source_record."""
    more = f"UNION ALL SELECT account_id, kind, value, NULL, NULL, NULL, NULL, NULL FROM {_named(where)}"
    return f"""(
        SELECT account_id, kind, value, n, first_seen, last_seen, source_file, source_record FROM sightings WHERE {where}
        {more if _names_account(snapshot) else ""}
    )"""


def _named(where: str) -> str:
    """Links of accounts to their own names that no sighting says."""
    return f"""(
        SELECT * FROM (SELECT * FROM edges WHERE account_id = value AND ({where}))
        ANTI JOIN (SELECT * FROM sightings WHERE account_id = value AND ({where})) USING (account_id, kind, value)
    )"""


#: The wanted identifiers, from two lists in parameters: `WITH` this, then join on kind and value.
WANTED: Final = "wanted AS (SELECT unnest($kinds) AS kind, unnest($values) AS value)"


def lists(keys: Iterable[Key]) -> dict[str, list[str]]:
    """The parameters of `WANTED`."""
    wanted = list(keys)
    return {"kinds": [kind for kind, _ in wanted], "values": [value for _, value in wanted]}


def sources(snapshot: Snapshot) -> dict[str, str]:
    """SHA-256 -> path of every input file of the snapshot; the first of equal files."""
    paths: dict[str, str] = {}
    for file in snapshot.manifest.inputs:
        paths.setdefault(file.sha256, file.path)
    return paths


def source_of(row: Row, paths: Mapping[str, str]) -> Source:
    """The source of a row of `held`."""
    digest = row["source_file"]
    return Source(path=paths.get(digest) if digest else None, sha256=digest, record=row["source_record"])


def seen_of(row: Row, paths: Mapping[str, str]) -> Seen:
    """One account's sighting of an identifier, from a row of `held`."""
    return Seen(row["account_id"], row["n"], row["first_seen"], row["last_seen"], source_of(row, paths))


def facts(snapshot: Snapshot, keys: Iterable[Key]) -> dict[Key, Row]:
    """What the snapshot knows of identifiers: family, accounts, strength, links, note, description, sample.

    An identifier of one account has no row in the snapshot; it is told here as such.
    """
    found = snapshot.query(
        f"""
        WITH {WANTED}
        SELECT w.kind, w.value, coalesce(i.family, w.kind) AS family, coalesce(i.accounts, 1) AS accounts,
               coalesce(i.strength, 0) AS strength, i.rarity, i.corroboration, coalesce(i.links, false) AS links,
               i.first_seen, i.last_seen,
               CASE WHEN i.kind IS NULL THEN 'seen on one account only' ELSE i.note END AS note,
               f.description, f.sample
        FROM wanted AS w
        LEFT JOIN identifiers AS i ON i.kind = w.kind AND i.value = w.value
        LEFT JOIN fingerprints AS f ON f.kind = w.kind AND f.value = w.value
        """,
        lists(sorted(set(keys))),
    )
    return {(row["kind"], row["value"]): row for row in found.to_pylist()}


def says(kind: str) -> str:
    """The sentence an investigator reads when two accounts share an identifier of this kind."""
    from linkage.sightings import SENTENCES

    return SENTENCES.get(kind, f"Seen with the same {kind}.")


def link_of(fact: Row, *, weight: int | None, inside: int, seen: tuple[Seen, ...]) -> Link:
    """A link by an identifier; `weight` in millionths."""
    note = fact["note"]
    if weight is None and fact["links"]:
        note = f"{note}; not counted here: nothing else ties these accounts closely enough to others on it"
    return Link(
        kind=fact["kind"],
        value=fact["value"],
        family=fact["family"],
        says=says(fact["kind"]),
        strength=fact["strength"],
        weight=None if weight is None else weight / MILLION,
        accounts=fact["accounts"],
        inside=inside,
        note=note,
        description=fact["description"],
        sample=fact["sample"],
        seen=seen,
    )


def usage(
    snapshot: Snapshot, accounts: str, parameters: dict[str, Any]
) -> tuple[tuple[Day, ...], tuple[Hour, ...], tuple[ModelUse, ...]]:
    """Activity by day and by hour of the week, and the models used, of the accounts a query `accounts` selects."""
    days = snapshot.query(
        f"""
        SELECT hour::DATE AS day, sum(requests)::BIGINT AS requests, sum(input_tokens)::BIGINT AS input_tokens,
               sum(output_tokens)::BIGINT AS output_tokens, count(DISTINCT account_id) AS accounts
        FROM activity WHERE account_id IN ({accounts}) GROUP BY day ORDER BY day
        """,
        parameters,
    )
    hours = snapshot.query(
        f"""
        SELECT isodow(hour) - 1 AS weekday, hour(hour) AS hour, sum(requests)::BIGINT AS requests
        FROM activity WHERE account_id IN ({accounts}) GROUP BY ALL ORDER BY ALL
        """,
        parameters,
    )
    models = snapshot.query(
        f"""
        SELECT model, count(DISTINCT account_id) AS accounts, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
               sum(requests)::BIGINT AS requests, sum(output_tokens)::BIGINT AS output_tokens
        FROM models WHERE account_id IN ({accounts}) GROUP BY model ORDER BY requests DESC, model
        """,
        parameters,
    )
    return (
        tuple(Day(**row) for row in days.to_pylist()),
        tuple(Hour(**row) for row in hours.to_pylist()),
        tuple(ModelUse(**row) for row in models.to_pylist()),
    )
