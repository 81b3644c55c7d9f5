"""The graph of a cluster, drawn by a package of Streamlit components (version 2): `links` and `whole`.

frontend/ holds what they are made from, build/ what `make frontend` made of it. The wheel brings build/ along. Files
are declared in pyproject.toml here; Streamlit finds that in an installed wheel, and is told of it where it does not look
(an editable install, a test).
"""

from __future__ import annotations

import json
import struct
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

FOLDER: Final = Path(__file__).resolve().parent
_DISTRIBUTION: Final = "account-linkage"

Callbacks = Mapping[str, Callable[[], None]]


def built() -> bool:
    """Whether the bundles are there."""
    return all(len(list((FOLDER / "build").glob(f"{name}-*.js"))) == 1 for name in ("links", "whole"))


def links(data: dict[str, Any], *, key: str, on: Callbacks) -> None:
    """Draw accounts and identifiers by cytoscape; `on` maps what the user does (select, expand, path, find) to callbacks.

    `data` is described in frontend/src/links/graph.js.
    """
    _draw("links", data, key, on)


def whole(header: dict[str, Any], columns: Mapping[str, np.ndarray], *, key: str, on: Callbacks) -> None:
    """Draw tens of thousands of nodes by sigma; everything of which there is one a node goes as bytes."""
    _draw("whole", packed(header, columns), key, on)


def text_columns(name: str, lines: Sequence[str]) -> dict[str, np.ndarray]:
    """Texts as columns: one of UTF-8, and one of where each of them ends."""
    encoded = [line.encode("utf-8", "replace") for line in lines]
    ends = np.cumsum([len(line) for line in encoded], dtype=np.uint32)
    return {f"{name}.ends": ends, name: np.frombuffer(b"".join(encoded), np.uint8)}


def packed(header: dict[str, Any], columns: Mapping[str, np.ndarray]) -> bytes:
    """Length of the header (4 bytes, little endian), the header as JSON, then the columns, each from a multiple of 8 on.

    The header says where each is: `columns[name] = [dtype, offset, length]`, offsets from the end of the header.
    """
    parts: list[bytes] = []
    places: dict[str, list[Any]] = {}
    size = 0

    def add(name: str, values: np.ndarray) -> None:
        nonlocal size
        raw = np.ascontiguousarray(values).tobytes()
        places[name] = [values.dtype.str[1:], size, len(values)]
        padded = raw + bytes(-len(raw) % 8)
        parts.append(padded)
        size += len(padded)

    for name, values in columns.items():
        add(name, values)
    head = json.dumps({**header, "columns": places}).encode()
    head += b" " * (-(len(head) + 4) % 8)
    return struct.pack("<I", len(head)) + head + b"".join(parts)


def _draw(name: str, data: dict[str, Any] | bytes, key: str, on: Callbacks) -> None:
    component = f"{_DISTRIBUTION}.{name}"
    _declare(component)
    mount = _mounts.get(name) or _mounts.setdefault(name, st.components.v2.component(component, js=f"{name}-*.js"))
    mount(key=key, data=data, **{f"on_{event}_change": act for event, act in on.items()})


_mounts: dict[str, Callable[..., Any]] = {}


def _declare(component: str) -> None:
    """Tell the running server where the files of the package are, unless it found out by itself."""
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(component) is not None:
        return
    given = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))
    listed = [ComponentConfig.from_dict(each) for each in given["tool"]["streamlit"]["component"]["components"]]
    manifest = ComponentManifest(given["project"]["name"], given["project"]["version"], listed)
    manager.register_from_manifest(manifest, FOLDER)
