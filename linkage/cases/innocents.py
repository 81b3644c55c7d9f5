"""How many innocents a list of accounts may hold: what labels say here, or what was measured on simulated worlds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from linkage.investigate import counter_evidence
from linkage.investigate.printable import counted

if TYPE_CHECKING:
    from linkage.store import Snapshot

#: Facts that speak for one account by itself, strongest first; the others fit many a harvester as well.
_SPEAKING = ("benign_label", "declared", "end_users", "human_hours")


@dataclass(frozen=True)
class Innocents:
    """The estimate for a list of accounts.

    `benign` of `labelled` flagged accounts with a label of the input were confirmed benign; `low` and `high` are the
    ends of the exact 95 % interval (Clopper and Pearson, Biometrika 26, 1934) of that share. Where too few labels are
    there, the worst rate measured on simulated worlds stands instead, and `basis` says so. `expected`, `least` and `most` are
    these shares of the list. `speaking` counts those on the list for whom something of weight speaks, `facts` says what.
    """

    accounts: int
    benign: int
    labelled: int
    low: float
    high: float
    basis: str
    speaking: int
    facts: tuple[str, ...]

    @property
    def expected(self) -> float:
        """Innocents to be expected."""
        return self.accounts * self.benign / self.labelled if self.labelled else 0.0

    @property
    def least(self) -> int:
        """The lower end, rounded down."""
        return int(self.accounts * self.low)

    @property
    def most(self) -> int:
        """The upper end, rounded up."""
        return -int(-self.accounts * self.high // 1)

    @property
    def sentence(self) -> str:
        """The estimate in words."""
        return (
            f"innocents hit: about {self.expected:,.1f} of {counted(self.accounts, 'account')}, "
            f"{self.least:,} to {self.most:,} at 95 % confidence ({self.basis})"
        )


#: Labelled flagged accounts from which on their share says more than a simulated world does.
_ENOUGH = 20


def estimate(snapshot: Snapshot, cluster_id: str, accounts: list[str]) -> Innocents:
    """The estimate for accounts of a cluster. Raises NotFound: the snapshot has no such cluster."""
    from linkage.evidence.rates import Rate, error_rates, worst

    [row] = snapshot.query(
        """
        SELECT count(*) FILTER (WHERE label = 'confirmed_benign') AS benign, count(*) AS labelled
        FROM accounts WHERE flagged AND label IN ('confirmed_benign', 'confirmed_fraud')
        """
    ).to_pylist()
    benign, labelled = int(row["benign"]), int(row["labelled"])
    if labelled >= _ENOUGH:
        basis = f"of {labelled:,} flagged accounts with a label here, {benign:,} were confirmed benign"
    else:
        _, rates = error_rates()
        precision = worst(rates, "precision")
        benign, labelled = precision.of - precision.hits, precision.of
        few = (
            f"only {row['labelled']:,} flagged accounts have a label here"
            if row["labelled"]
            else "no flagged account has a label here"
        )
        basis = f"{few}; the worst that was measured, on {precision.world}, and likely to be worse on yours"
    low, high = Rate("", benign, labelled).interval
    chosen = set(accounts)
    evidence = counter_evidence(snapshot, cluster_id, limit=2**31)
    speaking = [
        [fact.code for fact in one.facts if fact.code in _SPEAKING] for one in evidence.accounts if one.account_id in chosen
    ]
    words = {common.code: common.sentence.split(" accounts ", 1)[-1] for common in evidence.common}
    facts = []
    for code in _SPEAKING:
        number = sum(code in codes for codes in speaking)
        if number:
            facts.append(f"{number:,} {words[code]}")
    return Innocents(len(accounts), benign, labelled, low, high, basis, sum(bool(codes) for codes in speaking), tuple(facts))
