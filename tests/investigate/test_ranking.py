from __future__ import annotations

import pytest

from linkage.errors import UsageError
from linkage.investigate import queue
from linkage.store import Snapshot


def test_riskiest_first_with_reasons(snapshot: Snapshot) -> None:
    rows = queue(snapshot)
    assert [row.cluster_id for row in rows] == ["harvest", "ring", "office"]
    first = rows[0]
    assert (first.risk, first.flagged, first.size, first.core, first.associates) == (0.95, True, 5, 4, 1)
    assert first.families == ("content", "payment")
    assert [(r.side, r.points, r.sentence) for r in first.reasons] == [
        ("for", 3.0, "a sentence for harvest"),
        ("against", -1.0, "a sentence against harvest"),
    ]
    assert first.reasons_for == first.reasons[:1]
    assert first.reasons_against == first.reasons[1:]


def test_flagged_limit_offset_and_order(snapshot: Snapshot) -> None:
    assert [row.cluster_id for row in queue(snapshot, flagged=True)] == ["harvest", "ring"]
    assert [row.cluster_id for row in queue(snapshot, limit=1, offset=1)] == ["ring"]
    assert queue(snapshot, limit=0) == []
    assert [row.cluster_id for row in queue(snapshot, order="recent")] == ["office", "harvest", "ring"]
    assert [row.cluster_id for row in queue(snapshot, order="size")] == ["harvest", "ring", "office"]


def test_what_cannot_be_asked(snapshot: Snapshot) -> None:
    with pytest.raises(UsageError, match="risk, size"):
        queue(snapshot, order="rank; DROP TABLE clusters")
    with pytest.raises(UsageError, match="0 or more"):
        queue(snapshot, limit=-1)
