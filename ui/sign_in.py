"""Who signed in: by Streamlit's OpenID Connect, whose cookie says it to a session and to a plain request alike.

The settings are those with which the server started. They are not read again: a file that goes away must not open the
pages to everybody.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, Final

import streamlit as st
from starlette.requests import HTTPConnection
from starlette.types import Scope
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from linkage.access import SignIn
from linkage.access.sign_in import CALLBACK

#: The part of the pages' address that says that signing in came to nothing.
FAILED: Final = "failed"
_settings: SignIn | None = None


def use(settings: SignIn | None) -> None:
    """Settle, before anybody is served, whether one has to sign in."""
    global _settings
    _settings = settings


def settings() -> SignIn | None:
    """The settings; None where nobody signs in, because nobody but this machine is served."""
    return _settings


def secrets(given: SignIn) -> dict[str, Any]:
    """The settings as Streamlit takes them (`[auth]` of its secrets)."""
    auth: dict[str, Any] = {
        "redirect_uri": given.address + CALLBACK,
        "client_id": given.client_id,
        "client_secret": given.client_secret.get_secret_value(),
        "server_metadata_url": given.metadata,
    }
    if given.cookie_secret is not None:
        auth["cookie_secret"] = given.cookie_secret.get_secret_value()
    return {"auth": auth}


def name_in_session() -> str | None:
    """Who signed in to the session of this run; None for nobody, or not lately enough."""
    return None if _settings is None else _settings.name_in(st.user.to_dict(), time.time())


def name_in_request(scope: Scope) -> str | None:
    """Who a request is from, by its cookie; None for nobody."""
    if _settings is None:
        return None
    cookies = HTTPConnection(scope).cookies

    def signed(name: str) -> bytes | None:
        value = cookies.get(name)
        return None if value is None else decode_signed_value(get_cookie_secret(), name, value.encode("latin-1", "replace"))

    try:
        claims = json.loads(get_cookie_with_chunks(signed, USER_COOKIE_NAME) or b"null")
    except ValueError:
        return None
    if not isinstance(claims, Mapping) or claims.get("origin") != _settings.address:
        return None
    return _settings.name_in(claims, time.time())
