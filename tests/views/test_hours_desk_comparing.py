from __future__ import annotations

from datetime import date, datetime

import pytest

from linkage.errors import UsageError
from linkage.store import Snapshot
from linkage.views import Standing, Window, account_heat, active_in, course_of, day_heat, desk, members_of, shared_by, sparks


def test_the_map_by_day_has_every_day_and_hour(opened: Snapshot) -> None:
    heat = day_heat(opened, "harvest")
    assert heat.rows == (date(2026, 3, 1), date(2026, 3, 2))
    assert heat.columns == tuple(range(24))
    assert heat.requests[0][0] == 5 * 35
    assert heat.requests[1][2] == 5 * 35
    assert sum(map(sum, heat.requests)) == 5 * 70
    assert day_heat(opened, "nope").rows == ()


def test_the_map_by_account_has_the_busiest_in_equal_spans(opened: Snapshot) -> None:
    heat = account_heat(opened, "harvest", accounts=2, columns=10)
    assert (len(heat.rows), heat.of, heat.hours) == (2, 5, 3)
    assert heat.columns[:2] == (datetime(2026, 3, 1), datetime(2026, 3, 1, 3))
    assert [sum(row) for row in heat.requests] == [70, 70]
    assert account_heat(opened, "nope").rows == ()


@pytest.mark.parametrize(
    ("window", "who"),
    [
        (Window(date(2026, 3, 1), date(2026, 3, 1)), {"a1", "a2", "a3", "a4", "a5"}),
        (Window(date(2026, 3, 2), date(2026, 3, 9), 2, 2), {"a1", "a2", "a3", "a4", "a5"}),
        (Window(date(2026, 3, 2), date(2026, 3, 2), 3, 23), set()),
        (Window(date(2026, 3, 1), date(2026, 3, 2), accounts=("a2", "b1")), {"a2"}),
        (Window(date(2026, 3, 3), date(2026, 3, 4)), set()),
    ],
)
def test_who_was_active_in_a_window(opened: Snapshot, window: Window, who: set[str]) -> None:
    assert set(active_in(opened, "harvest", window)) == who


def standings() -> list[Standing]:
    return [Standing("harvest", "in review", "ada", None), Standing("ring", "dismissed", None, None)]


@pytest.mark.parametrize(
    ("show", "who", "expected"),
    [
        ("open or mine", "ada", ["harvest"]),
        ("open or mine", "grace", []),
        ("open", "grace", ["harvest"]),
        ("mine", "ada", ["harvest"]),
        ("decided", "grace", ["ring"]),
        ("flagged", "grace", ["harvest", "ring"]),
        ("all", "grace", ["harvest", "ring", "office"]),
    ],
)
def test_the_desk_shows_what_is_asked_for(opened: Snapshot, show: str, who: str, expected: list[str]) -> None:
    found = desk(opened, standings(), who=who, show=show)
    assert [cluster.cluster_id for cluster in found.clusters] == expected
    assert found.total == len(expected)


def test_the_desk_filters_orders_and_pages(opened: Snapshot) -> None:
    everything = desk(opened, standings(), who="ada", show="all", order="status")
    assert [cluster.cluster_id for cluster in everything.clusters] == ["office", "harvest", "ring"]
    page = desk(opened, standings(), who="ada", show="all", limit=1, offset=1)
    assert ([cluster.cluster_id for cluster in page.clusters], page.total) == (["ring"], 3)
    assert desk(opened, [], who="ada", show="all", events=["grown"]).total == 1
    assert desk(opened, [], who="ada", show="all", families=["content"]).total == 3
    assert desk(opened, [], who="ada", show="all", families=["nothing"]).total == 0
    with pytest.raises(UsageError):
        desk(opened, [], who="ada", order="luck")


def test_sparks_keep_every_request(opened: Snapshot) -> None:
    lines = sparks(opened, ["harvest", "ring", "nope"], columns=4)
    assert [sum(lines[name]) for name in ("harvest", "ring", "nope")] == [350, 210, 0]
    assert {len(line) for line in lines.values()} == {4}


def test_what_two_sides_share_and_when_they_are_active(opened: Snapshot) -> None:
    one, other = members_of(opened, "harvest"), members_of(opened, "ring")
    found = shared_by(opened, one, other)
    assert [(each.value, each.links, each.one, each.other) for each in found] == [
        ("203.0.113.9", True, 1, 1),
        ("203.0.113.0/24", True, 1, 2),
        ("curl/8", False, 5, 3),
    ]
    course = course_of(opened, other)
    assert course.days == ((date(2026, 3, 1), 105), (date(2026, 3, 2), 105))
    assert (course.hours[0], course.hours[2], sum(course.hours)) == (105, 105, 210)
