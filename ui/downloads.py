"""The route that hands bundles to the browser: to one that this server gave a cookie, asked from its own pages, by who may.

Streamlit's own way would be an address under /media that opens for whoever knows it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Final

from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import Scope

from linkage.access import Action, Gate
from linkage.errors import Denied, LinkageError
from ui import jobs, people

NAME: Final = "linkage_browser"


class Cookie:
    """A cookie that only this server can have made: a random name for the browser and its keyed digest (RFC 2104)."""

    def __init__(self) -> None:
        self._secret: Final = secrets.token_bytes(32)

    def give(self, scope: Scope, response: Response) -> None:
        """Give the browser one, unless it holds one."""
        if not self.held(scope):
            name = secrets.token_urlsafe(18)
            response.set_cookie(NAME, f"{name}.{self._digest(name)}", httponly=True, samesite="strict", path="/")

    def held(self, scope: Scope) -> bool:
        """Whether the browser holds one of this server."""
        try:
            cookies = SimpleCookie(HTTPConnection(scope).headers.get("cookie", ""))
        except CookieError:
            return False
        given = cookies[NAME].value if NAME in cookies else ""
        name, _, digest = given.partition(".")
        return bool(name) and hmac.compare_digest(digest.encode(), self._digest(name).encode())

    def _digest(self, name: str) -> str:
        return hmac.new(self._secret, name.encode(), hashlib.sha256).hexdigest()


def answer(request: Request, *, known: bool) -> Response:
    """A bundle, or why there is none, in a line."""
    if request.method not in ("GET", "HEAD"):
        return PlainTextResponse("Bundles are only read here.\n", 405)
    if not known or request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return PlainTextResponse("Open the investigators' pages first, then follow the link there.\n", 403)
    store = Path(os.environ.get("LINKAGE_STORE", ""))
    path = jobs.bundle(store, request.query_params.get("bundle", ""))
    if path is None:
        return PlainTextResponse("There is no bundle of that name any more; export it again.\n", 404)
    try:
        with Gate(store) as gate:
            gate.enter(
                gate.identity(people.local_name()), Action.export, f"bundle:{path.name}", None, detail={"download": path.name}
            )
    except Denied as error:
        return PlainTextResponse(f"{error}\n", 403)
    except LinkageError as error:
        return PlainTextResponse(f"{error}\n", 503)
    return FileResponse(
        path,
        filename=path.name,
        media_type="application/zip",
        headers={"cache-control": "no-store", "content-security-policy": "sandbox"},
    )
