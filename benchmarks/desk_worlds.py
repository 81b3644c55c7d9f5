"""Two worlds in the input contract for measuring the pages: `python -m benchmarks.desk_worlds one|many OUT [--size N]`.

`one` is a single operation of 24,000 accounts that share cards, addresses, sign-up days and prompt templates, among 6,000
strangers; `many` is 20,000 small clusters, each of three to five accounts on a card and an address of their own. Made by SQL from
hashes, so the same size gives the same rows. `linkage rebuild OUT --store STORE` makes the store; benchmarks/desk.py reads it.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import duckdb

SIZES: Final = {"one": 24_000, "many": 20_000}
_STRANGERS: Final = 6_000
_BEGIN: Final = "TIMESTAMP '2026-01-05'"
#: A number from 0 to n - 1 that depends on what is given and nothing else.
_DRAW: Final = "CREATE MACRO draw(n, a, b) AS (hash(concat(a, ' ', b)) % n)::BIGINT"

#: Who there is: number, account_id, the operation it belongs to (-1 = none), which of its operation it is.
_WHO: Final = {
    "one": """
        SELECT i AS n, format('acct_{:06d}', draw(900000, i, 'name') * 8 + i % 8) || printf('_%d', i) AS account_id,
               CASE WHEN i < $size THEN 0 ELSE -1 END AS operation, i AS place
        FROM range($size + $strangers) AS r(i)
    """,
    "many": """
        WITH each AS (SELECT i AS operation, 3 + draw(3, i, 'size') AS size FROM range($size) AS r(i))
        SELECT row_number() OVER (ORDER BY operation, place) AS n, format('acct_{}_{}', operation, place) AS account_id,
               operation, place
        FROM (SELECT operation, unnest(range(size)) AS place FROM each)
    """,
}

#: Cards of an account: each of the large operation works from two of its cells, of 24 accounts, which have a card and two
#: addresses each; a small operation has a card and an address of its own.
_CARDS: Final = {
    "one": """
        SELECT n, account_id, CASE WHEN operation < 0 THEN format('pm_own_{}', n)
               ELSE format('pm_{}', draw($size // 12, n, 'cell' || c)) END AS payment_id
        FROM who, range(CASE WHEN operation < 0 THEN 1 ELSE 2 END) AS r(c)
    """,
    "many": "SELECT n, account_id, format('pm_{}', operation) AS payment_id FROM who",
}

#: The address of a request.
_IPS: Final = {
    "one": """
        CASE WHEN operation < 0 THEN format('198.{}.{}.{}', 18 + (n // 65000) % 2, (n // 250) % 250, 1 + n % 250)
             ELSE format('203.{}.{}.{}', draw($size // 12, n, 'cell' || r % 2) // 250, draw($size // 12, n, 'cell' || r % 2) % 250,
                         1 + draw(2, n, 'host' || r % 2)) END
    """,
    "many": "format('10.{}.{}.{}', operation // 62500, (operation // 250) % 250, 1 + operation % 250)",
}

_PROMPTS: Final = (
    "Solve the following competition problem step by step and show the full chain of reasoning before the answer:",
    "You are grading a student's answer. Give a score from one to ten and a detailed rationale for the score:",
    "Rewrite this function so that it passes all hidden tests, explain every change that you made to it:",
    "Translate the conversation below and annotate each turn with the speaker's intent and politeness level:",
)
_WORDS: Final = (
    "river",
    "matrix",
    "carbon",
    "ledger",
    "planet",
    "orbit",
    "window",
    "signal",
    "harbour",
    "engine",
    "forest",
    "copper",
)


def make(kind: str, out: Path, *, size: int | None = None) -> None:
    """Write the tables of a world into `out`: accounts, payments and requests."""
    out.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    con.execute(_DRAW)
    given = {"size": size or SIZES[kind]} | ({"strangers": _STRANGERS} if kind == "one" else {})
    con.execute(f"CREATE TABLE who AS {_WHO[kind]}", given)
    con.execute(
        f"""
        CREATE TABLE accounts AS SELECT account_id,
               {_BEGIN} + to_seconds(
                   draw(20, CASE WHEN operation < 0 THEN n ELSE operation END, 'day' || place % 7) * 86400 + draw(40000, n, 'time')
               ) AS created_at,
               CASE WHEN operation < 0 THEN format('mail-{{}}.example', draw(3000, n, 'mail'))
                    ELSE format('box-{{}}.example', draw(30, operation, 'mail' || place % 12)) END AS email_domain,
               ['US', 'SG', 'DE', 'IN'][1 + draw(4, n, 'country')] AS country,
               CASE WHEN draw(4, n, 'banned') = 0 AND operation >= 0 THEN 'banned' ELSE 'active' END AS status
        FROM who ORDER BY n
        """
    )
    con.execute(
        f"""
        CREATE TABLE payments AS SELECT c.account_id, c.payment_id, a.created_at + INTERVAL 10 MINUTE AS seen_at
        FROM ({_CARDS[kind]}) AS c JOIN accounts AS a USING (account_id) ORDER BY n, payment_id
        """,
        {"size": given["size"]} if kind == "one" else {},
    )
    con.execute(
        "CREATE TABLE templates AS SELECT unnest(range(4)) AS t, unnest($texts::VARCHAR[]) AS text", {"texts": _PROMPTS}
    )
    words = "[" + ", ".join(f"'{word}'" for word in _WORDS) + "]"
    filler = " || ' ' || ".join(f"{words}[1 + draw({len(_WORDS)}, n * 64 + r, 'word{place}')]" for place in range(14))
    con.execute(
        f"""
        CREATE TABLE requests AS SELECT account_id,
               created_at + to_seconds(1200 + draw(20 * 86400, n * 64 + r, 'when')) AS ts, {_IPS[kind]} AS ip,
               'sdk/1.' || draw(4, n, 'agent') AS user_agent, 'model-a' AS model,
               CASE WHEN operation < 0 THEN {filler} ELSE text || ' ' || {filler} END AS prompt,
               200 + draw(400, n * 64 + r, 'in') AS input_tokens, 900 + draw(2000, n * 64 + r, 'out') AS output_tokens
        FROM who JOIN accounts USING (account_id), range(CASE WHEN operation < 0 THEN 3 ELSE 8 END) AS g(r)
        JOIN templates ON t = draw(4, operation, 'template' || place % 3)
        ORDER BY ts, account_id, r
        """,
        {"size": given["size"]} if kind == "one" else {},
    )
    for table in ("accounts", "payments", "requests"):
        path = str(out / f"{table}.parquet").replace("'", "''")
        con.execute(f"COPY {table} TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
    con.close()


def main() -> None:
    """Write a world."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.desk_worlds", description="Make worlds to measure the pages on."
    )
    parser.add_argument("kind", choices=sorted(SIZES))
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", type=int, help="accounts of the operation (one), or clusters (many)")
    given = parser.parse_args()
    make(given.kind, given.out, size=given.size)


if __name__ == "__main__":
    main()
