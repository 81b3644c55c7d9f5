"""How proof reads in a terminal: what hangs on each identifier, where a cluster touches others, what speaks for accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from linkage.cli.output import Row, plain, write, write_table
from linkage.investigate.printable import printable

if TYPE_CHECKING:
    from linkage.investigate import Bridges, CounterEvidence, CutLink, Fact

_CUT = ("kind", "value", "inside", "share", "flagged_after", "core_after", "to_associate", "leaving", "pieces")
_BRIDGE = ("kind", "value", "inside", "weight", "cluster", "its_accounts", "its_weight", "flagged", "in_no_cluster")


def write_proof(cuts: Sequence[CutLink], bridges: Bridges, against: CounterEvidence) -> None:
    """The cut-link test, the bridges and the counter-evidence of a cluster."""
    if cuts:
        which = (
            f"of {cuts[0].flagged:,} flagged" if cuts[0].flagged else f"of {cuts[0].core:,} core accounts, none of them flagged"
        )
        write()
        write(f"take one identifier away ({which}; those on which most hangs):")
        write_table([plain(cut) for cut in cuts], _CUT, indent="  ")
    if bridges.outward:
        write()
        write("bridges to other clusters:")
        write_table(_bridge_rows(bridges), _BRIDGE, indent="  ")
    if bridges.splitting:
        write()
        write("bridges inside:")
        for cut in bridges.splitting:
            write(f"  {cut.sentence}")
    if against.narrowed:
        write()
        write(against.narrowed)
    if against.common:
        write()
        write("in favour of its accounts:")
        if against.mixed:
            write(f"  {against.mixed}")
        for common in against.common:
            write(f"  {printable(common.sentence)}")
        for account in against.accounts:
            said = "; ".join(fact.sentence for fact in account.facts)
            write(f"    {printable(account.account_id)} {said}")


def _bridge_rows(bridges: Bridges) -> list[Row]:
    return [
        {
            "kind": bridge.kind, "value": bridge.value, "inside": bridge.inside, "weight": bridge.weight,
            "cluster": end.cluster_id, "its_accounts": end.accounts, "its_weight": end.weight, "flagged": end.flagged,
            "in_no_cluster": bridge.alone,
        }
        for bridge in bridges.outward
        for end in bridge.ends
    ]  # fmt: skip


def write_hanging(cuts: Sequence[CutLink], in_favour: Mapping[str, Sequence[Fact]]) -> None:
    """The same of an explanation, as sentences."""
    if cuts:
        write()
        write("take one identifier away:")
        for cut in cuts:
            write(f"   cluster {printable(cut.cluster_id)}: {cut.sentence}")
    if any(in_favour.values()):
        write()
        write("in favour:")
        for account, facts in in_favour.items():
            for fact in facts:
                write(f"   {printable(account)} {fact.sentence}")
