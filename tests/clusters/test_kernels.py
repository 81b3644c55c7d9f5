"""A cluster is judged by its kernel where the whole of it looks benign: whoever joins loosely takes nothing away from the rest."""

from __future__ import annotations

from datetime import timedelta

from tests.clusters.factory import DAY, Found, Row, crowd, found, hourly, ring

OFFICE = [day * 24 + hour for day in range(7) for hour in (9, 13, 16)]
RING, OTHERS = 8, 500


def joined(loose: int, *, kinds: int = 3, **facts: str) -> Found:
    """A ring that never rests, held by `kinds` kinds of evidence, and accounts that ask little and share two of them with it."""
    names = ("payment", "device", "badge")[:kinds]
    others = crowd(OTHERS + loose)
    with_it = [row["account_id"] for row in others[OTHERS:]]
    accounts: list[Row] = [
        *(
            {**row, "created_at": DAY - timedelta(days=7 * place), "email_domain": "gmail.com"}
            for place, row in enumerate(others)
        ),
        *({"account_id": f"a{n:03d}", "created_at": DAY, "email_domain": "gmail.com", **facts} for n in range(RING)),
    ]
    busy = [row for n in range(RING) for row in hourly(f"a{n:03d}", range(7 * 24), requests=20, tokens=4000)]
    idle = [row for one in others for row in hourly(one["account_id"], OFFICE)]
    return found(
        [*ring(RING, kinds=names), *((name, kind, f"a-{kind}") for name in with_it for kind in names[:2])],
        accounts=accounts,
        activity=[*busy, *idle],
        times=3,
    )


def flagged(made: Found) -> set[str]:
    return {name for name, row in made.members.items() if row["flagged"]}


def test_a_ring_among_accounts_that_look_benign_is_flagged_without_them() -> None:
    operators = {f"a{n:03d}" for n in range(RING)}
    assert flagged(joined(0)) == operators
    made = joined(40)
    assert flagged(made) == operators
    assert set(made.roles().values()) == {"core", "associate"} and len(made.members) == RING + 40
    assert made.figures[made.of("a000")["cluster_id"]]["kernel"] == 3


def test_the_kernel_is_what_more_kinds_of_evidence_hold() -> None:
    """Where two kinds hold all alike there is none, and the whole is judged."""
    made = joined(40, kinds=2)
    assert flagged(made) == set() and "kernel" not in made.figures[made.of("a000")["cluster_id"]]
    assert set(made.roles().values()) == {"core"}


def test_what_speaks_for_the_kernel_counts() -> None:
    """A busy department of one organisation stays what it is: core, and not flagged."""
    made = joined(40, org_id="firm")
    assert flagged(made) == set() and set(made.roles().values()) == {"core"}


def test_a_cluster_that_is_flagged_is_not_narrowed() -> None:
    made = joined(6)
    assert flagged(made) > {f"a{n:03d}" for n in range(RING)}
    assert "kernel" not in made.figures[made.of("a000")["cluster_id"]]
