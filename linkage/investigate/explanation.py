"""Why an account is in its cluster, and why two accounts are linked: chains of evidence, strongest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from linkage.errors import UsageError
from linkage.investigate.accounts import known, members_on
from linkage.investigate.chains import Chain, longer_chain, two_hops
from linkage.investigate.evidence import EvidencePath, Explanation, Link, Seen
from linkage.investigate.held import WANTED, Key, Row, facts, held, link_of, lists, seen_of, sources
from linkage.investigate.printable import counted

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
        SELECT h.* FROM {held(snapshot, "account_id = $account")} AS h JOIN identifiers AS i USING (kind, value)
        ORDER BY weight DESC NULLS LAST, i.accounts, h.kind, h.value
        """,
        {"account": account},
    ).to_pylist()
    keys = [_key(hold) for hold in mine]
    inside = members_on(snapshot, keys, cluster_id)
    if cluster_id is not None:
        mine = [hold for hold in mine if inside.get(_key(hold), 0) >= 2]
    mattering = [hold for hold in mine if hold["weight"] is not None]
    uncounted = [hold for hold in mine if hold["weight"] is None]
    shown = mattering[:limit]
    others = _others(snapshot, [_key(hold) for hold in shown], account, cluster_id)
    links = _links(snapshot, shown + uncounted[:limit], inside, others)
    paths = tuple(EvidencePath((account,), (link,), link.weight or 0.0) for link in links[: len(shown)])
    return Explanation(
        account=account,
        other=None,
        cluster_id=cluster_id,
        role=row["role"],
        other_cluster_id=None,
        other_role=None,
        sentence=_sentence_one(account, cluster_id, row["role"], mattering) + _decided(snapshot, account),
        paths=paths,
        uncounted=links[len(shown) :],
    )


def _explain_two(snapshot: Snapshot, row: Row, row_other: Row, limit: int) -> Explanation:
    account, other = row["account_id"], row_other["account_id"]
    cluster_id = row["cluster_id"] if row["cluster_id"] == row_other["cluster_id"] else None
    both: dict[Key, list[Row]] = {}
    for hold in snapshot.query(
        f"""
        SELECT * FROM {held(snapshot, "account_id IN ($account, $other)")}
        QUALIFY count(*) OVER (PARTITION BY kind, value) = 2 ORDER BY kind, value, account_id <> $account
        """,
        {"account": account, "other": other},
    ).to_pylist():
        both.setdefault(_key(hold), []).append(hold)
    weights = {key: _weakest([hold["weight"] for hold in pair]) for key, pair in both.items()}
    keys = sorted(both, key=lambda key: (-(weights[key] or 0), key))
    direct = [Chain((account, other), (key,), weights[key] or 0) for key in keys if weights[key] is not None]
    chains = direct[:limit]
    if not chains:
        chains = two_hops(snapshot, account, other, limit=min(limit, 5))
    if not chains and cluster_id is not None:
        chains = longer_chain(snapshot, account, other, cluster_id)
    uncounted = [key for key in keys if weights[key] is None][:limit]
    # asked once for everything shown: it reads all the cluster's sightings
    inside = members_on(snapshot, sorted({*uncounted, *(key for chain in chains for key in chain.keys)}), cluster_id)
    paths = _paths(snapshot, chains, inside)
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
                seen=tuple(seen_of(hold, sources_of) for hold in both[key]),
            )
            for key in uncounted
        ),
    )


def _paths(snapshot: Snapshot, chains: list[Chain], inside: dict[Key, int]) -> tuple[EvidencePath, ...]:
    """Chains with the facts and the sightings of every step."""
    keys = sorted({key for chain in chains for key in chain.keys})
    accounts = sorted({account for chain in chains for account in chain.accounts})
    if not keys:
        return ()
    rows = _held_by(snapshot, keys, accounts)
    known_facts, sources_of = facts(snapshot, keys), sources(snapshot)
    paths = []
    for chain in chains:
        links = []
        for step, key in enumerate(chain.keys):
            ends = [rows[name, *key] for name in chain.accounts[step : step + 2]]
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
        seen: list[Seen] = [seen_of(hold, sources_of) for hold in (row, *others.get(key, []))]
        links.append(link_of(known_facts[key], weight=row["weight"], inside=inside.get(key, 0), seen=tuple(seen)))
    return tuple(links)


