"""Which texts of an account are fingerprinted: all of most accounts', a fixed number of the busiest ones'.

A few accounts send most of the prompts, and some dozens of them tell the templates of an account as well as thousands
do. The texts with the smallest digests are picked (a bottom-k sketch, Cohen & Kaplan 2007): the pick of a union is the
pick of the picks, so files can be worked through apart and the choice depends neither on rows' order nor on files.
"""

from __future__ import annotations

import duckdb

from linkage.config import Config


def pick_texts(con: duckdb.DuckDBPyConnection, *, source: str, picked: str, target: str, config: Config) -> None:
    """Make table `picked` (account_id, record, pick) of the picked rows, and view `target`: `source` with `pick`, without
    the other prompts.

    `source` has account_id, ts, record, prompt and system_prompt. System prompts all stay: they are few texts.
    """
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE "{picked}" AS
        SELECT account_id, record, pick FROM (
            SELECT account_id, record, md5_number_lower(prompt) AS pick FROM "{source}" WHERE prompt IS NOT NULL
        )
        QUALIFY dense_rank() OVER (PARTITION BY account_id ORDER BY pick) <= $most
        """,
        {"most": config.fingerprints.texts_per_account},
    )
    con.execute(
        f"""
        CREATE OR REPLACE TEMP VIEW "{target}" AS
        SELECT s.account_id, ts, record, pick, CASE WHEN pick IS NOT NULL THEN prompt END AS prompt, system_prompt
        FROM "{source}" AS s LEFT JOIN "{picked}" USING (record) WHERE pick IS NOT NULL OR system_prompt IS NOT NULL
        """
    )


def keep_pick(con: duckdb.DuckDBPyConnection, *, sightings: str, picked: str, target: str) -> None:
    """Make table `target`: the rows of `sightings` that `fingerprint` made of picked texts, each with its `pick`.

    Rows of system prompts have none. A picked text of which nothing was left to sketch, since it is public, takes part in
    the choice all the same: it has a row with an empty value.
    """
    con.execute(
        f"""
        CREATE OR REPLACE TABLE "{target}" AS
        SELECT * REPLACE (CASE WHEN kind = 'prompt_text' THEN pick END AS pick) FROM "{sightings}"
        UNION ALL
        SELECT account_id, 'prompt_text', '', 0, NULL, NULL, min(record), pick FROM "{picked}"
        ANTI JOIN (SELECT account_id, pick FROM "{sightings}" WHERE kind = 'prompt_text') USING (account_id, pick)
        GROUP BY account_id, pick
        """
    )


def still_picked(relation: str, *, several: bool, config: Config) -> str:
    """A query over the text sightings in subquery `relation`: those that the whole of them picks.

    What came of one reading (not `several`) is picked already.
    """
    most = int(config.fingerprints.texts_per_account)
    rank = f"dense_rank() OVER (PARTITION BY account_id, kind ORDER BY pick NULLS LAST) <= {most}"
    whole = f"SELECT * FROM {relation} QUALIFY pick IS NULL OR {rank}" if several else f"SELECT * FROM {relation}"
    return f"SELECT * FROM ({whole}) WHERE value <> ''"
