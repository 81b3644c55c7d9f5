"""Why an account is in its cluster, and why two accounts are linked: chains of evidence, strongest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from linkage.errors import UsageError
from linkage.investigate.accounts import known, members_on
from linkage.investigate.chains import Chain, longer_chain, two_hops
from linkage.investigate.held import HELD, Key, Row, facts, link_of, seen_of, sources
from linkage.investigate.records import EvidencePath, Explanation, Link, Seen

if TYPE_CHECKING:
    from linkage.store import Snapshot

#: Other members shown with each identifier of an account.
_EXAMPLES: Final = 3


def explain(snapshot: Snapshot, account: str, other: str | None = None, *, limit: int = 20) -> Explanation:
    """Why `account` is in its cluster, or why `account` and `other` are linked, with at most `limit` paths.

    Two accounts that share nothing that counts are linked through a third where there is one, and inside one cluster
    through the strongest longer chain.
    Raises NotFound: an account that the snapshot does not know; UsageError: one account twice.
    """
    if other is None:
        return _explain_one(snapshot, known(snapshot, account), limit)
    if account == other:
        raise UsageError(f"explain {account!r} {other!r}: that is one account; name two, or one alone")
    return _explain_two(snapshot, known(snapshot, account), known(snapshot, other), limit)


def _explain_one(snapshot: Snapshot, row: Row, limit: int) -> Explanation:
    account, cluster_id = row["account_id"], row["cluster_id"]
    mine = snapshot.query(
        f"""
        SELECT h.* FROM {HELD} AS h JOIN identifiers AS i USING (kind, value) WHERE h.account_id = ?
        ORDER BY weight DESC NULLS LAST, i.accounts, h.kind, h.value
        """,
        [account],
    ).to_pylist()
    keys = [_key(held) for held in mine]
    inside = members_on(snapshot, keys, cluster_id)
    if cluster_id is not None:
        mine = [held for held in mine if inside.get(_key(held), 0) >= 2]
    counted = [held for held in mine if held["weight"] is not None]
    uncounted = [held for held in mine if held["weight"] is None]
    shown = counted[:limit]
    others = _others(snapshot, [_key(held) for held in shown], account, cluster_id)
    links = _links(snapshot, shown + uncounted[:limit], inside, others)
    paths = tuple(EvidencePath((account,), (link,), link.weight or 0.0) for link in links[: len(shown)])
    return Explanation(
        account=account,
        other=None,
        cluster_id=cluster_id,
        role=row["role"],
        other_cluster_id=None,
        other_role=None,
        sentence=_sentence_one(account, cluster_id, row["role"], counted),
        paths=paths,
        uncounted=links[len(shown) :],
    )


def _explain_two(snapshot: Snapshot, row: Row, row_other: Row, limit: int) -> Explanation:
    account, other = row["account_id"], row_other["account_id"]
    cluster_id = row["cluster_id"] if row["cluster_id"] == row_other["cluster_id"] else None
    both: dict[Key, list[Row]] = {}
    for held in snapshot.query(
        f"""
        SELECT * FROM {HELD} WHERE account_id IN (?, ?)
        QUALIFY count(*) OVER (PARTITION BY kind, value) = 2 ORDER BY kind, value, account_id <> ?
        """,
        [account, other, account],
    ).to_pylist():
        both.setdefault(_key(held), []).append(held)
    weights = {key: _weakest([held["weight"] for held in pair]) for key, pair in both.items()}
    keys = sorted(both, key=lambda key: (-(weights[key] or 0), key))
    direct = [Chain((account, other), (key,), weights[key] or 0) for key in keys if weights[key] is not None]
    chains = direct[:limit]
    if not chains:
        chains = two_hops(snapshot, account, other, limit=min(limit, 5))
    if not chains and cluster_id is not None:
        chains = longer_chain(snapshot, account, other, cluster_id)
    paths = _paths(snapshot, chains, cluster_id)
    uncounted = [key for key in keys if weights[key] is None][:limit]
    inside = members_on(snapshot, uncounted, cluster_id)
    known_facts, sources_of = facts(snapshot, uncounted), sources(snapshot)
    return Explanation(
        account=account,
        other=other,
        cluster_id=row["cluster_id"],
        role=row["role"],
        other_cluster_id=row_other["cluster_id"],
        other_role=row_other["role"],
        sentence=_sentence_two(account, other, len(direct), chains),
        paths=paths,
        uncounted=tuple(
            link_of(
                known_facts[key],
                weight=None,
                inside=inside.get(key, 0),
                seen=tuple(seen_of(held, sources_of) for held in both[key]),
            )
            for key in uncounted
        ),
    )


def _paths(snapshot: Snapshot, chains: list[Chain], cluster_id: str | None) -> tuple[EvidencePath, ...]:
    """Chains with the facts and the sightings of every step."""
    keys = sorted({key for chain in chains for key in chain.keys})
    accounts = sorted({account for chain in chains for account in chain.accounts})
    if not keys:
        return ()
    found = snapshot.query(
        f"""
        WITH wanted AS (SELECT unnest(?) AS kind, unnest(?) AS value)
        SELECT * FROM {HELD} SEMI JOIN wanted USING (kind, value) WHERE list_contains(?, account_id)
        """,
        [[kind for kind, _ in keys], [value for _, value in keys], accounts],
    ).to_pylist()
    held = {(row["account_id"], *_key(row)): row for row in found}
    inside, known_facts, sources_of = members_on(snapshot, keys, cluster_id), facts(snapshot, keys), sources(snapshot)
    paths = []
    for chain in chains:
        links = []
        for step, key in enumerate(chain.keys):
            ends = [held[name, *key] for name in chain.accounts[step : step + 2]]
            links.append(
                link_of(
                    known_facts[key],
                    weight=_weakest([end["weight"] for end in ends]),
                    inside=inside.get(key, 0),
                    seen=tuple(seen_of(end, sources_of) for end in ends),
                )
            )
        paths.append(EvidencePath(chain.accounts, tuple(links), min(link.weight or 0.0 for link in links)))
    return tuple(paths)


def _links(snapshot: Snapshot, rows: list[Row], inside: dict[Key, int], others: dict[Key, list[Row]]) -> tuple[Link, ...]:
    known_facts, sources_of = facts(snapshot, [_key(row) for row in rows]), sources(snapshot)
    links = []
    for row in rows:
        key = _key(row)
        seen: list[Seen] = [seen_of(held, sources_of) for held in (row, *others.get(key, []))]
        links.append(link_of(known_facts[key], weight=row["weight"], inside=inside.get(key, 0), seen=tuple(seen)))
    return tuple(links)


def _others(snapshot: Snapshot, keys: list[Key], account: str, cluster_id: str | None) -> dict[Key, list[Row]]:
    """The few other holders of each identifier whose links to it weigh most, of the cluster where there is one."""
    found = snapshot.query(
        f"""
        WITH wanted AS (SELECT unnest(?) AS kind, unnest(?) AS value)
        SELECT * FROM {HELD} SEMI JOIN wanted USING (kind, value)
        WHERE account_id <> ? AND weight IS NOT NULL
          AND (?::VARCHAR IS NULL OR account_id IN (SELECT account_id FROM members WHERE cluster_id = ?))
        QUALIFY row_number() OVER (PARTITION BY kind, value ORDER BY weight DESC, account_id) <= ?
        ORDER BY kind, value, weight DESC, account_id
        """,
        [[kind for kind, _ in keys], [value for _, value in keys], account, cluster_id, cluster_id, _EXAMPLES],
    ).to_pylist()
    others: dict[Key, list[Row]] = {}
    for row in found:
        others.setdefault(_key(row), []).append(row)
    return others


def _sentence_one(account: str, cluster_id: str | None, role: str | None, counted: list[Row]) -> str:
    kinds = len({held["kind"] for held in counted})
    what = f"{_count(len(counted), 'identifier that counts', 'identifiers that count')}, of {_count(kinds, 'kind', 'kinds')}"
    if cluster_id is None:
        if not counted:
            return f"{account} is in no cluster: it shares nothing that counts with any account"
        return f"{account} is in no cluster: it shares {what}, with others, but not enough to form one"
    if not counted:
        return f"{account} is {_article(role)} member of cluster {cluster_id}, but shares nothing that counts with it"
    return f"{account} is {_article(role)} member of cluster {cluster_id}: it shares {what}, with other members"


def _sentence_two(account: str, other: str, direct: int, chains: list[Chain]) -> str:
    if direct:
        return f"{account} and {other} share {_count(direct, 'identifier that counts', 'identifiers that count')}"
    if not chains:
        return f"{account} and {other} are not linked: they share nothing that counts, nor does a chain of others join them"
    between = len(chains[0].accounts) - 2
    through = "another account" if between == 1 else f"{between} accounts in a row"
    return f"{account} and {other} share nothing that counts themselves; they are linked through {through}"


def _article(role: str | None) -> str:
    return "an associate" if role == "associate" else f"a {role}" if role else "a"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _weakest(weights: list[Any]) -> int | None:
    return None if any(weight is None for weight in weights) else min(weights)


def _key(row: Row) -> Key:
    return row["kind"], row["value"]
