"""What a cluster is like, in figures: one row a cluster, made from its core (from all its members where it has none).

    cluster_members, cluster_links, accounts, activity, models, sightings --> cluster_features (label, figure, ...)

A figure is null where nothing in the input tells. Shares are 0..1.
"""

from __future__ import annotations

from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from linkage.clusters.hours import quiet_share
from linkage.clusters.spread import count_linked
from linkage.clusters.turns import count_meetings
from linkage.config import Config

#: figures that `assess` may use, in the order of the table
FIGURES: Final = (
    "size", "declared", "undeclared", "one_org", "free_mail", "one_domain", "payment_reuse", "cards_each", "signup_burst",
    "networks_each", "one_network", "hosting", "quiet", "requests_a_day", "output_each", "template", "moved",
    "banned", "fraud_labels", "benign_labels", "families", "dormant", "end_users", "countries",
    "age_spread", "domain_elsewhere", "payment_strangers", "weekend", "addresses_each", "address_reuse",
    "linked_fraud", "linked_benign", "together", "loose",
)  # fmt: skip


def count_everybody(con: duckdb.DuckDBPyConnection) -> None:
    """Write what figures need of everybody: `account_days` (account_id, requests, days) and `released` (account_id, moved).

    `released` has a row for everybody who might have moved, once for each new model.
    """
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE account_days AS
        SELECT account_id, sum(requests)::BIGINT AS requests, count(DISTINCT hour::DATE) AS days
        FROM activity GROUP BY account_id
        """
    )
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE released AS
        WITH bounds AS (SELECT min(first_seen) AS began, max(last_seen) AS ended FROM models),
        days AS (
            SELECT model, min(first_seen) AS day FROM models, bounds GROUP BY model
            HAVING day > any_value(began) + INTERVAL 3 DAY AND day < any_value(ended) - INTERVAL 1 DAY
               AND count(*) >= 20
        ),
        eligible AS (
            SELECT account_id, model, day FROM accounts, days WHERE first_seen < day - INTERVAL 1 DAY AND last_seen >= day
        )
        SELECT account_id, coalesce(m.first_seen <= day + INTERVAL 1 DAY, false) AS moved
        FROM eligible LEFT JOIN models AS m USING (account_id, model)
        """
    )


def build_features(con: duckdb.DuckDBPyConnection, *, config: Config) -> None:
    """Write `cluster_features`; see the module's docstring. Wants what `spread_labels`, `find_people` and `count_everybody` wrote."""
    _identity(con, config)
    _payment(con, config)
    _signup(con)
    _network(con)
    _usage(con)
    count_meetings(con, least=config.risk.least_core)
    _content(con, config)
    _release(con)
    count_linked(con)
    con.execute(
        """
        CREATE OR REPLACE TABLE cluster_features AS
        SELECT label, size::DOUBLE AS size, declared, undeclared, one_org, free_mail, one_domain, payment_reuse, cards_each,
               signup_burst, networks_each, one_network, hosting, quiet, requests_a_day, output_each, template, moved, banned,
               fraud_labels, benign_labels, families, dormant, end_users, countries, age_spread, domain_elsewhere,
               payment_strangers, weekend, addresses_each, address_reuse, linked_fraud, linked_benign, together,
               CASE WHEN requests_a_day IS NOT NULL THEN loose END AS loose
        FROM f_identity
        LEFT JOIN f_payment USING (label) LEFT JOIN f_signup USING (label) LEFT JOIN f_network USING (label)
        LEFT JOIN f_usage USING (label) LEFT JOIN f_content USING (label) LEFT JOIN f_release USING (label)
        LEFT JOIN f_linked USING (label) LEFT JOIN f_time USING (label)
        ORDER BY label
        """
    )
    for name in ("identity", "payment", "signup", "network", "usage", "content", "release", "linked", "time"):
        con.execute(f"DROP TABLE f_{name}")


