"""What accounts choose from: countries, mail providers, client software, models, platforms, plans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.simulate.arrays import Floats, Rng

#: country, weight before the world's own skew, hours from UTC
COUNTRIES = (
    ("US", 30, -6), ("GB", 7, 0), ("DE", 6, 1), ("FR", 5, 1), ("IN", 12, 5), ("JP", 5, 9), ("BR", 5, -3), ("CA", 4, -5),
    ("KR", 3, 9), ("SG", 3, 8), ("AU", 3, 10), ("NL", 2, 1), ("ES", 3, 1), ("IT", 3, 1), ("PL", 2, 1), ("SE", 1, 1),
    ("MX", 2, -6), ("TR", 2, 3), ("ID", 2, 7), ("VN", 2, 7), ("NG", 1, 1), ("ZA", 1, 2), ("TW", 2, 8), ("HK", 3, 8),
    ("UA", 1, 2), ("AR", 1, -3), ("CH", 1, 1), ("IL", 1, 2), ("AE", 1, 4), ("TH", 1, 7), ("PH", 1, 8), ("MY", 1, 8),
)  # fmt: skip
FREE_MAIL = (
    "gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "proton.me", "qq.com", "163.com", "gmx.net",
    "yandex.com", "naver.com", "mail.com", "zoho.com", "web.de", "126.com", "live.com", "aol.com", "tutanota.com",
)  # fmt: skip
FREE_WEIGHTS = (50, 14, 8, 7, 5, 3, 4, 3, 1.5, 1, 1, 0.8, 0.7, 0.7, 1, 0.7, 0.4, 0.3)
TOP_LEVELS = ("com", "com", "com", "io", "net", "org", "co", "dev", "app", "ai", "xyz", "top", "site", "de", "fr", "in", "jp")
PLATFORMS = ("api", "aws", "gcp", "azure", "console")
PLANS = ("free", "payg", "team", "enterprise", "education")
STATUSES = ("active", "suspended", "banned")
MODELS = ("small-3", "medium-3", "large-3", "large-3-preview")
NEW_MODEL = len(MODELS)
MODEL_NAMES = (*MODELS, "large-4")

_SDKS = (
    ("python-sdk", ("0.49.0", "0.50.1", "0.51.0", "0.52.2", "0.54.0", "0.55.1", "0.57.0"), 40),
    ("node-sdk", ("0.30.0", "0.31.2", "0.32.0", "0.33.1", "0.35.0"), 22),
    ("go-sdk", ("1.2.0", "1.3.4", "1.4.0"), 5),
    ("java-sdk", ("0.8.0", "0.9.1"), 4),
    ("python-requests", ("2.28.2", "2.31.0", "2.32.3"), 8),
    ("python-httpx", ("0.25.2", "0.27.0", "0.28.1"), 5),
    ("aiohttp", ("3.8.6", "3.9.5", "3.10.1"), 4),
    ("okhttp", ("4.9.3", "4.12.0"), 3),
    ("axios", ("1.6.8", "1.7.2"), 5),
    ("curl", ("7.88.1", "8.4.0", "8.7.1"), 4),
    ("undici", ("6.1", "6.19"), 2),
    ("langchain-py", ("0.1.20", "0.2.6", "0.3.1"), 9),
    ("agentkit", ("0.7", "0.9", "1.0"), 4),
)
_RUNTIMES = ("linux; py3.10", "linux; py3.11", "linux; py3.12", "macos; arm64", "windows; x64", "linux; arm64", "linux; x64")
_BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0",
)


@dataclass(frozen=True)
class Clients:
    """Pairs of user agent and TLS fingerprint in use, and how common each is (adds up to 1)."""

    user_agents: list[str]
    client_ids: list[str]
    weights: Floats


def clients(rng: Rng) -> Clients:
    """A catalogue of this world: the fingerprint follows the library and runtime, several versions share one."""
    agents: list[str] = []
    prints: list[str] = []
    weights: list[float] = []
    for library, versions, weight in _SDKS:
        stacks = {runtime: _ja4(rng) for runtime in _RUNTIMES}
        for place, version in enumerate(versions):
            for runtime in rng.choice(_RUNTIMES, int(rng.integers(2, 6)), replace=False).tolist():
                agents.append(f"{library}/{version} ({runtime})")
                prints.append(stacks[runtime] if rng.random() < 0.85 else _ja4(rng))
                weights.append(weight * float(rng.gamma(0.6)) * (place + 1))
    for form in _BROWSERS:
        stack = _ja4(rng)
        for major in range(118, 127):
            agents.append(form.format(major))
            prints.append(stack if rng.random() < 0.8 else _ja4(rng))
            weights.append(3 * float(rng.gamma(0.6)))
    share = np.array(weights) + 1e-4
    return Clients(agents, prints, share / share.sum())


def _ja4(rng: Rng) -> str:
    body = rng.integers(0, 2**48, 2)
    alpn = str(rng.choice(["h2", "h1", "00"]))
    return f"t13d{int(rng.integers(5, 60)):02d}{int(rng.integers(6, 20)):02d}{alpn}_{int(body[0]):012x}_{int(body[1]):012x}"
