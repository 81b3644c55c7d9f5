"""An operator and real customers behind one reseller's gateway: who is core, who is flagged, how many innocents are said to be in it."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from linkage.cli.app import app
from linkage.investigate import counter_evidence
from linkage.store import open_snapshot
from tests import mixed
from tests.factory import ROOT, build

pytestmark = pytest.mark.xdist_group("mixed")


@cache
def store() -> tuple[Path, dict[str, list[str]]]:
    """A store of the gateway's world, and who is who in it."""
    who = mixed.write(ROOT / "mixed" / "input")
    build(ROOT / "mixed" / "input", ROOT / "mixed" / "store", as_of=mixed.AS_OF, threads=1)
    return ROOT / "mixed" / "store", who


def members() -> dict[str, tuple[str, str, bool]]:
    """Cluster, role and flag of every member."""
    with open_snapshot(store()[0]) as snapshot:
        rows = snapshot.query("SELECT account_id, cluster_id, role, flagged FROM members").to_pylist()
    return {row["account_id"]: (row["cluster_id"], row["role"], row["flagged"]) for row in rows}


def test_the_operator_is_one_core_and_no_customer_is_in_it() -> None:
    found, who = members(), store()[1]
    assert len({found[name][:2] for name in who["operator"]}) == 1
    assert {found[name][1] for name in who["operator"]} == {"core"}
    assert not [name for name in who["customer"] + who["crowd"] if found.get(name, ("", "", False))[1] == "core"]
    assert not [name for name in who["customer"] + who["crowd"] if found.get(name, ("", "", False))[2]]


def test_innocents_in_the_operators_cluster_are_estimated_and_shown() -> None:
    found, who = members(), store()[1]
    [(cluster, _)] = Counter(found[name][0] for name in who["operator"]).items()
    beside = sum(found[name][0] == cluster for name in who["customer"] if name in found)
    with open_snapshot(store()[0]) as snapshot:
        told = counter_evidence(snapshot, cluster, 3)
    assert told.size == len(who["operator"]) + beside
    assert abs(told.innocents - beside) <= 0.1 * beside
    shown = CliRunner().invoke(app, ["show", cluster, "--store", str(store()[0]), "--limit", "3"])
    assert shown.exit_code == 0
    assert (told.mixed in shown.stdout) == bool(beside)


def test_the_operator_is_flagged() -> None:
    found, who = members(), store()[1]
    assert all(found[name][2] for name in who["operator"])
