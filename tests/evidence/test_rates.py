"""The error rates are those that were measured: counts that add up, with intervals that a reference gives too."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binomtest

from benchmarks.error_rates import MEANINGS, TARGET, counts, document, pooled
from linkage.errors import NotFound
from linkage.evidence.pages import render
from linkage.evidence.rates import CONFIDENCE, INTERVAL, Rate, error_rates, measured, worst
from linkage.simulate.evasion import WAYS

ROOT = Path(__file__).resolve().parents[2]


def told(
    seed: int, *, evasion: str = "none", accounts: int = 1_000, guilty: int = 100, caught: int = 90, wrong: int = 10
) -> dict[str, Any]:
    """An evaluation as `linkage evaluate --format json` prints it, with what benchmarks/accuracy.py says beside it."""
    flagged = caught + wrong
    return {
        "accounts_asked": accounts, "seed": seed, "evasion": evasion, "way": "linkage", "options": [], "code": "1",
        "accounts": accounts, "guilty": guilty, "flagged": flagged + 3, "unknown": 3, "recall": caught / guilty,
        "precision": caught / flagged if flagged else None, "innocents_flagged": wrong / (accounts - guilty),
    }  # fmt: skip


def test_intervals_are_clopper_and_pearsons() -> None:
    for hits, of in ((0, 10), (10, 10), (3, 17), (5899, 5899), (5899, 6038), (0, 193962)):
        reference = binomtest(hits, of).proportion_ci(CONFIDENCE, "exact")
        assert Rate("", hits, of).interval == pytest.approx((reference.low, reference.high), abs=1e-9)


def test_the_rates_of_the_reports_are_whole_and_say_where_they_are_from() -> None:
    note, rates = error_rates()
    assert "simulated worlds" in note
    groups: dict[tuple[int, str, tuple[int, ...]], dict[str, Rate]] = {}
    for rate in rates:
        assert 0 <= rate.hits <= rate.of and rate.of > 0
        low, high = rate.interval
        assert 0 <= low <= rate.rate <= high <= 1
        assert rate.meaning == MEANINGS[rate.what] and "simulated" in rate.world and str(rate.seeds[0]) in rate.world
        assert rate.program.startswith("linkage ") and rate.measured >= "2026-01-01"
        groups.setdefault((rate.accounts, rate.evasion, rate.seeds), {})[rate.what] = rate
    assert groups
    for group in groups.values():
        # the same accounts counted three ways
        assert group.keys() == MEANINGS.keys()
        assert group["precision"].hits == group["recall"].hits
        assert group["precision"].of - group["precision"].hits == group["innocents flagged"].hits


def test_the_file_says_which_interval_it_is() -> None:
    read = tomllib.loads(TARGET.read_text(encoding="utf-8"))
    assert (read["interval"], read["confidence"]) == (INTERVAL, CONFIDENCE)


def test_worlds_of_a_size_and_an_evasion_are_pooled_over_their_seeds() -> None:
    rows = pooled([told(2, wrong=0), told(1), told(1, evasion="all", caught=40), told(1, accounts=5_000), told(1)])
    assert [(row["accounts"], row["evasion"], row["what"]) for row in rows] == [
        (accounts, evasion, what)
        for accounts, evasion in ((1_000, "none"), (1_000, "all"), (5_000, "none"))
        for what in MEANINGS
    ]
    assert [(row["hits"], row["of"], row["seeds"]) for row in rows[:3]] == [
        (180, 190, [1, 2]),
        (180, 200, [1, 2]),
        (10, 1_800, [1, 2]),
    ]
    nothing = pooled([told(1, caught=0, wrong=0)])
    assert [row["what"] for row in nothing] == ["recall", "innocents flagged"]


def test_the_document_reads_back_as_it_was_written() -> None:
    rows = pooled([told(1), told(2)])
    read = tomllib.loads(document(rows, "linkage 9", "2026-12-01"))
    assert read["measured"] == [{**row, "program": "linkage 9", "measured": "2026-12-01"} for row in rows]


def test_an_evaluation_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="seed 1"):
        counts(told(1) | {"precision": 0.5})


def test_the_worst_is_the_least() -> None:
    rates = [Rate("precision", 99, 100), Rate("precision", 990, 1_000), Rate("precision", 9_995, 10_000), Rate("recall", 1, 2)]
    assert worst(rates, "precision") == rates[0]
    with pytest.raises(NotFound, match="no accuracy"):
        worst(rates, "accuracy")


def test_one_command_writes_it(tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    old = told(1, caught=1) | {"code": "0"}
    beside = [told(1, caught=2) | {"way": "linkage louvain"}, told(1, caught=3) | {"options": ["--config", "x"]}]
    results.write_text("".join(f"{json.dumps(row)}\n" for row in (old, *beside, told(1, evasion="jitter"), told(1), told(2))))
    command = [sys.executable, "-m", "benchmarks.error_rates", "--results", str(results), "--date", "2026-12-01", "--print"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    read = tomllib.loads(done.stdout)["measured"]
    assert [(row["what"], row["hits"], row["of"]) for row in read if row["evasion"] == "none"] == [
        ("precision", 180, 200), ("recall", 180, 200), ("innocents flagged", 20, 1_800),
    ]  # fmt: skip
    # every evasion that was measured, also the ones that went worst
    assert {(row["evasion"], tuple(row["seeds"]), row["measured"]) for row in read} == {
        ("none", (1, 2), "2026-12-01"),
        ("jitter", (1,), "2026-12-01"),
    }


def test_a_report_tells_every_evasion_and_the_worst_of_all() -> None:
    _, rates = error_rates()
    told = measured()
    assert {one.world for one in told.worlds} == {rate.world for rate in rates}
    assert {rate.evasion for rate in rates} == {"none", "all", *WAYS} and told.evasions.keys() == {"all", *WAYS}
    for one in told.worst:
        values = [rate.rate for rate in rates if rate.what == one.what]
        assert one.rate == (max(values) if one.what == "innocents flagged" else min(values))
    page = render("rates.html", counts={}, rates=told).decode()
    for rate in rates:
        assert f"{rate.hits:,} of {rate.of:,}" in page and rate.world in page
