"""Which texts of an account are fingerprinted: all of most accounts', a fixed number of the busiest ones'.

A few accounts send most of the prompts, and some dozens of them tell the templates of an account as well as thousands
do. The texts with the smallest digests are picked (a bottom-k sketch, Cohen & Kaplan 2007): the pick of a union is the
pick of the picks, so files can be worked through apart and the choice depends neither on rows' order nor on files.
The digest is the engine's own hash, an eighth of the cost of MD5: what was picked by another version of it is not kept.
"""

from __future__ import annotations

import duckdb

from linkage.config import Config


def pick_texts(con: duckdb.DuckDBPyConnection, *, source: str, busy: str, passed: str, target: str, config: Config) -> None:
    """Make table `passed` (record) of the prompts that are passed over, and view `target`: `source` with `pick`, without them.

    `source` has account_id, ts, record, prompt and system_prompt; relation `busy` names, by account_id, every account of
    more rows than are picked. System prompts all stay: they are few texts.
    """
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE "{passed}" AS
        SELECT record FROM (
            SELECT account_id, record, hash(prompt) AS pick
            FROM "{source}" SEMI JOIN "{busy}" USING (account_id) WHERE prompt IS NOT NULL
        )
        QUALIFY dense_rank() OVER (PARTITION BY account_id ORDER BY pick) > $most
        """,
        {"most": config.fingerprints.texts_per_account},
    )
    con.execute(
        f"""
        CREATE OR REPLACE TEMP VIEW "{target}" AS
        SELECT account_id, ts, record, system_prompt, kept AS prompt, hash(kept) AS pick
        FROM (
            SELECT s.*, CASE WHEN p.record IS NULL THEN prompt END AS kept
            FROM "{source}" AS s LEFT JOIN "{passed}" AS p USING (record)
        )
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
