"""The figures of an evaluation against counting by hand and a slow reference."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.errors import InputError
from linkage.evaluate import Evaluation, evaluate, read_truth

Row = tuple[str, str, str, str]  # account, actor, kind, group


def truth(*rows: Row) -> pa.Table:
    names = ("account_id", "actor", "kind", "group")
    return pa.table({name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(names)})


def members(*rows: tuple[str, str, bool]) -> pa.Table:
    return pa.table(
        {
            "account_id": pa.array([row[0] for row in rows], pa.string()),
            "cluster_id": pa.array([row[1] for row in rows], pa.string()),
            "role": pa.array(["core" if row[2] else "associate" for row in rows], pa.string()),
            "risk": pa.array([0.9 if row[2] else 0.1 for row in rows], pa.float64()),
            "flagged": pa.array([row[2] for row in rows], pa.bool_()),
        }
    )


def group(prefix: str, count: int, actor: str, kind: str, name: str = "") -> list[Row]:
    return [(f"{prefix}{place}", actor, kind, name) for place in range(count)]


WORLD = [
    *group("v", 10, "volume", "campaign", "volume"),
    *group("r", 5, "ring-1", "ring", "ring-1"),
    *group("s", 4, "ring-2", "ring", "ring-2"),
    *group("u", 4, "", "university", "university-1"),
    *group("b", 7, "", "background"),
]


def by_hand(*rows: tuple[str, str, bool]) -> Evaluation:
    return evaluate(members(*rows), truth(*WORLD))


def test_a_perfect_answer() -> None:
    flags = [(account, actor, True) for account, actor, _, _ in WORLD if actor]
    found = by_hand(*flags)
    assert (found.precision, found.recall, found.f1, found.b_cubed_f1) == (1, 1, 1, 1)
    assert (found.rings, found.rings_found, found.rings_of_five, found.rings_of_five_found) == (2, 2, 1, 1)
    assert (found.mixed_clusters, found.innocents_flagged) == (0, 0)
    assert [campaign.one_piece for campaign in found.campaigns] == [True]
    assert found.look_alikes == ()


def test_nobody_flagged() -> None:
    found = by_hand(("v0", "c", False))
    assert (found.precision, found.recall, found.f1) == (None, 0, None)
    # alone: precision 1 each; recall the mean over accounts of one over the size of the actor = 3 actors / 19
    assert found.b_cubed_precision == 1
    assert found.b_cubed_recall == pytest.approx(3 / 19)
    assert found.campaigns[0].biggest_share == 0


def test_a_campaign_in_two_pieces_with_associates_and_innocents() -> None:
    rows = [(f"v{place}", "c1", True) for place in range(6)]
    rows += [(f"v{place}", "c2", place < 8) for place in range(6, 9)]
    rows += [("u0", "c1", True), ("u1", "c1", True), ("u2", "c1", True), ("u3", "c1", True), ("b0", "c1", False)]
    found = by_hand(*rows)
    (campaign,) = found.campaigns
    assert (campaign.size, campaign.flagged, campaign.biggest_share, campaign.one_piece) == (10, 8, 0.6, False)
    assert (found.flagged, found.precision, found.recall) == (12, 8 / 12, 8 / 19)
    assert found.innocents_flagged == 4 / 11
    (university,) = found.look_alikes
    assert (university.group, university.share, university.whole) == ("university-1", 1, True)
    assert {kind.kind: (kind.groups, kind.flagged, kind.whole) for kind in found.look_alike_kinds} == {"university": (1, 4, 1)}


def test_an_associate_counts_as_in_the_piece_but_is_not_flagged() -> None:
    found = by_hand(*[(f"v{place}", "c1", place == 0) for place in range(8)])
    assert (found.campaigns[0].flagged, found.campaigns[0].one_piece, found.recall) == (1, True, 1 / 19)


def test_a_cluster_of_two_actors_is_mixed_from_five_accounts_each() -> None:
    rows = [(f"v{place}", "c1", True) for place in range(10)] + [(f"r{place}", "c1", True) for place in range(4)]
    assert by_hand(*rows).mixed_clusters == 0
    assert by_hand(*rows, ("r4", "c1", False)).mixed_clusters == 1


def test_a_ring_is_found_at_four_fifths() -> None:
    assert by_hand(*[(f"r{place}", "c", True) for place in range(4)]).rings_found == 1
    assert by_hand(*[(f"r{place}", "c", True) for place in range(3)]).rings_found == 0


def test_accounts_the_truth_does_not_name_are_counted_apart() -> None:
    found = by_hand(("v0", "c", True), ("stranger", "c", True))
    assert (found.flagged, found.unknown, found.precision) == (1, 1, 1)


def test_truth_without_groups_is_enough() -> None:
    table = truth(*WORLD).drop_columns(["group"])
    assert evaluate(members(("v0", "c", True)), table).look_alike_kinds == ()


def test_the_dictionary_is_plain_and_whole() -> None:
    told = by_hand(("v0", "c", True)).as_dict()
    assert set(told) == set(Evaluation.__dataclass_fields__)
    assert told["campaigns"][0]["actor"] == "volume"
    assert isinstance(told["ring_list"], list)


@pytest.mark.parametrize(
    ("given_members", "given_truth", "told"),
    [
        (members().drop_columns(["flagged"]), truth(*WORLD), "members: column flagged is missing"),
        (members(), truth(*WORLD).drop_columns(["actor"]), "truth: column actor is missing"),
        (members(("v0", "c", True), ("v0", "d", True)), truth(*WORLD), "members: an account has more than one row"),
        (members(), truth(WORLD[0], WORLD[0]), "truth: an account has more than one row"),
    ],
)
def test_bad_tables_are_one_plain_line(given_members: pa.Table, given_truth: pa.Table, told: str) -> None:
    with pytest.raises(InputError, match=told):
        evaluate(given_members, given_truth)


def test_a_truth_that_cannot_be_read_is_one_plain_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_truth(tmp_path / "no.parquet")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(InputError, match="not a readable Parquet file"):
        read_truth(tmp_path / "bad.parquet")
    pyarrow.parquet.write_table(truth(*WORLD), tmp_path / "good.parquet")
    assert read_truth(tmp_path / "good.parquet").equals(truth(*WORLD))


accounts = st.lists(
    st.tuples(st.sampled_from(["", "a", "b", "c"]), st.sampled_from(["", "x", "y", "z"]), st.booleans()),
    min_size=1,
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(accounts)
def test_b_cubed_is_the_slow_one(drawn: list[tuple[str, str, bool]]) -> None:
    rows = [(f"n{place}", actor, cluster, flagged and cluster != "") for place, (actor, cluster, flagged) in enumerate(drawn)]
    found = evaluate(
        members(*[(account, cluster, flagged) for account, _, cluster, flagged in rows if cluster]),
        truth(*[(account, actor, "campaign" if actor else "background", "") for account, actor, _, _ in rows]),
    )
    guilty = [
        (account, actor, cluster if flagged else f"alone {account}") for account, actor, cluster, flagged in rows if actor
    ]
    if not guilty:
        assert found.b_cubed_f1 is None
        return
    precision = recall = 0.0
    for _, actor, cluster in guilty:
        both = sum(a == actor and c == cluster for _, a, c in guilty)
        precision += both / sum(c == cluster for _, _, c in guilty)
        recall += both / sum(a == actor for _, a, _ in guilty)
    precision, recall = precision / len(guilty), recall / len(guilty)
    assert found.b_cubed_precision == pytest.approx(precision)
    assert found.b_cubed_recall == pytest.approx(recall)
    assert found.b_cubed_f1 == pytest.approx(2 * precision * recall / (precision + recall))


def test_any_frame_is_evaluated_alike() -> None:
    told = members(("a", "C1", True), ("b", "C1", False)), truth(("a", "x", "ring", "x"), ("b", "", "background", ""))
    assert evaluate(*(table.to_pandas() for table in told)) == evaluate(*told)


def test_what_is_no_table_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="members: a list is no table"):
        evaluate([1, 2], truth(("a", "x", "ring", "x")))
