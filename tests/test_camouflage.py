"""A campaign that puts on what everybody is seen with, or adds accounts that look benign, stays flagged (as FRAUDAR asks)."""

from __future__ import annotations

import random
import zipfile
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.camouflage import SORTS, Found, find, wear
from benchmarks.forging import Ground
from linkage.cli.app import app
from linkage.evidence import export
from linkage.investigate import counter_evidence
from linkage.simulate import simulate
from linkage.store import open_snapshot
from tests.factory import ROOT

pytestmark = pytest.mark.xdist_group("camouflage")
#: flagged accounts from which on an operator is a campaign here; those below are rings
CAMPAIGN = 30
#: things that each account puts on, or accounts that join for each
STRENGTH = 20


@cache
def ground() -> tuple[Ground, Found]:
    """A world that takes camouflage, and who is found in it without any."""
    world = ROOT / "camouflaged-world"
    simulate(world, accounts=3000, seed=353, days=8)
    made = Ground(world, Path(ROOT) / "camouflaged", threads=1, extra=False)
    return made, find(made)


@pytest.mark.parametrize("sort", sorted(SORTS))
def test_no_campaign_sinks_below_the_threshold(sort: str) -> None:
    made, found = ground()
    campaigns = [actor for actor, accounts in found.flagged.items() if len(accounts) >= CAMPAIGN]
    assert len(campaigns) >= 2
    strength = STRENGTH if sort != "decoys" else min(STRENGTH, len(found.innocents) // len(found.accounts))
    forged = list(SORTS[sort](made, found, random.Random(f"{sort} {STRENGTH}"), strength))
    assert len({one.account for one in forged}) >= len(found.accounts) * (strength if sort == "decoys" else 1)
    told = wear(made, found, forged)
    assert {actor: share for actor, share in told.shares.items() if actor in campaigns and share < 0.95} == {}


def test_a_cluster_that_was_judged_by_its_kernel_says_so() -> None:
    made, found = ground()
    wear(made, found, list(SORTS["decoys"](made, found, random.Random("says so"), 10)))
    [(cluster, families)] = made.ask("SELECT cluster_id, value FROM figures WHERE name = 'kernel' ORDER BY cluster_id LIMIT 1")
    words = f"judged by those of its accounts that {families:.0f} kinds of evidence or more hold"
    [(other,)] = made.ask("SELECT cluster_id FROM clusters WHERE flagged ORDER BY rank LIMIT 1")
    with open_snapshot(made.store) as snapshot:
        assert words in counter_evidence(snapshot, cluster).narrowed
        assert counter_evidence(snapshot, other).narrowed == ""
    shown = CliRunner().invoke(app, ["show", cluster, "--store", str(made.store)])
    assert shown.exit_code == 0 and words in shown.stdout
    bundle = export(made.store, cluster, out=made.store.parent / "bundles", actor="ada")
    with zipfile.ZipFile(bundle.path) as archive:
        [report] = [name for name in archive.namelist() if name.endswith("data/report.html")]
        assert f"It was {words}" in archive.read(report).decode()
