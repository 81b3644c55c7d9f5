"""Innocent explanations of a cluster: what one would expect to see if one held, and what the logs show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from linkage.evidence.gather import Material


@dataclass(frozen=True)
class Alternative:
    """One explanation."""

    title: str
    expected: str
    found: str


def _by_one(families: dict[str, set[str]], family: str) -> set[str]:
    """The accounts of `family` that no other family links."""
    return families.get(family, set()).difference(*(accounts for name, accounts in families.items() if name != family))


def alternatives(material: Material) -> tuple[Alternative, ...]:
    """The look-alikes that the method knows, each against the cluster's own figures."""
    figures = {row["name"]: row["value"] for row in material.rows("figures")}
    families: dict[str, set[str]] = {}
    for family, account in material.cells("links", "family", "account_id"):
        families.setdefault(family, set()).add(account)
    size = material.tables["accounts"].num_rows
    network, content = _by_one(families, "network"), _by_one(families, "content")
    return (
        Alternative(
            "one company, university or agency",
            "most accounts declare one organisation or share one mail domain of their own, and rest at night and at weekends",
            _join(
                _share(figures, "declared", "of the accounts declare an organisation"),
                _share(figures, "one_org", "declare the same one"),
                _share(figures, "one_domain", "share one mail domain that is not a public mailbox"),
                _share(figures, "rest", "of what a machine would send at night is missing"),
            ),
        ),
        Alternative(
            "strangers behind one address (a carrier, a VPN, a café)",
            "accounts share addresses and nothing else",
            _join(
                f"{len(network):,} of {size:,} accounts are linked by addresses alone",
                _share(figures, "one_network", "came from the most common network"),
                _share(figures, "hosting", "of the requests came from hosting or VPN ranges"),
            ),
        ),
        Alternative(
            "a text that everybody may copy (a template, a benchmark, a course)",
            "accounts share texts and nothing else",
            _join(
                f"{len(content):,} of {size:,} accounts are linked by texts alone",
                _share(figures, "template", "of the requests follow one kind of shared template"),
            ),
        ),
        Alternative(
            "a household, a small team, second accounts of one honest person",
            "few accounts, one place, one card, people's hours, little use",
            _join(
                f"{size:,} accounts",
                _number(figures, "volume", "times the usual requests a day", digits=1),
                _number(figures, "countries", "countries given"),
                _number(figures, "networks_each", "networks an account, typically"),
            ),
        ),
        Alternative(
            "a reseller or an application with users of its own",
            "end users behind the accounts, many different texts",
            _join(
                _share(figures, "end_users", "of the accounts serve end users of their own"),
                _share(figures, "template", "of the requests follow one kind of shared template"),
            ),
        ),
        Alternative(
            "an event that everybody joins at once (a hackathon, a launch, a class)",
            "sign-ups in one burst, and use that ends with it",
            _join(
                _share(figures, "signup_burst", "signed up within the same three days, beyond what is usual"),
                _number(figures, "age_spread", "days between the first and the last tenth of the sign-ups"),
                f"active on {material.tables['days'].num_rows:,} days",
            ),
        ),
        Alternative(
            "accounts that were taken over",
            "accounts opened long before, whose use changed at one time",
            _join(
                f"{_old(material):,} of {size:,} accounts were opened long before they were first used",
                _number(figures, "age_spread", "days between the first and the last tenth of the sign-ups"),
            ),
        ),
    )


def _old(material: Material) -> int:
    return sum(row["code"] == "old" for row in material.rows("in_favour"))


def _join(*parts: str | None) -> str:
    told = [part for part in parts if part]
    return "; ".join(told) if told else "nothing in the logs tells"


def _share(figures: Mapping[str, float | None], name: str, text: str) -> str | None:
    value = figures.get(name)
    return None if value is None else f"{value:.0%} {text}"


def _number(figures: Mapping[str, float | None], name: str, text: str, digits: int = 0) -> str | None:
    value = figures.get(name)
    return None if value is None else f"{value:,.{digits}f} {text}"
