"""Where the nodes of a large cluster are in its picture: quickly, and well.

`quick_places` sets hubs by a small force layout and accounts around the hubs they are on: under a second at 24,000.
`force_places` goes on from there with the forces of ForceAtlas2 (Jacomy et al. 2014). What repels is a field on a mesh,
found by one convolution a step (Hockney and Eastwood 1988, particle-mesh), so a step is linear in nodes and links;
networkx's own takes all pairs. Both give the same for the same input.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.sparse import coo_array

from linkage.views.incidence import Floats, Incidence

Places = NDArray[np.float32]

_HUBS: Final = 150
_HUB_STEPS: Final = 200
_GOLDEN: Final = np.pi * (3 - np.sqrt(5))
#: Cells of the mesh along one side, by nodes up to which they do.
_MESHES: Final = ((3_000, 64), (10_000, 128))
_FINEST: Final = 192
_STEPS: Final = 160
_GRAVITY: Final = 0.05


def quick_places(whole: Incidence) -> Places:
    """Places (nodes x 2, centred, within -1..1) that show which accounts hang on which hubs."""
    hubs = min(_HUBS, len(whole.values))
    places = np.zeros((whole.nodes, 2))
    if hubs:
        near = _hub_places(whole, hubs)
        kept = whole.target < hubs
        source, target, weight = whole.source[kept], whole.target[kept], whole.weight[kept] ** 2
        total = np.bincount(source, weight, whole.size)
        for axis in (0, 1):
            summed = np.bincount(source, weight * near[target, axis], whole.size)
            places[: whole.size, axis] = np.divide(summed, total, out=np.zeros(whole.size), where=total > 0)
        # who is on no hub stands in a ring around all
        alone = np.flatnonzero(total == 0)
        angle = np.arange(len(alone)) * _GOLDEN
        places[alone] = 1.35 * np.column_stack([np.cos(angle), np.sin(angle)])
        places[: whole.size] += _spread(places[: whole.size])
        places[whole.size : whole.size + hubs] = near
    else:
        places[: whole.size] = _spread(places[: whole.size])
    _settle_identifiers(whole, places, hubs)
    return _framed(places)


def force_places(whole: Incidence, *, steps: int = _STEPS) -> Places:
    """Places (nodes x 2, centred, within -1..1) after `steps` steps of forces from the quick ones."""
    places = quick_places(whole).astype(np.float64) * np.sqrt(max(whole.nodes, 1)) * 6
    if whole.nodes < 3 or not len(whole.source):
        return _framed(places)
    source, target = whole.source, whole.target + whole.size
    pull = np.sqrt(whole.weight)
    degree = np.bincount(source, minlength=whole.nodes) + np.bincount(target, minlength=whole.nodes)
    mass = 1.0 + np.minimum(degree, 200) ** 0.75
    before = np.zeros_like(places)
    speed = 1.0
    mesh = next((cells for most, cells in _MESHES if whole.nodes <= most), _FINEST)
    for _ in range(steps):
        force = _repulsion(places, mass, mesh) * (8 * mass)[:, None]
        apart = (places[target] - places[source]) * pull[:, None]
        for axis in (0, 1):
            force[:, axis] += np.bincount(source, apart[:, axis], whole.nodes) - np.bincount(
                target, apart[:, axis], whole.nodes
            )
        force -= _GRAVITY * mass[:, None] * places
        # how much it swings against how far it gets on sets the speed (section "adaptive speed" of the paper)
        swing = mass * np.hypot(*(force - before).T)
        gain = mass * np.hypot(*(force + before).T) / 2
        wanted = 0.3 * gain.sum() / max(swing.sum(), 1e-9)
        speed = min(wanted, 1.5 * speed)
        places += force * (speed / (1 + speed * np.sqrt(swing / mass)))[:, None]
        before = force
    return _framed(places, pressing=0.8)


def _hub_places(whole: Incidence, hubs: int) -> Floats:
    """Places of the weightiest identifiers: near where they have many accounts in common (Fruchterman and Reingold 1991)."""
    kept = whole.target < hubs
    on = coo_array((np.ones(kept.sum()), (whole.source[kept], whole.target[kept])), shape=(whole.size, hubs)).tocsr()
    common = np.asarray((on.T @ on).todense(), np.float64)
    count = np.maximum(np.diag(common), 1)
    near = common / np.sqrt(np.outer(count, count))
    np.fill_diagonal(near, 0)
    angle = np.arange(hubs) * _GOLDEN
    places = np.sqrt((np.arange(hubs) + 0.5) / hubs)[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    rest = 1.6 / np.sqrt(hubs)
    for step in range(_HUB_STEPS):
        apart = places[:, None, :] - places[None, :, :]
        distance = np.maximum(np.hypot(apart[..., 0], apart[..., 1]), 1e-3)
        force = (apart * (rest**2 / distance**2 - near * 4 * distance / rest)[..., None]).sum(axis=1) - 0.05 * places
        length = np.maximum(np.hypot(*force.T), 1e-9)
        places += force / length[:, None] * np.minimum(length, 0.12 * (1 - step / _HUB_STEPS))[:, None]
    places -= places.mean(axis=0)
    return np.asarray(places / max(float(np.abs(places).max()), 1e-9), np.float64)


def _spread(places: Floats) -> Floats:
    """Steps aside, so that accounts at one place form a disc there (Vogel's spiral) instead of a dot."""
    if not len(places):
        return places
    cell = np.round(places, 2)
    order = np.lexsort((cell[:, 1], cell[:, 0]))
    fresh = np.r_[True, np.any(cell[order][1:] != cell[order][:-1], axis=1)]
    first = np.flatnonzero(fresh)
    number = np.arange(len(order)) - np.repeat(first, np.diff(np.r_[first, len(order)]))
    step = 0.75 / np.sqrt(max(len(places), 40))
    aside = np.empty_like(places)
    aside[order] = (step * np.sqrt(number + 0.3))[:, None] * np.column_stack(
        [np.cos(number * _GOLDEN), np.sin(number * _GOLDEN)]
    )
    return aside


def _settle_identifiers(whole: Incidence, places: Floats, hubs: int) -> None:
    """Identifiers that are no hubs go to the middle of their accounts."""
    number = np.maximum(whole.holders(), 1)
    for axis in (0, 1):
        summed = np.bincount(whole.target, places[whole.source, axis], len(whole.values))
        places[whole.size + hubs :, axis] = (summed / number)[hubs:]


def _repulsion(places: Floats, mass: Floats, mesh: int) -> Floats:
    """What all other nodes do to each: the sum of mass x direction / distance, as the mesh tells it."""
    low = places.min(axis=0)
    cell = max(float((places.max(axis=0) - low).max()), 1e-6) / (mesh - 2)
    scaled = (places - low) / cell
    base = np.floor(scaled).astype(np.int64)
    part = scaled - base
    density = np.zeros((mesh, mesh))
    corners = []
    for dx in (0, 1):
        for dy in (0, 1):
            share = np.abs(1 - dx - part[:, 0]) * np.abs(1 - dy - part[:, 1])
            flat = (base[:, 0] + dx) * mesh + base[:, 1] + dy
            corners.append((flat, share))
            density += np.bincount(flat, mass * share, mesh * mesh).reshape(mesh, mesh)
    size = 2 * mesh
    spectrum = fft.rfft2(density, (size, size))
    force = np.empty_like(places)
    for axis, kernel in enumerate(_kernels(mesh)):
        field = fft.irfft2(spectrum * kernel, (size, size))[:mesh, :mesh].ravel()
        force[:, axis] = sum(field[flat] * share for flat, share in corners) / cell
    return force


@cache
def _kernels(mesh: int) -> list[NDArray[np.complex128]]:
    step = fft.fftfreq(2 * mesh, 1 / (2 * mesh))
    x, y = np.meshgrid(step, step, indexing="ij")
    squared = np.maximum(x**2 + y**2, 1)
    return [fft.rfft2(each / squared) for each in (x, y)]


def _framed(places: Floats, *, pressing: float = 1.0) -> Places:
    """Centred, and as large as fits into -1..1; the few farthest out do not make all others small.

    `pressing` is the power of the distance from the middle: below 1 what is in the middle gets more room.
    """
    if not len(places):
        return places.astype(np.float32)
    middle = np.median(places, axis=0)
    centred = places - middle
    reach = np.hypot(*centred.T)
    far = float(np.quantile(reach, 0.995)) or float(reach.max()) or 1.0
    inside = np.minimum(reach / (1.15 * far), 1.0)
    framed: Places = (centred * (inside**pressing / np.maximum(reach, 1e-12))[:, None]).astype(np.float32)
    return framed
