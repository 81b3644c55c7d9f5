"""A bundle's content against itself: every count that it tells people is counted again in its own tables."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from operator import itemgetter
from typing import Any, Final

from linkage.evidence.reading import Files, Refused
from linkage.evidence.recount import RISK_TOLERANCE, recount, risk_of, too_small
from linkage.evidence.verdict import Problem

HEADER: Final = "data/bundle.json"
PUBLIC: Final = "data/public.json"
_TABLES: Final = "data/tables"
_MOST_JSON: Final = 64 * 1024**2
_MOST_LINE: Final = 4 * 1024**2


def read_header(files: Files) -> dict[str, Any]:
    """data/bundle.json: what the bundle says of itself. Raises Refused: it is not there or not such a file."""
    header = _json(files, HEADER)
    wanted = {"format": int, "level": str, "cluster_id": str, "snapshot_id": str, "counts": dict, "tables": dict}
    if not isinstance(header, dict) or any(not isinstance(header.get(name), kind) for name, kind in wanted.items()):
        raise Refused(f"{HEADER} is not of a bundle")
    return header


def faults_of_content(files: Files, header: dict[str, Any]) -> tuple[dict[str, int], list[Problem]]:
    """The counts, counted again, and where something in the bundle says otherwise. Raises Refused."""
    if header["format"] != 1:
        raise Refused("was made by a later version of linkage; check it with that one")
    try:
        return _checked(files, header)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, csv.Error) as error:
        raise Refused(f"is not as a bundle is: {type(error).__name__}") from None


def _checked(files: Files, header: dict[str, Any]) -> tuple[dict[str, int], list[Problem]]:
    faults: list[Problem] = []
    tables: dict[str, int] = header["tables"]
    counted = recount(lambda name, columns: _cells(files, name, columns) if name in tables else iter(()), tables)
    counts = dict(counted.counts)
    if header["level"] == "public":
        told = _json(files, PUBLIC)
        counts = {name: count for name, count in told["counts"].items() if count is not None}
        faults += [Problem(PUBLIC, f"tells a count below ten at {path}") for path in too_small(told)]
    if header["counts"] != counts:
        names = sorted(
            name for name in counts.keys() | header["counts"].keys() if counts.get(name) != header["counts"].get(name)
        )
        faults += [
            Problem(HEADER, f"says {header['counts'].get(name)} {name}, and its tables hold {counts.get(name)}")
            for name in names
        ]
    faults += [Problem(_TABLES, f"the rows contradict each other: {law}") for law in counted.broken]
    faults += _forms(files, tables, counted.counts)
    if header["level"] != "public":
        faults += _risk(header, counted.points)
        faults += _provenance(files, counted.cited)
    faults += _pictures(files, header["level"], counts)
    for name in files.sizes():
        if name.endswith(".html"):
            faults += _told(files, name, counts)
    return counts, faults


def _forms(files: Files, tables: dict[str, int], counted: dict[str, int]) -> Iterator[Problem]:
    """As many rows in all three forms of every table; most of JSON Lines are `counted` already."""
    import pyarrow.parquet as pq

    for name, rows in tables.items():
        lines = counted.get(name)
        found = {
            f"{_TABLES}/{name}.jsonl": sum(1 for _ in _lines(files, f"{_TABLES}/{name}.jsonl")) if lines is None else lines
        }
        with files.open(f"{_TABLES}/{name}.csv") as file:
            found[f"{_TABLES}/{name}.csv"] = sum(1 for _ in csv.reader(io.TextIOWrapper(file, "utf-8", newline=""))) - 1
        with files.open(f"{_TABLES}/{name}.parquet") as file:
            if files.sizes()[f"{_TABLES}/{name}.parquet"] > _MOST_JSON * 4:
                raise Refused(f"{name}.parquet is larger than any of a bundle")
            found[f"{_TABLES}/{name}.parquet"] = pq.ParquetFile(_buffer(file.read())).metadata.num_rows
        for path, count in found.items():
            if count != rows:
                yield Problem(path, f"holds {count:,} rows and not {rows:,}")


def _risk(header: dict[str, Any], points: float) -> Iterator[Problem]:
    """The points of the reasons, added up again, against the risk that people are told."""
    told = header["risk"]
    if abs(told["points"] - points) > 1e-6:
        yield Problem(HEADER, f"says that the reasons add up to {told['points']}, and they do to {points}")
    if told["base"] is not None and abs(risk_of(told["base"] + points) - told["risk"]) > RISK_TOLERANCE:
        yield Problem(HEADER, f"says risk {told['risk']}, and base and points give {risk_of(told['base'] + points):.6f}")


def _provenance(files: Files, cited: dict[str, int]) -> Iterator[Problem]:
    """Every source file that a row cites is in the provenance, with as many rows as cite it."""
    name = "data/provenance.json"
    told: dict[str, int] = {}
    for source in _json(files, name)["sources"]:  # equal files have one digest, and are cited under the first's name
        told[source["sha256"]] = told.get(source["sha256"], 0) + source["cited"]
    for sha256, count in cited.items():
        if told.get(sha256) != count:
            yield Problem(name, f"says {told.get(sha256, 0)} rows rest on source {sha256[:16]}, and {count:,} do")
    for sha256 in sorted(told.keys() - cited.keys()):
        if told[sha256]:
            yield Problem(name, f"says {told[sha256]} rows rest on source {sha256[:16]}, and none does")


def _pictures(files: Files, level: str, counts: dict[str, int]) -> Iterator[Problem]:
    """The graph and the STIX objects hold as many accounts, identifiers and links as the tables."""
    if level != "public":
        found = {"<node ": 0, "<edge ": 0}
        for line in _lines(files, "data/graph.graphml"):
            for mark in found:
                found[mark] += line.count(mark.encode())
        for mark, count in (("<node ", counts["accounts"] + counts["linking_identifiers"]), ("<edge ", counts["links"])):
            if found[mark] != count:
                yield Problem("data/graph.graphml", f"holds {found[mark]:,} of {mark.strip('< ')} and not {count:,}")
    accounts = sum(line.startswith(b'{"type": "user-account"') for line in _lines(files, "data/stix.json"))
    expected = 0 if level == "public" else counts["accounts"]
    if accounts != expected:
        yield Problem("data/stix.json", f"holds {accounts:,} accounts and not {expected:,}")


class _Counts(HTMLParser):
    """The counts that a page tells: `<data value="60" data-count="accounts">60</data>`."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[str, str, str]] = []
        self._open: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "data" and "data-count" in given:
            self._open = (given["data-count"] or "", given.get("value") or "")

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self.told.append((*self._open, data))
            self._open = None


