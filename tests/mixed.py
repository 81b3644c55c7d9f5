"""A reseller's gateway that carries an operator and real customers, as tables of the input contract; and who is who."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

OPERATOR, CUSTOMERS, CROWD, DAYS = 60, 120, 400, 10
BEGAN = datetime(2026, 2, 1)
AS_OF = BEGAN + timedelta(days=DAYS)
#: consonants and vowels, by turns, make words that nobody else uses
_LETTERS = ("bdfgklmnprstvz", "aeiou")


@dataclass(frozen=True)
class Account:
    """What one account has of its own or shares: addresses, card, mail domain, organisation, user agent, end users."""

    name: str
    addresses: tuple[str, ...]
    card: str
    domain: str
    org: str | None
    agent: str
    end_users: int
    a_day: int
    hours: range
    template: str = ""

    @property
    def kind(self) -> str:
        """Operator, customer or crowd."""
        return self.name.split("-")[0]


def write(folder: Path, *, seed: int = 371) -> dict[str, list[str]]:
    """Write the tables to `folder`; the account ids of the operator, of the customers, and of the crowd outside."""
    draw = random.Random(seed)
    accounts = list(_accounts(draw))
    opened = {one.name: BEGAN - timedelta(hours=draw.randint(24, 24 * 400)) for one in accounts}
    burst = {one.name: BEGAN - timedelta(hours=draw.randint(1, 60)) for one in accounts if one.kind == "operator"}
    _save(
        folder / "accounts.parquet",
        [
            {"account_id": one.name, "created_at": (opened | burst)[one.name], "email_domain": one.domain, "org_id": one.org,
             "country": draw.choice(("DE", "FR", "NL", "PL")), "status": "active"}
            for one in accounts
        ],
    )  # fmt: skip
    _save(
        folder / "payments.parquet",
        [
            {
                "account_id": one.name,
                "payment_id": one.card,
                "seen_at": BEGAN + timedelta(days=day),
                "bin": str(400000 + len(one.card)),
            }
            for one in accounts
            for day in (0, 7)
        ],
    )
    _save(folder / "requests.parquet", [row for one in accounts for row in _requests(one, draw)])
    found: dict[str, list[str]] = {}
    for one in accounts:
        found.setdefault(one.kind, []).append(one.name)
    return found


def _accounts(draw: random.Random) -> Iterator[Account]:
    gateway = tuple(f"203.0.113.{place}" for place in (11, 12, 13, 14))
    template = " ".join(_words(draw, 40))
    for place in range(OPERATOR):
        yield Account(f"operator-{place:03}", gateway, f"pm_ring{place % 12}", "gmail.com", "org_gateway", "gateway/2.1", 0, 30,
                      range(24), template)  # fmt: skip
    for place in range(CUSTOMERS):
        morning = draw.randint(6, 11)
        yield Account(f"customer-{place:03}", gateway, f"pm_own{place}", f"firm{place}.example", "org_gateway", "gateway/2.1",
                      draw.randint(3, 9), draw.randint(3, 8), range(morning, morning + 9))  # fmt: skip
    for place in range(CROWD):
        morning = draw.randint(6, 11)
        yield Account(f"crowd-{place:03}", (f"198.18.{place // 200}.{place % 200}",), f"pm_home{place}", "gmail.com", None,
                      f"sdk/{place % 7}", 0, draw.randint(2, 6), range(morning, morning + 9))  # fmt: skip


def _requests(one: Account, draw: random.Random) -> Iterator[dict[str, Any]]:
    for day in range(DAYS):
        if one.kind != "operator" and (BEGAN + timedelta(days=day)).isoweekday() >= 6:
            continue
        for _ in range(one.a_day):
            words = _words(draw, draw.randint(14, 30))
            yield {
                "account_id": one.name,
                "ts": BEGAN + timedelta(days=day, hours=draw.choice(one.hours), seconds=draw.randint(0, 3599)),
                "ip": draw.choice(one.addresses),
                "user_agent": one.agent,
                "model": "large-1",
                "prompt": f"{one.template} {' '.join(words[:6])}" if one.template else " ".join(words),
                "input_tokens": 60,
                "output_tokens": 900 if one.template else 120,
                "end_user_id": f"{one.name}-user{draw.randrange(one.end_users)}" if one.end_users else None,
            }


def _words(draw: random.Random, count: int) -> list[str]:
    return ["".join(draw.choice(_LETTERS[place % 2]) for place in range(draw.randint(4, 9))) for _ in range(count)]


def _save(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)
