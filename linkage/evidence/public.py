"""The public level: counts of ten and more, and none from which a smaller one could be worked out.

A count of accounts is told only where it and its complement in the cluster are both at least ten, or the complement is
none (primary and complementary suppression; Willenborg and de Waal, Elements of Statistical Disclosure Control, 2001).
Counts of requests and tokens are rounded to two digits, so that nobody's share can be subtracted.
"""

from __future__ import annotations

from typing import Any, Final

from linkage.evidence.gather import Material
from linkage.evidence.recount import LEAST_PUBLIC

#: A reason without its figure, which would be a count in disguise.
TITLES: Final[dict[str, str]] = {
    "payment_strangers": "accounts share payment methods with strangers, of another organisation or mail domain",
    "signup_burst": "many accounts signed up within the same three days",
    "round_the_clock": "the traffic hardly rests at any hour",
    "address_rotation": "accounts came from many different networks",
    "hosting": "traffic came from hosting or VPN ranges",
    "free_mail": "accounts use mailboxes that anyone can have",
    "undeclared": "accounts declare no organisation",
    "volume": "accounts send more requests a day than is usual",
    "template": "requests follow a shared template",
    "harvest": "requests bring more output than is usual",
    "moved": "accounts took up a new model within a day of its release",
    "turns": "accounts take turns, as if their requests were shared out",
    "together": "accounts are active in the same hours more often than by chance",
    "banned": "accounts are suspended or banned already",
    "fraud_labels": "accounts were confirmed as fraud",
    "linked_fraud": "accounts share identifiers with accounts elsewhere confirmed as fraud",
    "size": "the size of the cluster",
    "families": "accounts are held by several independent kinds of evidence",
    "structure": "nothing is known of what the accounts do, and independent kinds of evidence hold them together",
    "countries": "the accounts gave different countries",
    "one_org": "accounts belong to one declared organisation",
    "declared": "accounts declare an organisation",
    "one_domain": "accounts share one mail domain that is not a public mailbox",
    "domain_elsewhere": "the mail domain is also that of accounts outside the cluster",
    "human_hours": "the traffic rests at night",
    "weekday": "the traffic rests at weekends",
    "one_place": "accounts came from one network, as people in one place do",
    "one_country": "all accounts gave the same country",
    "low_volume": "accounts send few requests a day",
    "loose": "too few accounts are at the core of the cluster",
    "grown_slowly": "the accounts were opened one by one over a long time",
    "benign_labels": "accounts were confirmed as benign",
    "linked_benign": "accounts share identifiers with accounts elsewhere confirmed as benign",
}


def public(material: Material) -> dict[str, Any]:
    """What may be told to everybody; null stands for a count that is below ten or would give one away."""
    accounts = material.rows("accounts")
    size = len(accounts)
    core = sum(row["role"] == "core" for row in accounts)
    kinds: dict[str, set[str]] = {}
    for family, account in material.cells("links", "family", "account_id"):
        kinds.setdefault(family, set()).add(account)
    return {
        "counts": {
            "accounts": _least(size),
            "core": _part(core, size),
            "flagged": _part(sum(bool(row["flagged"]) for row in accounts), size),
            "requests": _rounded(sum(row["requests"] for row in accounts), size),
            "input_tokens": _rounded(sum(row["input_tokens"] for row in accounts), size),
            "output_tokens": _rounded(sum(row["output_tokens"] for row in accounts), size),
        },
        "linked_by": {family: _part(len(kinds[family]), size) for family in sorted(kinds)},
        "days": [
            {
                "day": row["day"],
                "accounts": _part(row["accounts"], size),
                "requests": _rounded(row["requests"], row["accounts"]),
            }
            for row in material.rows("days")
        ],
        "reasons": [{"side": row["side"], "reason": TITLES.get(row["code"], row["code"])} for row in material.rows("reasons")],
    }


def _least(count: int) -> int | None:
    return count if count >= LEAST_PUBLIC else None


def _part(count: int, size: int) -> int | None:
    """A count of some of the accounts; not where the rest of them are one to nine."""
    rest = size - count
    return _least(count) if rest == 0 or rest >= LEAST_PUBLIC else None


def _rounded(count: int, of_accounts: int) -> int | None:
    """A sum over accounts to two digits; not where fewer than ten accounts made it."""
    if of_accounts < LEAST_PUBLIC or count < LEAST_PUBLIC:
        return None
    unit = int(10 ** max(len(str(count)) - 2, 0))
    return max(round(count / unit) * unit, LEAST_PUBLIC)
