"""Clusters to the snapshot's tables: clusters, members, reasons, and the cluster of each account."""

from __future__ import annotations

import duckdb

from linkage.config import Config


def write_clusters(con: duckdb.DuckDBPyConnection, *, config: Config) -> None:
    """Fill `members`, `clusters`, `reasons` and the cluster columns of `accounts` from the cluster stage's tables."""
    con.execute(
        """
        INSERT INTO members
        SELECT account_id, cluster_id, CASE WHEN core THEN 'core' ELSE 'associate' END,
               round(own + CASE WHEN share > 0 THEN share * (1 - own) ELSE coalesce(share, 0) * own END, 6),
               flagged AND core, round(attachment, 6)
        FROM (SELECT *, risk * CASE WHEN core THEN 1 ELSE $associate END AS own FROM cluster_members JOIN cluster_risk USING (label))
        JOIN cluster_ids USING (label) LEFT JOIN (SELECT aid, share FROM label_spread) USING (aid)
        """,
        {"associate": config.risk.associate},
    )
    con.execute(
        """
        INSERT INTO reasons
        SELECT cluster_id, row_number() OVER (PARTITION BY cluster_id ORDER BY abs(points) DESC, code), code,
               CASE WHEN points > 0 THEN 'for' ELSE 'against' END, points, figure, sentence
        FROM cluster_reasons JOIN cluster_ids USING (label)
        """
    )
    con.execute(
        """
        INSERT INTO clusters
        WITH sizes AS (
            SELECT cluster_members.label, count(*) AS size, count(*) FILTER (WHERE core) AS core, min(a.first_seen) AS first_seen,
                   max(a.last_seen) AS last_seen, sum(a.requests)::BIGINT AS requests, sum(a.input_tokens)::BIGINT AS input_tokens,
                   sum(a.output_tokens)::BIGINT AS output_tokens
            FROM cluster_members JOIN accounts AS a USING (account_id) GROUP BY cluster_members.label
        ),
        links AS (
            SELECT label, count(*) AS links, count(DISTINCT iid) AS identifiers FROM cluster_links GROUP BY label
        ),
        held AS (
            SELECT label, list(DISTINCT family ORDER BY family) AS families
            FROM cluster_links JOIN (SELECT DISTINCT family_id, family FROM graph_kinds) USING (family_id) GROUP BY label
        ),
        changes AS (
            -- all rows of a cluster say one event; sizes compare it with what had its id
            SELECT cluster_id, any_value(event) AS event,
                   max(shared + l.left) FILTER (WHERE previous_id = cluster_id) AS previous,
                   max(joined) FILTER (WHERE previous_id = cluster_id) AS joined,
                   max(l.left) FILTER (WHERE previous_id = cluster_id) AS gone
            FROM lineage AS l WHERE event NOT IN ('gone', 'returned') GROUP BY cluster_id
        ),
        strongest AS (SELECT cluster_id, arg_max(sentence, (points, code)) AS sentence FROM reasons WHERE points > 0 GROUP BY ALL)
        SELECT cluster_id, row_number() OVER (ORDER BY flagged DESC, risk DESC, core DESC, cluster_id), risk, flagged, size, core,
               size - core, round(links / (size * identifiers), 6), first_seen, last_seen, families, requests, input_tokens,
               output_tokens, coalesce(event, 'born'), coalesce(previous, 0), coalesce(joined, size), coalesce(gone, 0), strongest.sentence
        FROM sizes JOIN links USING (label) JOIN held USING (label) JOIN cluster_ids USING (label) JOIN cluster_risk USING (label)
        LEFT JOIN changes USING (cluster_id) LEFT JOIN strongest USING (cluster_id)
        """
    )
    con.execute("INSERT INTO spread SELECT account_id, score, share, sentence FROM label_spread")
    con.execute("UPDATE accounts SET risk = s.share FROM spread AS s WHERE s.account_id = accounts.account_id AND s.share > 0")
    con.execute(
        """
        UPDATE accounts SET cluster_id = m.cluster_id, role = m.role, risk = m.risk, flagged = m.flagged
        FROM members AS m WHERE m.account_id = accounts.account_id
        """
    )
