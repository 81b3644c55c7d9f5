"""What speaks for the accounts of a cluster: the other side of the case, account by account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from linkage.investigate.clusters import required
from linkage.investigate.records import Reason

if TYPE_CHECKING:
    from linkage.store import Snapshot

#: requests below which an account's hours say nothing
_ENOUGH: Final = 20
#: hours of the day that an account is seen in at least before its rest means anything: a script of one hour rests too
_WAKING: Final = 6
#: the part of an account's traffic that its quietest eight hours of the day hold at most, where it rests as people do
_REST: Final = 0.02
#: a year's use before the cluster's evidence: an account that was there long before
_OLD_DAYS: Final = 365
#: end users from which on an account looks like a gateway
_GATEWAY: Final = 3


@dataclass(frozen=True)
class Fact:
    """One thing that speaks for an account: a code, the figure behind it, the sentence."""

    code: str
    figure: float
    sentence: str


@dataclass(frozen=True)
class InFavour:
    """What speaks for one member."""

    account_id: str
    role: str
    flagged: bool
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Common:
    """How many members one kind of fact speaks for."""

    code: str
    sentence: str
    accounts: int
    share: float


@dataclass(frozen=True)
class CounterEvidence:
    """Against a cluster's risk: the reasons that lowered it, what speaks for its members in sum, and for each of them.

    `accounts` begins with the members for whom most speaks; members for whom nothing does are left out. `innocents` estimates how many of
    the cluster's `size` accounts are innocent: those that are known as benign, serve end users of their own or rest as people do, `core` of
    them at the core. A declared organisation is no part of it, since an operator behind a reseller's gateway has the reseller's. `kernel`
    is how many kinds of evidence hold those accounts that the cluster was judged by, where the whole of it looked benign; else 0.
    """

    reasons: tuple[Reason, ...]
    common: tuple[Common, ...]
    accounts: tuple[InFavour, ...]
    size: int = 0
    innocents: int = 0
    core: int = 0
    kernel: int = 0

    @property
    def narrowed(self) -> str:
        """By whom the cluster was judged, in words; nothing where that is its whole core."""
        if not self.kernel:
            return ""
        return (
            f"judged by those of its accounts that {self.kernel:,} kinds of evidence or more hold: with the others, who are associates "
            "here, it would not be flagged"
        )

    @property
    def mixed(self) -> str:
        """The estimate in words; nothing where nobody seems innocent."""
        if not self.innocents:
            return ""
        return (
            f"innocents in it: about {self.innocents:,} of {self.size:,} accounts, {self.core:,} of them at the core "
            "(benign by a label, with end users of their own, or resting as people do)"
        )


#: facts that are an account's own and that an operator's accounts seldom have
_OWN: Final = frozenset({"benign_label", "end_users", "human_hours"})

#: code -> the sentence about an account (`x` is the figure), and that about several
_SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "benign_label": ("was confirmed as benign", "were confirmed as benign"),
    "declared": ("declares an organisation, with {x:,.0f} accounts in all", "declare an organisation"),
    "human_hours": (
        "rests as people do: its quietest eight hours hold {x:.1%} of its requests",
        "rest as people do, eight hours a day",
    ),
    "low_volume": (
        "sends {x:.0%} of the requests a day that an account here typically sends",
        "send less a day than an account typically does",
    ),
    "old": ("was opened {x:,.0f} days before it was first used", "were opened long before"),
    "end_users": ("serves {x:,.0f} end users of its own", "serve end users of their own"),
    "weak": ("only {x:.0%} of its link weight stays inside the cluster", "are tied as much to others as to the cluster"),
}


def counter_evidence(snapshot: Snapshot, cluster_id: str, limit: int = 20) -> CounterEvidence:
    """The reasons against a cluster, and what speaks for its members, at most `limit` of them one by one.

    Raises NotFound.
    """
    summary = required(snapshot, cluster_id)
    found = _facts(snapshot, "SELECT account_id FROM members WHERE cluster_id = $asked", cluster_id)
    counts = {code: sum(any(fact.code == code for fact in one.facts) for one in found) for code in _SENTENCES}
    common = tuple(
        Common(code, f"{number:,} of {summary.size:,} accounts {_SENTENCES[code][1]}", number, number / max(summary.size, 1))
        for code, number in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if number
    )
    [kernel] = snapshot.query(
        "SELECT coalesce(max(value), 0)::INTEGER AS n FROM figures WHERE cluster_id = $asked AND name = 'kernel'",
        {"asked": cluster_id},
    ).to_pylist()
    seeming = [one for one in found if any(fact.code in _OWN for fact in one.facts)]
    return CounterEvidence(
        summary.reasons_against,
        common,
        tuple(found[:limit]),
        size=summary.size,
        innocents=len(seeming),
        core=sum(one.role == "core" for one in seeming),
        kernel=kernel["n"],
    )


def in_favour(snapshot: Snapshot, account_id: str) -> tuple[Fact, ...]:
    """What speaks for one account; nothing for one that the snapshot does not know."""
    found = _facts(snapshot, "SELECT $asked", account_id)
    return found[0].facts if found else ()


def _facts(snapshot: Snapshot, accounts: str, asked: str) -> list[InFavour]:
    """`accounts` is a query of ours over `$asked`."""
    rows = snapshot.query(
        f"""
        WITH wanted AS (SELECT * FROM accounts WHERE account_id IN ({accounts})),
        orgs AS (SELECT org_id, count(*) AS n FROM accounts SEMI JOIN wanted USING (org_id) GROUP BY org_id),
        days AS (
            SELECT account_id, sum(requests)::BIGINT AS requests, count(DISTINCT hour::DATE) AS days
            FROM activity GROUP BY account_id
        ),
        usual AS (SELECT median(requests / days) AS pace FROM days),
        hours AS (
            SELECT account_id, hour(hour) AS hour, sum(requests)::BIGINT AS n
            FROM activity WHERE account_id IN ({accounts}) GROUP BY ALL
        ),
        clock AS (
            SELECT account_id, coalesce(n, 0) AS n, clock.hour AS at
            FROM (SELECT DISTINCT account_id FROM hours) CROSS JOIN (SELECT unnest(range(24)) AS hour) AS clock
            LEFT JOIN hours USING (account_id, hour)
        ),
        -- eight hours from each hour on, round the midnight
        windows AS (
            SELECT a.account_id, a.at, sum(b.n) AS n FROM clock AS a JOIN clock AS b
              ON a.account_id = b.account_id AND (b.at - a.at + 24) % 24 < 8 GROUP BY ALL
        ),
        active AS (SELECT account_id FROM hours GROUP BY account_id HAVING count(*) >= $waking),
        quiet AS (SELECT account_id, min(n) AS n FROM windows SEMI JOIN active USING (account_id) GROUP BY account_id),
        served AS (
            SELECT account_id, count(*) AS n FROM sightings
            WHERE kind = 'end_user' AND account_id IN ({accounts}) GROUP BY account_id
        )
        SELECT account_id, coalesce(m.role, '') AS role, coalesce(m.flagged, false) AS flagged,
               CASE WHEN label = 'confirmed_benign' THEN 1 END AS benign_label,
               orgs.n AS declared,
               CASE WHEN days.requests >= $enough AND quiet.n / days.requests <= $rest THEN quiet.n / days.requests END
                   AS human_hours,
               CASE WHEN days.requests / days.days < pace THEN days.requests / days.days / pace END AS low_volume,
               CASE WHEN date_diff('day', created_at, first_seen) >= $old THEN date_diff('day', created_at, first_seen) END
                   AS old,
               CASE WHEN served.n >= $gateway THEN served.n END AS end_users,
               CASE WHEN m.attachment < 0.5 THEN m.attachment END AS weak
        FROM wanted LEFT JOIN members AS m USING (account_id) LEFT JOIN orgs USING (org_id)
        LEFT JOIN days USING (account_id) LEFT JOIN quiet USING (account_id) LEFT JOIN served USING (account_id)
        CROSS JOIN usual
        """,
        {"asked": asked, "enough": _ENOUGH, "waking": _WAKING, "rest": _REST, "old": _OLD_DAYS, "gateway": _GATEWAY},
    ).to_pylist()
    members = [
        InFavour(
            account_id=row["account_id"],
            role=row["role"],
            flagged=row["flagged"],
            facts=tuple(
                Fact(code, float(row[code]), sentence.format(x=float(row[code])))
                for code, (sentence, _) in _SENTENCES.items()
                if row[code] is not None
            ),
        )
        for row in rows
    ]
    return sorted((one for one in members if one.facts), key=lambda one: (-len(one.facts), one.account_id))
