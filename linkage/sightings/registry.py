"""Every signal, in the order of the input tables."""

from __future__ import annotations

from typing import Final

from linkage.sightings import (
    card_range,
    client_id,
    country,
    email_domain,
    end_user,
    ip,
    network,
    org,
    payment,
    platform,
    signup_day,
    user_agent,
)
from linkage.sightings.derived import DERIVATIONS
from linkage.sightings.signal import Signal

SIGNALS: Final[tuple[Signal, ...]] = (
    email_domain.SIGNAL,
    org.SIGNAL,
    country.SIGNAL,
    signup_day.SIGNAL,
    payment.SIGNAL,
    card_range.SIGNAL,
    ip.SIGNAL,
    client_id.SIGNAL,
    user_agent.SIGNAL,
    platform.SIGNAL,
    end_user.SIGNAL,
)

#: kind -> what an investigator reads when two accounts share it
SENTENCES: Final[dict[str, str]] = {
    **{signal.kind: signal.sentence for signal in SIGNALS},
    "network": network.SENTENCE,
    **{derivation.kind: derivation.sentence for derivation in DERIVATIONS},
    "prompt": "Sent the same prompt.",
    "scaffold": "Sent prompts from the same template.",
    "near_duplicate": "Sent nearly the same prompt.",
    "system_prompt": "Used the same system prompt.",
    "system_scaffold": "Used system prompts from the same template.",
}
