"""Canaries are found in whatever form the file has, wherever they stand, and traced to their accounts."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkage.cases import tracing
from linkage.cases.tracing import trace
from linkage.errors import InputError
from linkage.store import Snapshot, open_snapshot
from tests.cases.factory import FIRST, publish
from tests.investigate.factory import World

#: marker -> the accounts it was planted with
PLANTED = {
    "zx-canary-77": ["a1"], "shared-canary": ["a2", "b1"], 'quo"ted\\marker': ["c1"], "mañana-ünïcode": ["b2"], "line\nbreak-marker": ["c2"],
    "zx-canary": ["c3"], "abc": ["b3"],
}  # fmt: skip


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[Snapshot]:
    def grow(world: World) -> None:
        for marker, accounts in PLANTED.items():
            world.share("canary", marker, 0.0, accounts)

    publish(tmp_path / "s", FIRST, grow=grow)
    with open_snapshot(tmp_path / "s") as snapshot:
        yield snapshot


def text(file: Path, rows: list[str]) -> Path:
    file.write_text("\n".join(rows), encoding="utf-8")
    return file


def packed(file: Path, rows: list[str]) -> Path:
    file.write_bytes(gzip.compress("\n".join(rows).encode()))
    return file


def jsonl(file: Path, rows: list[str]) -> Path:
    file.write_text("".join(json.dumps({"deep": [{"completion": row}], "n": 1}) + "\n" for row in rows))
    return file


def parquet(file: Path, rows: list[str]) -> Path:
    pq.write_table(pa.table({"n": list(range(len(rows))), "completion": [{"text": [row]} for row in rows]}), file)
    return file


FORMS: dict[str, Callable[[Path, list[str]], Path]] = {
    "found.txt": text, "found.csv": text, "found.bin": text, "found.txt.gz": packed, "found.jsonl": jsonl, "found.parquet": parquet,
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_every_marker_is_found_in_every_form(planted: Snapshot, tmp_path: Path, name: str) -> None:
    rows = ["nothing here"] * 3 + [f"some {marker} text, {marker} again" for marker in PLANTED if len(marker) >= tracing.LEAST]
    found = trace(planted, FORMS[name](tmp_path / name, rows))
    assert found.markers == 6 and found.short == 1
    times = {one.marker: one.times for one in found.traces}
    # one is the beginning of another, and is found inside it as well
    assert times == {**{marker: 2 for marker in PLANTED if len(marker) >= tracing.LEAST}, "zx-canary": 4}
    whose = {(one.marker, one.account_id, one.cluster_id) for one in found.traces}
    assert {("shared-canary", "a2", "A"), ("shared-canary", "b1", "B"), ("zx-canary-77", "a1", "A")} <= whose
    place = next(one.place for one in found.traces if one.marker == "zx-canary-77")
    assert place == {"found.parquet": "row 4, column completion"}.get(name, "line 4")


def test_a_file_without_any_has_no_trace(planted: Snapshot, tmp_path: Path) -> None:
    assert trace(planted, text(tmp_path / "t.txt", ["zx-canar y-77", "ZX-CANARY-77", "abc"])).traces == ()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(piece=st.integers(20, 90), seed=st.integers(0, 10_000))
def test_a_marker_across_the_border_of_two_pieces_is_found_once(
    planted: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int, seed: int
) -> None:
    """Against the slow reference: count in the whole text."""
    rng = random.Random(seed)
    markers = [marker for marker in PLANTED if len(marker) >= tracing.LEAST]
    whole = "".join(rng.choice([*markers, "zx-canary-7", "x", "\n", " shared-"]) for _ in range(40))
    file = tmp_path / "t.txt"
    file.write_text(whole, encoding="utf-8", newline="")
    with monkeypatch.context() as patch:
        patch.setattr(tracing, "_PIECE", piece)
        found = trace(planted, file)
    assert {one.marker: one.times for one in found.traces} == {m: whole.count(m) for m in markers if m in whole}
    for one in found.traces:
        assert one.place == f"line {whole.count(chr(10), 0, whole.index(one.marker)) + 1:,}"


@pytest.mark.parametrize("name", ["nosuch.txt", "folder", "no.parquet", "no.txt.gz", "cut.txt.gz"])
def test_a_file_that_cannot_be_read_is_one_line(planted: Snapshot, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "no.parquet").write_bytes(b"PAR1 no")
    (tmp_path / "no.txt.gz").write_bytes(b"no gzip")
    (tmp_path / "cut.txt.gz").write_bytes(gzip.compress(b"x" * 100_000)[:-20])
    with pytest.raises(InputError) as error:
        trace(planted, tmp_path / name)
    assert name in str(error.value)


def test_a_bomb_is_refused(planted: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "_MOST", 2**20)
    (tmp_path / "bomb.txt.gz").write_bytes(gzip.compress(b"\0" * 2**24))
    with pytest.raises(InputError, match="unpacks to more than"):
        trace(planted, tmp_path / "bomb.txt.gz")


def test_deeply_nested_json_is_no_stack_overflow(planted: Snapshot, tmp_path: Path) -> None:
    file = tmp_path / "deep.jsonl"
    file.write_text("[" * 100_000 + '"zx-canary-77"' + "]" * 100_000 + "\n")
    try:
        assert [one.marker for one in trace(planted, file).traces][:1] == ["zx-canary-77"]
    except InputError as error:
        assert "deep.jsonl" in str(error)
