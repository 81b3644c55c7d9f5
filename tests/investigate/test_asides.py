from __future__ import annotations

from linkage.investigate import Aside, SetAside, asides, set_aside
from linkage.store import Snapshot


def test_each_with_file_record_and_reason(snapshot: Snapshot) -> None:
    assert set_aside(snapshot, limit=2) == [
        SetAside("payments.csv", 3, None, "set aside", "has 2 fields instead of 4"),
        SetAside("payments.csv", 9, "account_id", "set aside", "is required and missing"),
    ]
    assert len(set_aside(snapshot)) == 5


def test_counted_by_file_and_column_whole_rows_first(snapshot: Snapshot) -> None:
    assert asides(snapshot) == [
        Aside("payments.csv", None, "set aside", 1, 3, "has 2 fields instead of 4"),
        Aside("payments.csv", "account_id", "set aside", 1, 9, "is required and missing"),
        Aside("requests.csv", "ip", "nulled", 3, 4, 'is not an IP address: "four"'),
    ]
    assert len(asides(snapshot, limit=1)) == 1
