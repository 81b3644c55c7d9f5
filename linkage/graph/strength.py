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

from typing import Any

import duckdb
import pyarrow as pa

from linkage.config import Config
from linkage.engine import first_row
from linkage.graph.corroboration import Ranked, corroborate


def weigh_links(con: duckdb.DuckDBPyConnection, *, config: Config) -> None:
    """Weigh every incidence: table `graph_links` (aid, iid, weight, steady, corroboration, families), all but the last in millionths.

    `steady` is what the link would weigh without what the account was seen with a single time and unlike before (`odd`).
    `families` counts the other evidence families that corroborate the link, -1 for an account the identifier only names.
    Reads the tables of `build_incidences`.
    """
    graph = config.graph
    population = max(int(first_row(con, "SELECT count(*) FROM graph_accounts")[0]), 2)
    found: dict[str, Any] = con.execute(
        """
        SELECT aid::BIGINT AS aid, iid::BIGINT AS iid, kind_id::BIGINT AS kind, family_id::BIGINT AS family, m AS holders,
               n = 0 AS named, odd,
               row_number() OVER (PARTITION BY aid, kind_id ORDER BY m, tie, iid) AS rarest,
               row_number() OVER (PARTITION BY aid, kind_id ORDER BY n DESC, m, tie, iid) AS usual
        FROM graph_incidences JOIN graph_identifiers USING (iid) ORDER BY aid, family_id, kind_id, rarest
        """
    ).fetchnumpy()
    kinds: dict[str, Any] = con.execute("SELECT weight FROM graph_kinds ORDER BY kind_id").fetchnumpy()
    done = corroborate(Ranked(**found), weights=kinds["weight"], population=population, graph=graph)
    con.register(
        "corroborated_arrow",
        pa.table(
            {name: pa.array(getattr(done, name)) for name in ("aid", "iid", "odd", "corroboration", "steady", "families")}
        ),
    )
    con.execute(
        """
        CREATE OR REPLACE TABLE graph_links AS
        WITH identified AS (
            SELECT iid, weight, alone / sqrt(m - 1) AS base, power(
                       sum(least(corroboration, $clear))::BIGINT / ($clear * count(*)), 2 + greatest(0, log10(m / 300))
                   ) AS pure
            FROM corroborated_arrow JOIN graph_identifiers USING (iid) GROUP BY iid, weight, alone, m
        )
        SELECT aid::INTEGER AS aid, iid::INTEGER AS iid,
               round(1e6 * weight * (base + (1 - base) * pure * corroboration / 1e6))::BIGINT AS weight,
               CASE WHEN odd THEN 0 ELSE round(1e6 * weight * (base + (1 - base) * pure * steady / 1e6)) END::BIGINT AS steady,
               corroboration, families::INTEGER AS families
        FROM corroborated_arrow JOIN identified USING (iid)
        """,
        {"clear": round(1_000_000 * graph.clear_corroboration)},
    )
    con.unregister("corroborated_arrow")
