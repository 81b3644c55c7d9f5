"""The risk of a cluster as a visible list: what counts for it, what against, and the sentence that says so.

Each signal turns one figure of `cluster_features` into points on a straight ramp: none at `low`, all of them from
`high` on. Points add up; with the base they are log-odds, and risk is their logistic. The configuration holds the
numbers (`[risk.signals.NAME]`), this list the meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from linkage.config import RiskSignal


@dataclass(frozen=True)
class Signal:
    """`sentence` is a format string over `x`, the figure, and over the cluster's other figures by their names."""

    code: str
    figure: str
    sentence: str

    def points(self, figure: float | None, weight: RiskSignal) -> float:
        """Signed points for a figure; none where it is unknown."""
        if figure is None:
            return 0.0
        share = (figure - weight.low) / (weight.high - weight.low)
        return round(weight.points * min(1.0, max(0.0, share)), 3)


SIGNALS: Final[tuple[Signal, ...]] = (
    Signal(
        "payment_strangers",
        "payment_strangers",
        "{x:.0%} of the accounts share a payment method with strangers, of another organisation or mail domain",
    ),
    Signal(
        "signup_burst", "signup_burst", "{x:.0%} of the accounts signed up within the same three days, beyond what is usual"
    ),
    Signal(
        "round_the_clock",
        "quiet",
        "the quietest eight hours of the day still hold {x:.0%} of the traffic (people: next to none)",
    ),
    Signal("address_rotation", "networks_each", "an account typically came from {x:.0f} different networks"),
    Signal("hosting", "hosting", "{x:.0%} of the traffic came from hosting or VPN ranges"),
    Signal("free_mail", "free_mail", "{x:.0%} of the accounts use mailboxes that anyone can have"),
    Signal("undeclared", "undeclared", "{x:.0%} of the accounts declare no organisation"),
    Signal("volume", "volume", "an account typically sends {x:.1f} times as many requests a day as accounts usually do"),
    Signal("template", "template", "{x:.0%} of the requests follow one kind of shared template"),
    Signal("harvest", "harvest", "a request brings {x:.1f} times the usual output"),
    Signal("moved", "moved", "{x:.0%} of the accounts took up a new model within a day of its release, beyond what is usual"),
    Signal(
        "turns", "turns", "the accounts are active in the same hour {x:.0%} less often than by chance, as if they took turns"
    ),
    Signal("together", "together", "the accounts are active in the same hours {x:.1f} times as often as by chance"),
    Signal("banned", "banned", "{x:.0%} of the accounts are suspended or banned already"),
    Signal("fraud_labels", "fraud_share", "{x:.0%} of the accounts were confirmed as fraud"),
    Signal(
        "linked_fraud", "linked_fraud", "{x:.0%} of the accounts share an identifier with accounts elsewhere confirmed as fraud"
    ),
    Signal("size", "magnitude", "the cluster has {size:,.0f} accounts"),
    Signal("families", "families", "a typical account is held by {x:.0f} independent kinds of evidence"),
    Signal(
        "structure",
        "structure",
        "nothing is known of what the accounts do or say of themselves; {x:.0%} are held together by two independent kinds "
        "of evidence",
    ),
    Signal("countries", "countries", "the accounts gave {x:.0f} different countries"),
    Signal("one_org", "one_org", "{x:.0%} of the accounts belong to one declared organisation"),
    Signal("declared", "declared", "{x:.0%} of the accounts declare an organisation"),
    Signal("one_domain", "one_domain", "{x:.0%} of the accounts share one mail domain that is not a public mailbox"),
    Signal("domain_elsewhere", "domain_elsewhere", "their mail domain is also that of accounts outside the cluster ({x:.0%})"),
    Signal("human_hours", "rest", "the traffic rests at night: {x:.0%} of what a machine would send then is missing"),
    Signal("weekday", "weekday", "the traffic rests at weekends: {x:.0%} of what a machine would send then is missing"),
    Signal("one_place", "one_network", "{x:.0%} of the accounts came from one network, as people in one place do"),
    Signal("one_country", "one_country", "all accounts gave the same country"),
    Signal("low_volume", "modesty", "an account typically sends {x:.0%} less than twice the usual number of requests a day"),
    Signal("loose", "loose", "{x:.0%} of the accounts are not at the core of the cluster, so little holds them together"),
    Signal("grown_slowly", "age_spread", "the accounts were opened over {x:.0f} days, as people join one by one"),
    Signal("benign_labels", "benign_share", "{x:.0%} of the accounts were confirmed as benign"),
    Signal(
        "linked_benign",
        "linked_benign",
        "{x:.0%} of the accounts share an identifier with accounts elsewhere confirmed as benign",
    ),
)
