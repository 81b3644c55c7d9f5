"""What a world is like: every number drawn from its seed, from ranges wide enough that no two worlds are alike."""

from __future__ import annotations

from dataclasses import dataclass, fields

from linkage.simulate.arrays import Rng


@dataclass(frozen=True)
class Habits:
    """Shares of accounts unless said otherwise. `draw` takes each between its bounds in RANGES."""

    free_mail: float
    unknown_mail: float
    declared_org: float
    paying: float
    second_card: float
    framework: float
    own_system: float
    own_template: float
    new_accounts: float
    v6: float
    moving: float  # accounts whose home address changes every few days
    room: float  # addresses of a carrier per customer of ours
    requests: float  # of an ordinary account in 30 days, on average
    skew: float  # sigma of the lognormal rate
    item_crowd: float
    template_crowd: float
    app_crowd: float
    second_account: float
    carrier: float
    vpn: float
    cloud: float
    university: float
    company: float
    agency: float
    household: float
    hackathon: float
    evaluation: float
    power: float
    reseller: float
    uncertain_network: float  # ranges the provider knows nothing about
    lost_ip: float  # missing cells, share of rows
    lost_agent: float
    lost_client: float
    lost_created: float
    lost_country: float
    lost_bin: float
    banned: float  # innocents suspended or banned for other reasons
    richness: float  # of the grammar: the share of its words and sentences that this world knows
    launches: float  # sign-ups on a few days of launches and press
    platforms: float  # accounts that name their own end users
    unlogged: float  # enterprises whose prompts the provider may not keep
    labelled_fraud: float
    labelled_benign: float
    banned_fraud: float  # accounts of campaigns that were banned when their use ended


RANGES: dict[str, tuple[float, float]] = {
    "free_mail": (0.45, 0.8), "unknown_mail": (0.0, 0.08), "declared_org": (0.08, 0.35), "paying": (0.5, 0.9),
    "second_card": (0.03, 0.15), "framework": (0.15, 0.32), "own_system": (0.08, 0.3), "own_template": (0.3, 0.65),
    "new_accounts": (0.1, 0.35), "v6": (0.05, 0.3), "moving": (0.2, 0.7), "room": (3, 30), "requests": (12.8, 13.8),
    "skew": (1.2, 2.0), "item_crowd": (0.006, 0.02), "template_crowd": (0.01, 0.04),
    "app_crowd": (0.01, 0.04), "second_account": (0.01, 0.04), "carrier": (0.05, 0.2),
    "vpn": (0.02, 0.08), "cloud": (0.01, 0.05), "university": (0.02, 0.07), "company": (0.05, 0.15),
    "agency": (0.004, 0.02), "household": (0.03, 0.1), "hackathon": (0.003, 0.012), "evaluation": (0.0006, 0.0015),
    "power": (0.0002, 0.0004), "reseller": (0.00008, 0.00015), "uncertain_network": (0.02, 0.2), "lost_ip": (0, 0.02),
    "lost_agent": (0, 0.06), "lost_client": (0, 0.2), "lost_created": (0, 0.01), "lost_country": (0, 0.05),
    "lost_bin": (0, 0.1), "banned": (0.001, 0.006), "labelled_fraud": (0.0, 0.03), "labelled_benign": (0.0002, 0.002),
    "banned_fraud": (0.05, 0.6), "richness": (0.35, 1.0), "launches": (0.01, 0.12), "platforms": (0.03, 0.2),
    "unlogged": (0.0, 0.6),
}  # fmt: skip


def draw_habits(rng: Rng) -> Habits:
    """The habits of one world."""
    return Habits(**{field.name: float(rng.uniform(*RANGES[field.name])) for field in fields(Habits)})
