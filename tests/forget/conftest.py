from __future__ import annotations

from tests.cases.conftest import postgres, url
from tests.plain import plain_environment

__all__ = ["plain_environment", "postgres", "url"]
