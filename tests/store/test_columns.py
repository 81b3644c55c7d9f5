"""The same rows give the same bytes, in whatever order and with however many threads they come."""

from __future__ import annotations

import random
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.store.columns import ROW_GROUP, arrow_schema, write_sorted
from linkage.tables import SNAPSHOT

COLUMNS = SNAPSHOT["identifiers"]
_ROW = st.fixed_dictionaries(
    {
        "kind": st.none() | st.sampled_from(["ip", "payment"]),
        "value": st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
        "accounts": st.none() | st.integers(-(2**63), 2**63 - 1),
        "rarity": st.none() | st.floats(allow_nan=False),
        "links": st.none() | st.booleans(),
    }
)


ENGINE = duckdb.connect()


def written(rows: pa.Table, path: Path, *, threads: int = 1) -> bytes:
    path.unlink(missing_ok=True)
    ENGINE.execute("SET threads = ?", [threads])
    ENGINE.register("given", rows)
    assert write_sorted(ENGINE, "given", COLUMNS, path) == len(rows)
    return path.read_bytes()


def _text(row: dict[str, object]) -> str:
    return repr(sorted(row.items()))


@settings(max_examples=60, deadline=None)
@given(st.lists(_ROW, max_size=8), st.randoms())
def test_bytes_do_not_depend_on_the_order_of_rows(rows: list[dict[str, object]], chance: random.Random) -> None:
    shuffled = rows[:]
    chance.shuffle(shuffled)
    schema = arrow_schema(COLUMNS)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.parquet"
        one = written(pa.Table.from_pylist(rows, schema), path)
        assert written(pa.Table.from_pylist(shuffled, schema), path) == one
        back = pq.read_table(path).select(["kind", "value", "accounts", "rarity", "links"]).to_pylist()
    assert sorted(map(_text, back)) == sorted(map(_text, rows))


def test_bytes_of_many_row_groups_do_not_depend_on_threads_or_order(tmp_path: Path) -> None:
    count = 2 * ROW_GROUP + 1234
    made = """
        SELECT ['ip', 'payment', 'prompt'][1 + i % 3] AS kind, md5((i // 2)::VARCHAR) AS value, 'f' AS family,
            i % 7 AS accounts, TIMESTAMP '2026-01-01' + to_seconds(i) AS first_seen, NULL::TIMESTAMP AS last_seen,
            (i % 13) / 7 AS rarity, 0.5::DOUBLE AS corroboration, random() AS strength, i % 2 = 0 AS links,
            NULL::VARCHAR AS note
        FROM range(?) r(i) ORDER BY hash(i)
    """
    with duckdb.connect() as con:
        con.execute("SELECT setseed(0.5)").fetchall()
        rows = con.sql(made, params=[count]).to_arrow_table().cast(arrow_schema(COLUMNS))
    backwards = rows.take(pa.array(range(count - 1, -1, -1)))
    one = written(rows, tmp_path / "x.parquet")
    assert pq.ParquetFile(tmp_path / "x.parquet").metadata.num_row_groups == 3
    assert pq.read_table(tmp_path / "x.parquet").equals(
        rows.sort_by([(name, "ascending") for name in COLUMNS if name not in ("links", "last_seen", "note")])
    )
    assert written(rows, tmp_path / "x.parquet", threads=4) == one
    assert written(backwards, tmp_path / "x.parquet", threads=3) == one
