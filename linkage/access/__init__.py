"""Roles: who may do what, asked in one place and recorded. The command line and the pages pass the same gate."""

from __future__ import annotations

from linkage.access.gate import Gate, role_name
from linkage.access.roles import MEANING, Action, Identity, Role, allows
from linkage.access.settings import Access, access_file, load_access
from linkage.access.sign_in import SignIn, load_sign_in

__all__ = [
    "MEANING",
    "Access",
    "Action",
    "Gate",
    "Identity",
    "Role",
    "SignIn",
    "access_file",
    "allows",
    "load_access",
    "load_sign_in",
    "role_name",
]