def _told(files: Files, name: str, counts: dict[str, int]) -> Iterator[Problem]:
    page = _Counts()
    for line in _lines(files, name):
        page.feed(line.decode("utf-8"))
    page.close()
    for what, value, shown in page.told:
        if str(counts.get(what)) != value or shown.replace(",", "") != value:
            yield Problem(name, f"says {shown[:20]} {what}, and the tables hold {counts.get(what)}")


def _cells(files: Files, name: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Columns of a table's JSON Lines. Raises ValueError, KeyError, TypeError: a line is no object with these columns."""
    read = json.JSONDecoder().raw_decode
    # a getter of one name gives the value itself, of none there is none
    chosen = itemgetter(*columns) if len(columns) > 1 else lambda row: tuple([row[column] for column in columns])
    for line in _lines(files, f"{_TABLES}/{name}.jsonl"):
        text = line.decode("utf-8")
        row, end = read(text)
        if len(text) - end > 1 or text[end:] not in ("\n", ""):
            raise ValueError("more than an object on a line")
        yield chosen(row)


def _lines(files: Files, name: str) -> Iterator[bytes]:
    if name not in files.sizes():
        raise Refused(f"has no {name}")
    with files.open(name) as file:
        read = file.readline
        while line := read(_MOST_LINE):
            if len(line) == _MOST_LINE:
                raise Refused(f"{name} has a line that is longer than any of a bundle")
            yield line


def _json(files: Files, name: str) -> Any:
    if name not in files.sizes():
        raise Refused(f"has no {name}")
    if files.sizes()[name] > _MOST_JSON:
        raise Refused(f"{name} is larger than any of a bundle")
    with files.open(name) as file:
        try:
            return json.loads(file.read())
        except (ValueError, RecursionError):
            raise Refused(f"{name} is no JSON") from None


def _buffer(content: bytes) -> Any:
    import pyarrow as pa

    return pa.BufferReader(content)
