"""Whole clusters as arrays, made by hand or by lot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linkage.views import Incidence


def whole(accounts: int, links: Sequence[tuple[int, int, float]], *, core: int | None = None) -> Incidence:
    """`links` are (account, identifier, weight)."""
    order = sorted(links)
    source, target = [link[0] for link in order], [link[1] for link in order]
    identifiers = max(target, default=-1) + 1
    firm = np.arange(accounts) < (accounts if core is None else core)
    return Incidence(
        accounts=tuple(f"a{n:05}" for n in range(accounts)),
        core=firm,
        flagged=firm,
        kinds=("payment",) * identifiers,
        values=tuple(f"p{n:03}" for n in range(identifiers)),
        strength=np.full(identifiers, 0.5),
        everywhere=np.full(identifiers, 2, np.int64),
        source=np.array(source, np.int64),
        target=np.array(target, np.int64),
        weight=np.array([link[2] for link in order]),
    )


def drawn_by_lot(accounts: int, identifiers: int, links: int, seed: int) -> Incidence:
    """As many different links as can be had of so many drawn."""
    lot = np.random.default_rng(seed)
    pairs = {
        (int(a), int(i)) for a, i in zip(lot.integers(accounts, size=links), lot.integers(identifiers, size=links), strict=True)
    }
    return whole(accounts, [(a, i, float(lot.integers(1, 10)) / 10) for a, i in sorted(pairs)])
