"""Two desks for the whole session; no test changes their stores."""

from __future__ import annotations

from pathlib import Path

import pytest

from linkage.evidence import Exported, Level
from tests import factory as rebuilds
from tests.evidence.factory import Desk, desk
from tests.investigate.factory import FORMULA, HOSTILE, world


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The rebuilt world of 800 accounts, and its largest flagged cluster."""
    store = rebuilds.store()
    (largest,) = rebuilds.ask(store, "SELECT cluster_id FROM clusters WHERE flagged ORDER BY size DESC, cluster_id LIMIT 1")
    return desk(store, str(largest[0]), tmp_path_factory.mktemp("keys") / "real")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The small world, whose cluster `harvest` has four core members, an associate, and identifiers with hostile values."""
    made = world()
    made.share("device", HOSTILE + "!", 0.4, ["a1", "a2"])
    made.share("device", FORMULA + "+1", 0.4, ["a2", "a3"])
    made.share("email_domain", "owner.example", 0.4, ["a1", "a3"], family="identity")
    made.share("ip", "2001:db8:0:7:1:2:3:4", 0.4, ["a1", "a4"], family="network")
    store = tmp_path_factory.mktemp("small") / "store"
    made.publish(store)
    return desk(store, "harvest", tmp_path_factory.mktemp("keys") / "small")


@pytest.fixture(scope="session")
def bundles(real: Desk, tmp_path_factory: pytest.TempPathFactory) -> dict[Level, Exported]:
    """The real cluster at each level."""
    out = tmp_path_factory.mktemp("bundles")
    return {level: real.export(out, level) for level in Level}


@pytest.fixture(scope="session")
def bundle(small: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small cluster, internal."""
    return small.export(tmp_path_factory.mktemp("bundle")).path
