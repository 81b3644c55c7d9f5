"""What labels say of accounts that nobody has labelled: half of the known ones hidden, the others ranked; prints Markdown.

    python -m benchmarks.labels DATA/p2p

DATA/p2p holds input/ and truth.parquet (account_id, actor, kind). For every random half of the accounts with an actor the
folder is rebuilt with that half as labels, all accounts without a label are ranked by their own risk (accounts.risk, ties by
account_id), and judged by the hidden half. Beside it stands the rule that Neo4j published for these data: whoever paid a user
with whom they share a card is joined with them, and everybody in a component with a labelled account is a risk. What is
found is a lower bound: an account that nobody ever complained about counts as innocent.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmarks.commands import REPOSITORY, numbers, run, table

#: how many of a ranking are looked at
DEPTHS = (100, 400)
RULE = "published rule"


@dataclass(frozen=True)
class Ranked:
    """The accounts at the head of a ranking, and how many of them and of all are of the hidden half."""

    taken: int
    found: int
    hidden: int
    accounts: int

    @property
    def precision(self) -> float:
        """Share of the taken that are of the hidden half."""
        return self.found / self.taken if self.taken else 0.0

    @property
    def recall(self) -> float:
        """Share of the hidden half that was taken."""
        return self.found / self.hidden

    @property
    def lift(self) -> float:
        """Precision over the rate among all that were ranked."""
        return self.precision / (self.hidden / self.accounts)


def halves(con: duckdb.DuckDBPyConnection, seed: int) -> list[str]:
    """Half of the accounts with an actor, drawn by `seed`."""
    found = con.execute("SELECT account_id FROM truth WHERE actor <> '' ORDER BY account_id").fetchnumpy()["account_id"]
    chosen = np.random.default_rng(seed).permutation(len(found))[: len(found) // 2]
    return sorted(str(found[place]) for place in chosen)


def ranking(con: duckdb.DuckDBPyConnection, data: Path, known: list[str], options: list[str]) -> list[bool]:
    """Whether each account without a label is of the hidden half, by its own risk, riskiest first."""
    with tempfile.TemporaryDirectory(prefix="linkage-labels-") as scratch:
        source, store = Path(scratch) / "input", Path(scratch) / "store"
        shutil.copytree(data / "input", source)
        con.register("known", pa.table({"account_id": known}))
        con.execute(f"COPY (SELECT account_id, 'confirmed_fraud' AS label FROM known) TO '{source / 'labels.parquet'}'")
        run("rebuild", source, "--store", store, *options)
        accounts = store / "snapshots" / (store / "CURRENT").read_text().strip() / "accounts.parquet"
        rows = con.execute(
            """
            SELECT actor <> '' FROM truth ANTI JOIN known USING (account_id)
            LEFT JOIN (SELECT account_id, risk FROM read_parquet($accounts)) USING (account_id)
            ORDER BY coalesce(risk, 0) DESC, account_id
            """,
            {"accounts": str(accounts)},
        ).fetchall()
        con.unregister("known")
    return [bool(row[0]) for row in rows]


def components(con: duckdb.DuckDBPyConnection, data: Path) -> NDArray[np.int64]:
    """The published rule's component of every account, in the order of account_id."""
    con.execute("CREATE TABLE seen AS SELECT * FROM read_parquet($seen)", {"seen": str(data / "input" / "sightings.parquet")})
    pairs = con.execute(
        """
        WITH numbered AS (SELECT account_id, row_number() OVER (ORDER BY account_id) - 1 AS place FROM truth),
        cards AS (SELECT DISTINCT place, value FROM seen JOIN numbered USING (account_id) WHERE kind = 'card'),
        paid AS (
            SELECT DISTINCT a.place AS payer, b.place AS payee
            FROM seen JOIN numbered AS a USING (account_id) JOIN numbered AS b ON b.account_id = seen.value
            WHERE kind = 'paid_account'
        )
        SELECT DISTINCT payer, payee FROM paid JOIN cards AS a ON a.place = payer
        JOIN cards AS b ON b.place = payee AND b.value = a.value WHERE payer <> payee ORDER BY ALL
        """
    ).fetchnumpy()
    (accounts,) = con.execute("SELECT count(*) FROM truth").fetchone() or (0,)
    joined = coo_array((np.ones(len(pairs["payer"])), (pairs["payer"], pairs["payee"])), shape=(accounts, accounts))
    _, labels = connected_components(joined, directed=False)
    return np.asarray(labels, np.int64)


def by_rule(con: duckdb.DuckDBPyConnection, component: NDArray[np.int64], known: list[str]) -> Ranked:
    """Everybody without a label in a component with a labelled account."""
    rows = con.execute("SELECT account_id, actor <> '' AS guilty FROM truth ORDER BY account_id").fetchnumpy()
    labelled = np.isin(rows["account_id"].astype(str), known)
    guilty = np.asarray(rows["guilty"], bool)
    risky = np.isin(component, component[labelled]) & ~labelled
    hidden = guilty & ~labelled
    return Ranked(int(risky.sum()), int((risky & hidden).sum()), int(hidden.sum()), int((~labelled).sum()))


def main() -> None:
    """Parse, rebuild once for every half, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with input/ and truth.parquet")
    parser.add_argument("--halves", type=numbers, default="301-305", help="seeds of the random halves, as 301-305")
    parser.add_argument("--defaults", action="store_true", help="with the default configuration, not docs/p2p.toml")
    given = parser.parse_args()
    options = [] if given.defaults else ["--config", str(REPOSITORY / "docs" / "p2p.toml")]
    con = duckdb.connect()
    con.execute("CREATE TABLE truth AS SELECT * FROM read_parquet($truth)", {"truth": str(given.data / "truth.parquet")})
    component = components(con, given.data)
    told: dict[str, list[Ranked]] = {}
    for seed in given.halves:
        known = halves(con, seed)
        ranked = ranking(con, given.data, known, options)
        rule = by_rule(con, component, known)
        told.setdefault(RULE, []).append(rule)
        # as many as the rule names, so that the two are compared at one length
        for name, depth in (*((f"first {depth}", depth) for depth in DEPTHS), ("first as many as the rule", rule.taken)):
            told.setdefault(name, []).append(Ranked(depth, sum(ranked[:depth]), sum(ranked), len(ranked)))
    base = [one.hidden / one.accounts for one in told[RULE]]
    print(
        f"Base rate of the hidden half {statistics.mean(base):.2%}; mean (least to most) of {len(given.halves)} random halves:\n"
    )
    print(table(["taken", "accounts", "precision", "recall", "lift"], [row(name, several) for name, several in told.items()]))


def row(name: str, several: list[Ranked]) -> list[str]:
    """One line of the table."""
    taken = statistics.mean(one.taken for one in several)

    def spread(values: list[float], form: str) -> str:
        return f"{form.format(statistics.mean(values))} ({form.format(min(values))} to {form.format(max(values))})"

    shares = [spread([getattr(one, what) for one in several], "{:.1%}") for what in ("precision", "recall")]
    return [name, f"{taken:.0f}", *shares, spread([one.lift for one in several], "{:.1f}")]


if __name__ == "__main__":
    main()