def _identity(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    con.execute(
        """
        CREATE OR REPLACE TABLE f_identity AS
        WITH orgs AS (SELECT label, max(n) AS top FROM (
                SELECT label, org, count(*) AS n FROM people WHERE org IS NOT NULL GROUP BY ALL) GROUP BY label),
        everywhere AS (SELECT email_domain, count(*) AS n FROM accounts WHERE email_domain IS NOT NULL GROUP BY ALL),
        domains AS (SELECT label, max(inside.n) AS top, arg_max(1 - inside.n / everywhere.n, (inside.n, email_domain)) AS elsewhere FROM (
                SELECT label, email_domain, count(*) AS n FROM people WHERE email_domain IS NOT NULL AND NOT free GROUP BY ALL)
            AS inside JOIN everywhere USING (email_domain) GROUP BY label)
        SELECT label, count(*) AS size,
               CASE WHEN (SELECT count(org_id) FROM accounts) > 0 THEN count(org) / count(*) END AS declared,
               CASE WHEN (SELECT count(org_id) FROM accounts) > 0 THEN 1 - count(org_id) / count(*) END AS undeclared,
               CASE WHEN (SELECT count(org_id) FROM accounts) > 0 THEN coalesce(any_value(orgs.top), 0) / count(*) END AS one_org,
               count(*) FILTER (WHERE free) / nullif(count(email_domain), 0) AS free_mail,
               coalesce(any_value(domains.top), 0) / nullif(count(email_domain), 0) AS one_domain,
               count(*) FILTER (WHERE lower(status) IN ('suspended', 'banned', 'terminated', 'closed')) / nullif(count(status), 0)
                   AS banned,
               count(*) FILTER (WHERE decided = 'confirmed_fraud')::DOUBLE AS fraud_labels,
               count(*) FILTER (WHERE decided = 'confirmed_benign')::DOUBLE AS benign_labels,
               median(families)::DOUBLE AS families,
               CASE WHEN count(*) FILTER (WHERE core) < $least THEN count(*) FILTER (WHERE NOT core) / count(*) ELSE 0 END AS loose,
               (quantile_disc(epoch(created_at), 0.9) - quantile_disc(epoch(created_at), 0.1)) / 86400 AS age_spread,
               any_value(domains.top) * coalesce(any_value(elsewhere), 0) / nullif(count(email_domain), 0) AS domain_elsewhere,
               count(*) FILTER (WHERE first_seen > created_at + INTERVAL 60 DAY)
                   / nullif(count(*) FILTER (WHERE created_at IS NOT NULL AND first_seen IS NOT NULL), 0) AS dormant
        FROM people LEFT JOIN orgs USING (label) LEFT JOIN domains USING (label) GROUP BY label
        """,
        {"least": config.risk.least_core},
    )


def _payment(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    """Paying with each other's cards, without a declared organisation that would explain it."""
    con.execute(
        """
        CREATE OR REPLACE TABLE f_payment AS
        WITH held AS (
            SELECT label, aid, value, coalesce(org, CASE WHEN NOT free THEN email_domain END, account_id) AS house
            FROM people JOIN sightings USING (account_id) WHERE kind = 'payment'
        ),
        houses AS (SELECT label, value, house, count(*) AS n FROM held GROUP BY ALL),
        cards AS (SELECT label, value, sum(n) AS holders, max(n) AS kin FROM houses GROUP BY ALL)
        SELECT label, count(DISTINCT aid) FILTER (WHERE holders >= 2) / count(DISTINCT aid) AS payment_reuse,
               count(DISTINCT aid) FILTER (WHERE holders >= 2 AND kin <= holders / 2) / count(DISTINCT aid) AS payment_strangers,
               count(DISTINCT value) / count(DISTINCT aid) AS cards_each
        FROM held JOIN cards USING (label, value) GROUP BY label
        """
    )


def _signup(con: duckdb.DuckDBPyConnection) -> None:
    """Share that signed up in the cluster's busiest three days, beyond what everybody's sign-ups in those days explain."""
    con.execute(
        """
        CREATE OR REPLACE TABLE f_signup AS
        WITH days AS (SELECT label, created_at::DATE AS day, count(*) AS n FROM people WHERE created_at IS NOT NULL GROUP BY ALL),
        windows AS (
            SELECT label, day, sum(n) OVER (PARTITION BY label ORDER BY day RANGE BETWEEN CURRENT ROW AND INTERVAL 2 DAY FOLLOWING) AS n,
                   sum(n) OVER (PARTITION BY label) AS total
            FROM days
        ),
        everyone AS (SELECT created_at::DATE AS day, count(*) AS n FROM accounts WHERE created_at IS NOT NULL GROUP BY ALL),
        base AS (
            SELECT day, sum(n) OVER (ORDER BY day RANGE BETWEEN CURRENT ROW AND INTERVAL 2 DAY FOLLOWING)
                        / sum(n) OVER () AS share FROM everyone
        )
        SELECT label, max(greatest(0, n / total - share)) AS signup_burst FROM windows JOIN base USING (day) GROUP BY label
        """
    )


def _network(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        """
        CREATE OR REPLACE TABLE f_network AS
        WITH held AS (SELECT label, aid, value, n FROM people JOIN sightings USING (account_id) WHERE kind = 'network'),
        each AS (SELECT label, aid, count(*) AS networks FROM held GROUP BY ALL),
        tops AS (SELECT label, max(n) AS top FROM (SELECT label, value, count(*) AS n FROM held GROUP BY ALL) GROUP BY label),
        hosted AS (
            SELECT label, sum(n) FILTER (WHERE hosted) / sum(n) AS hosting
            FROM held LEFT JOIN network_kinds AS k USING (value) GROUP BY label
        ),
        addresses AS (
            SELECT label, aid, value, count(*) OVER (PARTITION BY label, value) AS holders
            FROM people JOIN sightings USING (account_id) WHERE kind = 'ip'
        ),
        places AS (
            SELECT label, count(*) / count(DISTINCT aid) AS addresses_each,
                   count(DISTINCT aid) FILTER (WHERE holders >= 2) / count(DISTINCT aid) AS address_reuse
            FROM addresses GROUP BY label
        )
        SELECT label, median(networks)::DOUBLE AS networks_each, any_value(top) / count(*) AS one_network,
               any_value(addresses_each) AS addresses_each, any_value(address_reuse) AS address_reuse,
               CASE WHEN (SELECT count(*) FROM network_kinds) > 0 THEN coalesce(any_value(hosting), 0) END AS hosting
        FROM each JOIN tops USING (label) JOIN hosted USING (label) LEFT JOIN places USING (label) GROUP BY label
        """
    )


def _usage(con: duckdb.DuckDBPyConnection) -> None:
    hours = con.execute(
        """
        SELECT label, aid, extract('hour' FROM hour)::INTEGER AS hour, sum(a.requests)::BIGINT AS n
        FROM people JOIN activity AS a USING (account_id) GROUP BY ALL ORDER BY ALL
        """
    ).fetchnumpy()
    labels, quiet = quiet_share(
        np.asarray(hours["label"], np.int64), np.asarray(hours["aid"], np.int64), np.asarray(hours["hour"], np.int64),
        np.asarray(hours["n"], np.int64),
    )  # fmt: skip
    con.register("quiet_arrow", pa.table({"label": labels, "quiet": quiet}))
    con.execute(
        """
        CREATE OR REPLACE TABLE f_usage AS
        WITH weeks AS (
            SELECT label, coalesce(sum(a.requests) FILTER (WHERE isodow(hour) >= 6), 0) / sum(a.requests) AS weekend
            FROM people JOIN activity AS a USING (account_id) GROUP BY label HAVING max(hour) - min(hour) >= INTERVAL 7 DAY
        )
        SELECT label, any_value(quiet) AS quiet, any_value(weekend) AS weekend,
               median(d.requests / d.days)::DOUBLE AS requests_a_day,
               sum(p.output_tokens) / nullif(sum(d.requests), 0) AS output_each
        FROM people AS p JOIN account_days AS d USING (account_id) LEFT JOIN quiet_arrow USING (label) LEFT JOIN weeks USING (label) GROUP BY label
        """
    )
    con.unregister("quiet_arrow")


def _content(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    """Share of the texts read that follow a template held inside the cluster: the largest kind's, since kinds overlap."""
    kinds = sorted(name for name, kind in config.kinds.items() if kind.family == "content")
    con.register("content_arrow", pa.table({"kind": pa.array(kinds, pa.string())}))
    con.execute(
        """
        CREATE OR REPLACE TABLE f_content AS
        WITH reads AS (
            SELECT label, aid, false AS system, coalesce(texts, 0) AS read FROM people LEFT JOIN texts_read USING (account_id)
            UNION ALL SELECT label, aid, true, requests FROM people
        ),
        whole AS (SELECT label, system, sum(read)::BIGINT AS read FROM reads GROUP BY ALL HAVING sum(read) > 0),
        used AS (
            -- of the busiest accounts not all prompts are read, but all system prompts
            SELECT l.label, l.kind, least(1, sum(least(s.n, r.read))::BIGINT / any_value(w.read)) AS share
            FROM cluster_links AS l SEMI JOIN content_arrow USING (kind)
            JOIN people AS p USING (label, aid) JOIN graph_identifiers AS i USING (iid)
            JOIN sightings AS s ON s.account_id = p.account_id AND s.kind = i.kind AND s.value = i.value
            JOIN reads AS r ON r.aid = l.aid AND r.system = starts_with(l.kind, 'system_')
            JOIN whole AS w ON w.label = l.label AND w.system = r.system
            GROUP BY l.label, l.kind
        ),
        most AS (SELECT label, max(share) AS share FROM used GROUP BY label),
        ends AS (
            SELECT label, count(DISTINCT account_id) AS n FROM people JOIN sightings USING (account_id) WHERE kind = 'end_user' GROUP BY label
        ),
        countries AS (
            SELECT label, count(DISTINCT value) AS n
            FROM people JOIN sightings USING (account_id) WHERE kind = 'country' GROUP BY label
        )
        SELECT label, CASE WHEN sum(requests) > 0 THEN coalesce(any_value(most.share), 0) END AS template,
               coalesce(any_value(ends.n), 0) / count(*) AS end_users, any_value(countries.n)::DOUBLE AS countries
        FROM people LEFT JOIN most USING (label) LEFT JOIN ends USING (label) LEFT JOIN countries USING (label) GROUP BY label
        """
    )
    con.unregister("content_arrow")


def _release(con: duckdb.DuckDBPyConnection) -> None:
    """Share that used a new model within a day of its first appearance, of those active before and after."""
    con.execute(
        """
        CREATE OR REPLACE TABLE f_release AS
        SELECT label, count(*) FILTER (WHERE moved) / count(*) AS moved FROM people JOIN released USING (account_id) GROUP BY label
        """
    )
