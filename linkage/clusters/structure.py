"""Where sightings are all there is: no behaviour to judge by, so how a group is held together has to tell.

An account without a second kind of evidence joins the core of a cluster that all but owns an identifier of its own:
of fifty accounts that one address paid, the forty that also pay into one account say what the other ten are. Where
requests or accounts are read, such an account stays outside: there, behaviour is asked before anybody is accused.
"""

from __future__ import annotations

import duckdb

from linkage.config import Risk


def adopt(con: duckdb.DuckDBPyConnection, *, risk: Risk) -> None:
    """Add to the core in `cluster_members` whoever holds an identifier that a cluster's core all but owns.

    `cluster_members` is as `assemble` leaves it; an account in the core of another cluster stays there. The identifier's
    own holders count, not accounts it only names, and `risk.owned` is the share of them that has to be core.
    """
    least, most = risk.structure
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE adopted_by AS
        WITH held AS (
            SELECT aid, iid, label, coalesce(core, false) AS core
            FROM graph_incidences LEFT JOIN cluster_members USING (aid) WHERE n > 0
        ),
        sized AS (
            SELECT label FROM cluster_members GROUP BY label HAVING count(*) FILTER (WHERE core) BETWEEN $least AND $most
        ),
        owned AS (
            SELECT iid, label, count(*) AS cores FROM held SEMI JOIN sized USING (label) WHERE core GROUP BY iid, label
        ),
        holders AS (SELECT iid, count(*) AS holders FROM held GROUP BY iid)
        SELECT iid, label, cores FROM owned JOIN holders USING (iid) WHERE cores >= $few AND cores >= $owned * holders
        """,
        {"least": least, "most": most, "few": max(least // 2, 2), "owned": risk.owned},
    )
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE adopted AS
        SELECT aid, arg_max(label, (cores, -label)) AS label FROM graph_incidences JOIN adopted_by USING (iid)
        ANTI JOIN (SELECT aid FROM cluster_members WHERE core) USING (aid) WHERE n > 0 GROUP BY aid
        """
    )
    con.execute(
        """
        UPDATE cluster_members SET told = true, core = true FROM adopted
        WHERE cluster_members.aid = adopted.aid AND cluster_members.label = adopted.label
        """
    )
    con.execute("DELETE FROM cluster_members USING adopted WHERE cluster_members.aid = adopted.aid AND NOT core")
    con.execute(
        """
        INSERT INTO cluster_members
        SELECT label, aid, account_id, 0, 0, 1, 1.0, true, true FROM adopted JOIN graph_accounts USING (aid)
        ANTI JOIN cluster_members USING (aid)
        """
    )
    # the link that says so is shown, light as it is
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE adopted_links AS
        SELECT DISTINCT l.*, label, kind, family_id FROM graph_links AS l JOIN adopted USING (aid)
        JOIN adopted_by USING (iid, label) JOIN graph_identifiers USING (iid) ANTI JOIN graph_edges USING (aid, iid)
        """
    )
    con.execute("INSERT INTO graph_edges SELECT aid, iid, weight, steady, corroboration, families FROM adopted_links")
    con.execute(
        "INSERT INTO cluster_links SELECT aid, iid, label, weight, steady, corroboration, families, kind, family_id, NULL, NULL FROM adopted_links"
    )
    con.execute("DROP TABLE adopted; DROP TABLE adopted_by; DROP TABLE adopted_links")
