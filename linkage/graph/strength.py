"""How strongly an identifier links the accounts on it: rarity and corroboration, linear in sightings.

*Rarity* of an identifier on m accounts is `1 / sqrt(m - 1)`: what it says of two of its accounts by itself.

*Corroboration* of a link (account a, identifier v) asks, for every other evidence family, whether the accounts that
share a's identifiers of that family (its *witnesses*) are found on v far more often than chance would have it.
With c(v, u) the number of accounts on both v and u, a witness u of a contributes `(c(v,u) - 1) / (m_u - 1)` of its
(at most `witness_holders`) other holders to the observed sum O, and `(m_v - 1) / (N - 1)` of them to the expected sum
E. The Chernoff bound of a Poisson tail, `(O ln(O/E) - (O - E)) / ln 10`, says how surprising O is; together with the
lift O/E it becomes a credit of 0 to 1, times the weight of the witnesses' kind. Credits of different families combine
as independent: `1 - prod(1 - credit)`. An identifier's *purity* is the share of its accounts that are clearly
corroborated: a default prompt on which three campaigns meet corroborates each of their accounts and still tells
nothing about who belongs to whom. Of each kind an account is linked by its rarest and its most used identifiers and shows
its rarest as witnesses, each in a bounded number; a witness on far more accounts than v (`witness_reach`) tells nothing of
it. An account that an identifier only names (others were seen with it) is linked by it, but has no witness in it: where
"paid" and "was paid by" tell of one payment, they do not corroborate each other. So a link weighs

    weight(kind) * (base + (1 - base) * purity(v)^k * corroboration(a, v)),   base = alone(kind) * rarity(v)

with k = 2, and one more for every factor of ten in the accounts on v beyond three hundred: the more accounts, the likelier
is it that what they share is a default on which two campaigns only meet.

Counting pairs of identifiers per account is linear, since an account offers a bounded number of each kind; pairs of
accounts are never formed. Sums are taken over integers: floating sums of a parallel engine differ from run to run.
"""

from __future__ import annotations

import duckdb

from linkage.config import Config
from linkage.engine import first_row


def weigh_links(con: duckdb.DuckDBPyConnection, *, config: Config) -> None:
    """Weigh every incidence: table `graph_links` (aid, iid, weight, corroboration, families), the first two in millionths.

    `families` counts the other evidence families that corroborate the link, -1 for an account the identifier only names.
    Reads the tables of `build_incidences`.
    """
    graph = config.graph
    population = max(int(first_row(con, "SELECT count(*) FROM graph_accounts")[0]), 2)
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE graph_ranked AS
        SELECT aid, iid, kind_id, family_id, m, n = 0 AS named,
               row_number() OVER (PARTITION BY aid, kind_id ORDER BY m, tie, iid) AS rarest,
               row_number() OVER (PARTITION BY aid, kind_id ORDER BY n DESC, m, tie, iid) AS usual
        FROM graph_incidences JOIN graph_identifiers USING (iid)
        """
    )
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE graph_triples AS
        SELECT link.aid, link.iid AS v, witness.kind_id, (link.iid::BIGINT << 31) + witness.iid AS pair,
               (witness.m - 1)::INTEGER AS holders, least(witness.m - 1, $holders)::INTEGER AS offered
        FROM graph_ranked AS link JOIN graph_ranked AS witness
          ON link.aid = witness.aid AND link.family_id <> witness.family_id
        WHERE (link.rarest <= $links OR link.usual <= $links) AND witness.rarest <= $witnesses
          AND NOT witness.named AND witness.m <= $reach * link.m
        """,
        {
            "links": graph.links_per_kind,
            "witnesses": graph.witnesses_per_kind,
            "reach": graph.witness_reach,
            "holders": graph.witness_holders,
        },
    )
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE graph_pairs AS
        SELECT pair, count(*) - 1 AS others FROM graph_triples GROUP BY pair HAVING count(*) >= 2
        """
    )
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE graph_corroborated AS
        WITH summed AS (
            SELECT aid, v, kind_id, sum(offered)::BIGINT AS offered, sum(offered * others * 1000000 // holders)::BIGINT AS seen
            FROM graph_triples LEFT JOIN graph_pairs USING (pair) GROUP BY aid, v, kind_id
            HAVING sum(others) > 0
        ),
        compared AS (
            SELECT aid, v, summed.kind_id, seen / 1000000.0 AS o, offered * (i.m - 1) / ($population - 1.0) AS e
            FROM summed JOIN graph_identifiers AS i ON i.iid = v
        ),
        credited AS (
            SELECT aid, v, family_id, max(round(1000000 * k.weight
                * least(1, greatest(0, ((o * ln(o / e) - (o - e)) / ln(10) - $least_surprise)
                                       / ($full_surprise - $least_surprise)))
                * least(1, greatest(0, (o / e - $least_lift) / ($full_lift - $least_lift)))))::BIGINT AS credit
            FROM compared JOIN graph_kinds AS k USING (kind_id) WHERE o > e GROUP BY ALL
        ),
        combined AS (
            SELECT aid, v, sum(round(-1000000 * ln(1 - least(credit, 980000) / 1000000.0))::BIGINT)::BIGINT AS doubt,
                   count(*) FILTER (WHERE credit >= 100000) AS families
            FROM credited WHERE credit > 0 GROUP BY ALL
        )
        SELECT ranked.aid, ranked.iid, round(1000000 * (1 - exp(-coalesce(doubt, 0) / 1000000.0)))::BIGINT AS corroboration,
               CASE WHEN named THEN -1 ELSE coalesce(families, 0) END::INTEGER AS families
        FROM graph_ranked AS ranked LEFT JOIN combined ON combined.aid = ranked.aid AND combined.v = ranked.iid
        WHERE rarest <= $links OR usual <= $links
        """,
        {
            "links": graph.links_per_kind,
            "population": population,
            "least_surprise": graph.least_surprise,
            "full_surprise": graph.full_surprise,
            "least_lift": graph.least_lift,
            "full_lift": graph.full_lift,
        },
    )
    con.execute(
        """
        CREATE OR REPLACE TABLE graph_links AS
        WITH identified AS (
            SELECT iid, weight, alone / sqrt(m - 1) AS base, power(
                       sum(least(corroboration, $clear))::BIGINT / ($clear * count(*)), 2 + greatest(0, log10(m / 300))
                   ) AS pure
            FROM graph_corroborated JOIN graph_identifiers USING (iid) GROUP BY iid, weight, alone, m
        )
        SELECT aid, iid, round(1e6 * weight * (base + (1 - base) * pure * corroboration / 1e6))::BIGINT AS weight,
               corroboration, families
        FROM graph_corroborated JOIN identified USING (iid)
        """,
        {"clear": round(1_000_000 * graph.clear_corroboration)},
    )
    con.execute("DROP TABLE graph_triples; DROP TABLE graph_pairs; DROP TABLE graph_ranked; DROP TABLE graph_corroborated")
