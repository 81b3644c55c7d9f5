"""What fraud does to look ordinary; each way alone, or several joined by '+'."""

from __future__ import annotations

from dataclasses import dataclass

from linkage.errors import UsageError


@dataclass(frozen=True)
class Evasion:
    """Which ways are in use; the docstring of the module tells what a world does with them.

    rotate: residential addresses from pools that innocents also use, many an account. cards: a card an account.
    paraphrase: about a tenth of the words of every templated prompt changed. jitter: human-like hours and spread
    sign-ups. aged: accounts created long before their use. mixed: half of the traffic is ordinary customers'.
    """

    rotate: bool = False
    cards: bool = False
    paraphrase: bool = False
    jitter: bool = False
    aged: bool = False
    mixed: bool = False


WAYS = tuple(Evasion.__dataclass_fields__)


def parse_evasion(text: str) -> Evasion:
    """'none', 'all', or a '+'-joined subset of the ways.

    Raises UsageError: a name that is none of them.
    """
    names = [part.strip() for part in text.split("+")]
    if names == ["none"]:
        return Evasion()
    if names == ["all"]:
        return Evasion(**dict.fromkeys(WAYS, True))
    for name in names:
        if name not in WAYS:
            raise UsageError(f"--evasion: {name!r} is no evasion; give none, all, or any of {', '.join(WAYS)} joined by '+'")
    return Evasion(**{name: name in names for name in WAYS})
