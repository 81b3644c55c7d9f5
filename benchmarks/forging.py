"""A simulated world that takes forged rows: every table a folder, so that a forgery is one more file in it.

Rows that are not forged are linked, not copied, and what the store keeps of their files is used again: a rebuild with
forgeries reads these alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from linkage.config import Config
from linkage.pipeline import rebuild
from linkage.progress import Silent
from linkage.store import open_snapshot

#: what one request can be forged with: kind of sighting -> column
REQUEST: Final = {
    "ip": "ip", "client_id": "client_id", "user_agent": "user_agent", "prompt": "prompt", "system_prompt": "system_prompt",
}  # fmt: skip
#: kinds of the sightings table that `prepare` adds to a world: two that the configuration knows and one it does not
EXTRA: Final = ("device", "phone", "badge")
KINDS: Final = ("payment", "bin", *REQUEST, "email_domain", *EXTRA)


@dataclass(frozen=True)
class Forged:
    """One account seen `times` times with one identifier; a payment brings the range and country of its card along."""

    account: str
    kind: str
    value: str
    times: int = 1


class Ground:
    """A world made ready: `con` has its tables and `truth`; `as_of` is the end of its last day.

    `extra` adds sightings of kinds that simulated worlds do not have, by which operators are held more firmly.
    """

    def __init__(
        self, world: Path, work: Path, *, config: Config | None = None, threads: int | None = None, extra: bool = True
    ) -> None:
        self.input, self.store, self.config, self.threads = work / "input", work / "store", config or Config(), threads
        self.con = duckdb.connect()
        self._written: list[Path] = []
        self.input.mkdir(parents=True)
        for path in sorted((world / "input").iterdir()):
            name = path.name.split(".")[0]
            (self.input / name).mkdir()
            files = sorted(path.iterdir()) if path.is_dir() else [path]
            for file in files:
                (self.input / name / f"true-{file.name}").hardlink_to(file)
            self.con.read_parquet([str(file) for file in files]).create(name)
        self.con.read_parquet(str(world / "truth.parquet")).create("truth")
        if extra:
            self._devices()
        [(self.as_of,)] = self.con.execute("SELECT max(ts)::DATE + INTERVAL 1 DAY FROM requests").fetchall()

    def _devices(self) -> None:
        """Operators' accounts share devices, telephones and badges, about five accounts each; everybody else has their own."""
        self.con.execute(
            """
            CREATE TABLE sightings AS
            SELECT account_id, kind, 'v' || md5(kind || CASE WHEN actor = '' THEN account_id
                ELSE actor || (md5_number_lower(account_id || kind) % greatest(1, size // 5))::VARCHAR END) AS value,
                seen_at
            FROM (SELECT account_id, actor, count(*) OVER (PARTITION BY actor) AS size FROM truth)
            JOIN (SELECT account_id, min(ts) AS seen_at FROM requests GROUP BY account_id) USING (account_id)
            CROSS JOIN (SELECT unnest(['device', 'phone', 'badge']) AS kind)
            WHERE actor <> '' OR md5_number_lower(account_id || kind) % 2 = 0
            ORDER BY account_id, kind
            """
        )
        (self.input / "sightings").mkdir()
        self.con.execute(f"COPY sightings TO '{self.input / 'sightings' / 'true.parquet'}'")

    def rebuild(self, forged: Iterable[Forged] = ()) -> None:
        """The store rebuilt from the world and these forgeries, and from no earlier ones."""
        for path in self._written:
            path.unlink()
        self._written = []
        self._forge(sorted(set(forged), key=lambda one: (one.kind, one.account, one.value)))
        rebuild(
            self.input,
            self.store,
            config=self.config,
            as_of=self.as_of,
            threads=self.threads,
            decisions=False,
            progress=Silent(),
        )

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query to the current snapshot."""
        with open_snapshot(self.store) as snapshot:
            return [tuple(row.values()) for row in snapshot.query(query).to_pylist()]

    def flagged(self) -> set[str]:
        """The flagged accounts of the current snapshot."""
        return {row[0] for row in self.ask("SELECT account_id FROM members WHERE flagged")}

    def clusters(self) -> dict[str, set[str]]:
        """The accounts of each cluster of the current snapshot."""
        found: dict[str, set[str]] = {}
        for cluster, account in self.ask("SELECT cluster_id, account_id FROM members ORDER BY ALL"):
            found.setdefault(cluster, set()).add(account)
        return found

    def values(self, kind: str, accounts: Sequence[str]) -> list[tuple[str, str]]:
        """What these accounts were seen with of a kind, as (account, value), in order."""
        source, column = {
            "payment": ("payments", "payment_id"), "bin": ("payments", "bin"), "email_domain": ("accounts", "email_domain"),
        }.get(kind, ("requests", REQUEST[kind]) if kind in REQUEST else ("sightings", "value"))  # fmt: skip
        where = "AND kind = $kind" if source == "sightings" else "AND $kind <> ''"
        return self.con.execute(
            f"""
            SELECT DISTINCT account_id, {column} FROM {source} WHERE {column} IS NOT NULL {where}
            AND account_id IN (SELECT unnest($accounts)) ORDER BY ALL
            """,
            {"kind": kind, "accounts": list(accounts)},
        ).fetchall()

    def _forge(self, forged: Sequence[Forged]) -> None:
        when = self.as_of - timedelta(days=3)
        forged = [one for one in forged for _ in range(one.times)]
        self.con.register(
            "forged",
            pa.table(
                {
                    "n": pa.array(range(len(forged)), pa.int64()),
                    "account_id": pa.array([one.account for one in forged], pa.string()),
                    "kind": pa.array([one.kind for one in forged], pa.string()),
                    "value": pa.array([one.value for one in forged], pa.string()),
                }
            ),
        )
        column = {kind: f"CASE WHEN kind = '{kind}' THEN value ELSE r.{name} END AS {name}" for kind, name in REQUEST.items()}
        self._write(
            "requests",
            # an ordinary request of the account's own, but for the one thing that is forged
            f"""
            WITH own AS (SELECT DISTINCT ON (account_id) * FROM requests ORDER BY account_id, ts)
            SELECT f.account_id, $when + n * INTERVAL 1 SECOND AS ts, {column["ip"]}, {column["user_agent"]}, {column["client_id"]},
                   model, {column["system_prompt"]}, {column["prompt"]}, coalesce(input_tokens, 50) AS input_tokens,
                   coalesce(output_tokens, 50) AS output_tokens, end_user_id, platform
            FROM forged AS f LEFT JOIN own AS r USING (account_id) WHERE list_contains($kinds, kind) ORDER BY n
            """,
            when=when,
            kinds=list(REQUEST),
        )
        self._write(
            "payments",
            """
            WITH cards AS (SELECT payment_id, max(bin) AS bin, max(country) AS country FROM payments GROUP BY payment_id)
            SELECT account_id, CASE kind WHEN 'payment' THEN value ELSE 'pm_forged' || n END AS payment_id,
                   $when AS seen_at, CASE kind WHEN 'payment' THEN bin ELSE value END AS bin, country
            FROM forged LEFT JOIN cards ON payment_id = value WHERE list_contains($kinds, kind) ORDER BY n
            """,
            when=when,
            kinds=["payment", "bin"],
        )
        self._write(
            "accounts",
            """
            SELECT a.* REPLACE (value AS email_domain) FROM forged JOIN accounts AS a USING (account_id)
            WHERE list_contains($kinds, kind) ORDER BY n
            """,
            kinds=["email_domain"],
        )
        self._write(
            "sightings",
            "SELECT account_id, kind, value, $when AS seen_at FROM forged WHERE NOT list_contains($kinds, kind) ORDER BY n",
            when=when,
            kinds=["payment", "bin", "email_domain", *REQUEST],
        )
        self.con.unregister("forged")

    def _write(self, table: str, query: str, **given: str | datetime | list[str]) -> None:
        found = self.con.sql(query, params=given).to_arrow_table()
        if found.num_rows:
            path = self.input / table / "zz-forged.parquet"
            pq.write_table(found, path)
            self._written.append(path)
