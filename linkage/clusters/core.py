"""Who is at the core of a community and who is an associate: the one statement of the rule.

The rebuild applies it to every community, and the cut-link test to one cluster without one of its identifiers.
"""

from __future__ import annotations

from typing import Final

import duckdb

from linkage.config import Clusters

#: SQL of an account's `requests`: it sends some, and no more than $habit, so that nothing it does is a habit
SCARCE: Final = "requests BETWEEN 1 AND $habit"


def find_core(con: duckdb.DuckDBPyConnection, *, links: str, totals: str, target: str, clusters: Clusters) -> None:
    """Write table `target`: label, aid, inside, held, families, attachment, told, core; a row for every member.

    `links` are the links inside communities: aid, label, family_id, weight and steady (millionths; see `weigh_links`), families (how
    many other evidence families corroborate the link; -1 where the identifier only names the account, which holds it but is no evidence
    family of its own), once (when, if the account has habits and was seen with the identifier a single time; else null), sole
    (when, if it sends requests and was seen with it a single time; else null).
    `totals` has aid, total, the weight of all of an account's links, and `scarce` (see SCARCE).
    A member is core when links of two evidence families hold it inside (`families`), its best links, one a family,
    weigh enough together (`held`), and most of its weight stays inside (`attachment`, a share); else an associate.
    A family all of whose links are of one moment, in an account that has habits, counts only beside two identifiers that hold it as
    well: a card, an address and a prompt can be forged once, or come by chance once. And no single sighting decides: without the
    heaviest family that rests on one, the others still weigh enough (`sure`), each its best link or those together that it was seen
    with again. What is odd never counts, nor what it corroborates: by what they are without it, links weigh enough together as well.
    Of an account in scarce use all is next to a single sighting: there two families hold it besides (`several`).
    Who is out for that alone is still told of by the cluster's figures (`told`): without its lightest users a group looks heavier than it is.
    Communities of fewer accounts than the configured minimum are left out. The names are ours, never input.
    """
    con.execute(
        f"""
        CREATE OR REPLACE TABLE {target} AS
        WITH strongest AS (
            SELECT label, aid, family_id, max(weight) AS best, max(steady) AS steady, max(weight) FILTER (WHERE families >= 0) AS own,
                   max(families) FILTER (WHERE weight >= $least) AS others,
                   -- all of one moment, in an account that has habits
                   count(*) = count(once) AND min(once) = max(once) AS passing,
                   count(*) = count(sole) AND min(sole) = max(sole) AS single,
                   sum(weight) FILTER (WHERE weight >= $least AND families >= 0 AND sole IS NULL) AS again,
                   sum(steady) FILTER (WHERE steady >= $least AND families >= 0 AND sole IS NULL) AS steady_again,
                   count(*) FILTER (WHERE weight >= $least AND families >= 0 AND once IS NULL) AS firm
            FROM {links} GROUP BY label, aid, family_id
        ),
        counted AS (
            SELECT label, aid, least(sum(best), sum(greatest(steady, steady_again)))::BIGINT AS held, sum(firm) >= 2 AS firm,
                   -- several addresses, each of them seen again, say more than the best of them
                   (sum(greatest(best, again)) - coalesce(max(best) FILTER (WHERE single), 0))::BIGINT AS sure,
                   count(*) FILTER (WHERE own >= $least AND NOT passing) AS lasting,
                   count(*) FILTER (WHERE own >= $least AND passing) AS brief, count(*) FILTER (WHERE passing) AS passing,
                   coalesce(max(others) FILTER (WHERE NOT passing), -1) AS others,
                   coalesce(bool_or(single) FILTER (WHERE own >= $least AND NOT passing), false) AS rests,
                   count(*) FILTER (WHERE steady >= $least AND NOT passing) AS steady
            FROM strongest GROUP BY ALL
        ),
        inside AS (
            -- a link that other families corroborate is held by them as well, even where theirs are too many to weigh
            SELECT label, aid, held, sure, least(lasting - rests::INTEGER, steady) AS several,
                   CASE WHEN firm THEN greatest(lasting + brief, 1 + others)
                                          ELSE greatest(lasting, 1 + others - passing) END AS families
            FROM counted
        ),
        weights AS (SELECT label, aid, sum(weight)::BIGINT AS inside FROM {links} GROUP BY ALL)
        SELECT label, aid, inside, held, families, inside / total AS attachment,
               families >= 2 AND held >= $held AND sure >= $sure AND inside / total >= $attachment AS told,
               told AND (several >= 2 OR NOT scarce) AS core
        FROM inside JOIN weights USING (label, aid) JOIN {totals} USING (aid)
        QUALIFY count(*) OVER (PARTITION BY label) >= $size
        """,
        {
            "least": round(clusters.core_link * 1e6),
            "held": round(clusters.core_weight * 1e6),
            "sure": round(clusters.core_sure * 1e6),
            "attachment": clusters.core_attachment,
            "size": clusters.minimum_size,
        },
    )
