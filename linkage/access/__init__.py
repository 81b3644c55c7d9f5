"""Roles: who may do what, asked in one place and recorded. The command line and the pages pass the same gate."""

from __future__ import annotations

from linkage.access.gate import Gate, role_name
from linkage.access.roles import MEANING, Action, Identity, Role, allows
from linkage.access.settings import Access, load_access

__all__ = ["MEANING", "Access", "Action", "Gate", "Identity", "Role", "allows", "load_access", "role_name"]
