"""Writes a world's tables in any of the forms that the input contract knows; the same table, the same bytes."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from linkage.errors import Unavailable, UsageError

FORMATS: Final = ("parquet", "csv", "csv.gz", "jsonl", "jsonl.gz")
#: text that hardly repeats: a dictionary of it only costs
_PLAIN = ("prompt",)


def check_format(name: str) -> None:
    """Raises UsageError: no such form of file."""
    if name not in FORMATS:
        raise UsageError(f"simulate: {name!r} is no format; give one of {', '.join(FORMATS)}")


def write_table(table: Any, path: Path, form: str) -> None:
    """Write `table` to `path` plus the ending of its form.

    Raises Unavailable: the disk refuses.
    """
    target = path.with_name(f"{path.name}.{form}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if form == "parquet":
            dictionary = [name for name in table.column_names if name not in _PLAIN]
            pyarrow.parquet.write_table(
                table, target, compression="zstd", compression_level=1, use_dictionary=dictionary, row_group_size=122_880
            )
            return
        plain = target.with_suffix("") if form.endswith(".gz") else target
        if form.startswith("csv"):
            pyarrow.csv.write_csv(_as_text(table), plain)
        else:
            _write_jsonl(_as_text(table), plain)
        if form.endswith(".gz"):
            with plain.open("rb") as source, target.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
                shutil.copyfileobj(source, packed, 1 << 20)
            plain.unlink()
    except OSError as error:
        raise Unavailable(f"simulate: cannot write {target}: {error.strerror or error}; give another --out") from None


def _as_text(table: Any) -> Any:
    """Times as ISO 8601 text with Z, everything else as it is."""
    for place, field in enumerate(table.schema):
        if str(field.type).startswith("timestamp"):
            text = pc.strftime(table.column(place), format="%Y-%m-%dT%H:%M:%SZ")
            table = table.set_column(place, field.name, text)
    return table


def _write_jsonl(table: Any, path: Path) -> None:
    con = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    try:
        con.execute("SET threads = 1")
        con.register("world", table)
        con.execute(f"COPY (SELECT * FROM world) TO '{str(path).replace(chr(39), chr(39) * 2)}' (FORMAT json)")
    finally:
        con.close()
