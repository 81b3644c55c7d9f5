"""One account: what is known of it and every identifier it was seen with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linkage.errors import NotFound
from linkage.investigate.evidence import Link
from linkage.investigate.held import Key, facts, held, link_of, seen_of, sources, usage
from linkage.investigate.inside import inside
from linkage.investigate.ranking import summary_of
from linkage.investigate.records import AccountDetail

if TYPE_CHECKING:
    from linkage.store import Snapshot


def account(snapshot: Snapshot, account_id: str, *, identifiers: int = 200) -> AccountDetail:
    """An account with its strongest `identifiers`.

    Raises NotFound: no table of the input names that account.
    """
    row = known(snapshot, account_id)
    cluster_id = row.pop("cluster_id")
    days, hours, models = usage(snapshot, "SELECT $account", {"account": account_id})
    return AccountDetail(
        **row,
        cluster=summary_of(snapshot, cluster_id) if cluster_id is not None else None,
        identifiers=_identifiers(snapshot, account_id, cluster_id, identifiers),
        days=days,
        hours=hours,
        models=models,
    )


def known(snapshot: Snapshot, account_id: str) -> dict[str, Any]:
    """An account's row of the accounts table. Raises NotFound."""
    rows: list[dict[str, Any]] = snapshot.query(
        """
        SELECT account_id, created_at, email_domain, country, org_id, plan, status, label, first_seen, last_seen,
               coalesce(requests, 0) AS requests, coalesce(input_tokens, 0) AS input_tokens,
               coalesce(output_tokens, 0) AS output_tokens, cluster_id, role, risk, coalesce(flagged, false) AS flagged
        FROM accounts WHERE account_id = ?
        """,
        [account_id],
    ).to_pylist()
    if not rows:
        raise NotFound(f"snapshot {snapshot.id} has no account {account_id!r}; check the spelling, or search for a part of it")
    return rows[0]


def _identifiers(snapshot: Snapshot, account_id: str, cluster_id: str | None, limit: int) -> tuple[Link, ...]:
    paths = sources(snapshot)
    # What counts first; of the rest, what is shared before what is this account's alone.
    found = snapshot.query(
        f"""
        SELECT h.* FROM {held(snapshot, "account_id = $account")} AS h LEFT JOIN identifiers AS i USING (kind, value)
        ORDER BY weight DESC NULLS LAST, i.strength DESC NULLS LAST, i.accounts NULLS LAST, h.kind, h.value LIMIT $limit
        """,
        {"account": account_id, "limit": limit},
    ).to_pylist()
    keys = [(row["kind"], row["value"]) for row in found]
    on_it = members_on(snapshot, keys, cluster_id)
    facts_of = facts(snapshot, keys)
    return tuple(
        link_of(facts_of[key], weight=row["weight"], inside=on_it.get(key, 0), seen=(seen_of(row, paths),))
        for key, row in zip(keys, found, strict=True)
    )


def members_on(snapshot: Snapshot, keys: list[Key], cluster_id: str | None) -> dict[Key, int]:
    """How many members of a cluster hold each of these identifiers, all of which one does; none where there is no cluster."""
    if cluster_id is None or not keys:
        return {}
    counts = inside(snapshot, cluster_id).counts
    return {key: counts.get(key, 1) for key in keys}
