"""Builders of request logs and of prompts for the tests of fingerprints."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from linkage.config import Config
from linkage.fingerprints import fingerprint, form_families

DATA = Path(__file__).parent / "data"

#: templates with 25 to 60 constant words; nobody's own
TEMPLATES = (
    "You will be given the transcript of a support call about {a}. List every promise the agent made to the customer, "
    "the date by which it should be kept, and the team that has to keep it. Return a table with one row for each promise "
    "and write nothing after the table. Transcript: {b}",
    "Explain step by step how a senior engineer would debug {a} in production. Start from the symptoms, form three "
    "hypotheses, and show which measurement tells them apart. Finish with a short checklist. Context: {b}",
    "Write a detailed lesson plan on {a} for a class of curious teenagers. Include an opening question, two activities "
    "that need no equipment, and a closing discussion. The plan must be based on {b}. Keep the tone warm and avoid jargon.",
)


class Prompts:
    """A seeded source of ordinary prompts, fillings and paraphrases."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.problems = (DATA / "gsm8k_sample.txt").read_text(encoding="utf-8").splitlines()
        letters = {word for text in self.problems for word in text.lower().split() if word.isalpha() and len(word) > 3}
        self.vocabulary = sorted(letters)

    def words(self, least: int, most: int) -> str:
        """Words of the vocabulary at random."""
        return " ".join(self.random.choice(self.vocabulary) for _ in range(self.random.randint(least, most)))

    def ordinary(self) -> str:
        """A prompt of words that nobody else puts in that order."""
        return self.words(20, 45)

    def filled(self, template: str, *, paraphrase: float = 0.0) -> str:
        """A template with its slots filled, and a share of all words replaced."""
        text = template.format(a=self.words(1, 4), b=self.words(5, 20))
        return " ".join(
            self.random.choice(self.vocabulary) if self.random.random() < paraphrase else word for word in text.split()
        )


def bbh() -> list[tuple[str, str]]:
    """(task, prompt) of the BIG-Bench Hard sample."""
    with (DATA / "bbh_sample.csv").open(encoding="utf-8", newline="") as file:
        return [(row["task"], row["input"]) for row in csv.DictReader(file)]


Row = tuple[str, int, str | None, str | None]


@contextmanager
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory."""
    con = duckdb.connect()
    try:
        yield con
    finally:
        con.close()


def log(con: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Row], *, first_record: int = 1) -> None:
    """A relation of requests: (account, second, prompt, system prompt) each."""
    con.register(
        f"{name}_rows",
        pa.table(
            {
                "account_id": pa.array([row[0] for row in rows], pa.string()),
                "ts": pa.array([row[1] * 1_000_000 for row in rows], pa.timestamp("us")),
                "prompt": pa.array([row[2] for row in rows], pa.string()),
                "system_prompt": pa.array([row[3] for row in rows], pa.string()),
                "record": pa.array(range(first_record, first_record + len(rows)), pa.int64()),
            }
        ),
    )
    con.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM "{name}_rows"')


def sketched(con: duckdb.DuckDBPyConnection, rows: Sequence[Row], config: Config | None = None) -> list[tuple[Any, ...]]:
    """Rows that `fingerprint` makes of a log, sorted."""
    log(con, "requests", rows)
    fingerprint(con, source="requests", target="text", config=config or Config())
    return con.execute("SELECT * FROM text ORDER BY ALL").fetchall()


def merged(con: duckdb.DuckDBPyConnection, tables: dict[str, str], name: str = "merged") -> None:
    """A view over sketches of several files (table -> file), as `form_families` reads it."""
    parts = [
        f"SELECT * EXCLUDE (record), '{file}' AS source_file, record AS source_record FROM \"{table}\""
        for table, file in tables.items()
    ]
    con.execute(f'CREATE OR REPLACE VIEW "{name}" AS {" UNION ALL ".join(parts)}')


def linked(con: duckdb.DuckDBPyConnection, rows: Sequence[Row], config: Config | None = None) -> list[tuple[Any, ...]]:
    """Sightings of families (account_id, kind, value, n, first_seen, last_seen, source_file, source_record) of a log."""
    sketched(con, rows, config)
    merged(con, {"text": "f"})
    form_families(con, sightings="merged", target="families", fingerprints="fingerprints", config=config or Config())
    return con.execute("SELECT * FROM families").fetchall()


def holders(found: list[tuple[Any, ...]], kind: str) -> dict[str, set[str]]:
    """Accounts by family value."""
    out: dict[str, set[str]] = {}
    for account, its_kind, value, *_ in found:
        if its_kind == kind:
            out.setdefault(value, set()).add(account)
    return out
