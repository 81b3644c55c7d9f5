"""What .streamlit/config.toml says, for those who pass it on."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any


def written() -> dict[str, Any]:
    """Its tables, as they stand in the file."""
    return tomllib.loads((Path(__file__).parent / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