def _others(snapshot: Snapshot, keys: list[Key], account: str, cluster_id: str | None) -> dict[Key, list[Row]]:
    """The few other holders of each identifier whose links to it weigh most, of the cluster where there is one."""
    chosen = snapshot.query(
        f"""
        WITH {WANTED}
        SELECT account_id, kind, value FROM edges SEMI JOIN wanted USING (kind, value)
        WHERE account_id <> $account
          AND ($cluster::VARCHAR IS NULL OR account_id IN (SELECT account_id FROM members WHERE cluster_id = $cluster))
        QUALIFY row_number() OVER (PARTITION BY kind, value ORDER BY weight DESC, account_id) <= $examples
        ORDER BY kind, value, weight DESC, account_id
        """,
        {**lists(keys), "account": account, "cluster": cluster_id, "examples": _EXAMPLES},
    ).to_pylist()
    rows = _held_by(snapshot, keys, sorted({row["account_id"] for row in chosen}))
    others: dict[Key, list[Row]] = {}
    for row in chosen:
        others.setdefault(_key(row), []).append(rows[row["account_id"], *_key(row)])
    return others


def _held_by(snapshot: Snapshot, keys: list[Key], accounts: list[str]) -> dict[tuple[str, str, str], Row]:
    """What these few accounts hold of these identifiers, by account, kind and value."""
    if not accounts:
        return {}
    asked = {f"account{number}": account for number, account in enumerate(accounts)}
    # names one by one, since the engine skips the parts of a file that hold none of them only for such a list
    where = f"account_id IN ({', '.join(f'${name}' for name in asked)})"
    found = snapshot.query(
        f"WITH {WANTED} SELECT * FROM {held(snapshot, where)} SEMI JOIN wanted USING (kind, value)",
        {**lists(keys), **asked},
    ).to_pylist()
    return {(row["account_id"], *_key(row)): row for row in found}


def _sentence_one(account: str, cluster_id: str | None, role: str | None, mattering: list[Row]) -> str:
    kinds = len({hold["kind"] for hold in mattering})
    what = f"{counted(len(mattering), 'identifier that counts', 'identifiers that count')}, of {counted(kinds, 'kind')}"
    if cluster_id is None:
        if not mattering:
            return f"{account} is in no cluster: it shares nothing that counts with any account"
        return f"{account} is in no cluster: it shares {what}, with others, but not enough to form one"
    if not mattering:
        return f"{account} is {_article(role)} member of cluster {cluster_id}, but shares nothing that counts with it"
    return f"{account} is {_article(role)} member of cluster {cluster_id}: it shares {what}, with other members"


def _decided(snapshot: Snapshot, account: str) -> str:
    """What decisions about other accounts say of this one, to go on a sentence with."""
    told = snapshot.query("SELECT sentence FROM spread WHERE account_id = ?", [account])["sentence"].to_pylist()
    return f"; {told[0]}" if told else ""


def _sentence_two(account: str, other: str, direct: int, chains: list[Chain]) -> str:
    if direct:
        return f"{account} and {other} share {counted(direct, 'identifier that counts', 'identifiers that count')}"
    if not chains:
        return f"{account} and {other} are not linked: they share nothing that counts, nor does a chain of others join them"
    between = len(chains[0].accounts) - 2
    through = "another account" if between == 1 else f"{between} accounts in a row"
    return f"{account} and {other} share nothing that counts themselves; they are linked through {through}"


def _article(role: str | None) -> str:
    return "an associate" if role == "associate" else f"a {role}" if role else "a"


def _weakest(weights: list[Any]) -> int | None:
    return None if any(weight is None for weight in weights) else min(weights)


def _key(row: Row) -> Key:
    return row["kind"], row["value"]
