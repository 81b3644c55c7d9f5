"""What is next to a node and not in the picture yet: some of it, chosen by kind and by how connected it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from linkage.errors import UsageError
from linkage.views.nodes import ALONE, ASSOCIATE, CORE, ELSEWHERE, account_node, account_of, identifier_node, identifier_of

if TYPE_CHECKING:
    from linkage.store import Snapshot

#: Most connected first, or least.
ORDERS: Final = {"most": "DESC", "least": "ASC"}


def neighbours(
    snapshot: Snapshot,
    cluster_id: str,
    node: str,
    *,
    among: Sequence[str] | None = None,
    order: str = "most",
    limit: int = 50,
    without: Iterable[str] = (),
) -> tuple[str, ...]:
    """At most `limit` neighbours of a node that are not in `without`.

    `among` names parts of what `Node.around` counts: kinds for an account, places for an identifier (None = all of
    them). Connected is an identifier's number of accounts, and an account's of links.
    Raises UsageError: an order that is not known.
    """
    if order not in ORDERS:
        raise UsageError(f"neighbours can be had {' or '.join(ORDERS)} connected first, not {order!r}")
    account, key = account_of(node), identifier_of(node)
    there = set(without)
    if account is not None:
        rows = snapshot.query(
            f"""
            SELECT e.kind, e.value FROM edges AS e LEFT JOIN identifiers AS i USING (kind, value)
            WHERE account_id = $account AND ($among::VARCHAR[] IS NULL OR list_contains($among::VARCHAR[], e.kind))
            ORDER BY i.accounts {ORDERS[order]}, e.kind, e.value
            """,
            {"account": account, "among": None if among is None else list(among)},
        ).to_pylist()
        found = (identifier_node(row["kind"], row["value"]) for row in rows)
    elif key is not None:
        rows = snapshot.query(
            f"""
            WITH tied AS (SELECT account_id FROM edges WHERE kind = $kind AND value = $value),
            counted AS (SELECT account_id, count(*) AS links FROM edges SEMI JOIN tied USING (account_id) GROUP BY account_id)
            SELECT account_id FROM (
                SELECT account_id, links,
                       CASE WHEN m.cluster_id IS NULL THEN '{ALONE}' WHEN m.cluster_id <> $cluster THEN '{ELSEWHERE}'
                            WHEN m.role = '{CORE}' THEN '{CORE}' ELSE '{ASSOCIATE}' END AS place
                FROM counted LEFT JOIN members AS m USING (account_id)
            )
            WHERE $among::VARCHAR[] IS NULL OR list_contains($among::VARCHAR[], place)
            ORDER BY links {ORDERS[order]}, account_id LIMIT $most
            """,
            {
                "kind": key[0],
                "value": key[1],
                "cluster": cluster_id,
                "among": None if among is None else list(among),
                "most": limit + len(there),
            },
        ).to_pylist()
        found = (account_node(row["account_id"]) for row in rows)
    else:
        return ()
    return tuple([node for node in found if node not in there][:limit])
