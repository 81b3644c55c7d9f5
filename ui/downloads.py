"""The route that hands bundles to the browser: to one that this server gave a cookie, asked from its own pages, by who may.

Streamlit's own way would be an address under /media that opens for whoever knows it. Where people sign in, it is asked
who they are, and a bundle that somebody else made takes the right to disclose.
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

from linkage.access import Action, Gate, Identity
from linkage.errors import Denied, LinkageError
from linkage.evidence import custody
from ui import jobs, people, sign_in

NAME: Final = "linkage_browser"
#: How records call whoever did not sign in.
NOBODY: Final = Identity("(not signed in)", None)


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


def takes(path: Path, who: Identity) -> Action:
    """What fetching a bundle takes: to export, or to disclose where somebody else made it."""
    alone = sign_in.settings() is None
    return Action.export if alone or custody.exporter(path) == who.name else Action.disclose


def answer(request: Request, *, known: bool) -> Response:
    """A bundle, or why there is none, in a line. Every try by somebody who may not leaves a record."""
    if request.method not in ("GET", "HEAD"):
        return PlainTextResponse("Bundles are only read here.\n", 405)
    store = Path(os.environ.get("LINKAGE_STORE", ""))
    path = jobs.bundle(store, request.query_params.get("bundle", ""))
    try:
        gate = people.book_of(store).gate
        who = _asker(request, gate)
        action = Action.export if path is None else takes(path, who)
        gate.check(who, action, "store" if path is None else f"bundle:{path.name}", None)
        if not known or request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return PlainTextResponse("Open the investigators' pages first, then follow the link there.\n", 403)
        if path is None:
            return PlainTextResponse("There is no bundle of that name any more; export it again.\n", 404)
        gate.record(who, action, f"bundle:{path.name}", None, detail={"download": path.name})
    except Denied as error:
        return PlainTextResponse("Sign in to the investigators' pages first.\n" if who is NOBODY else f"{error}\n", 403)
    except LinkageError as error:
        return PlainTextResponse(f"{error}\n", 503)
    return FileResponse(
        path,
        filename=path.name,
        media_type="application/zip",
        headers={"cache-control": "no-store", "content-security-policy": "sandbox"},
    )


def _asker(request: Request, gate: Gate) -> Identity:
    if sign_in.settings() is None:
        return gate.identity(people.local_name())
    name = sign_in.name_in_request(request.scope)
    return NOBODY if name is None else gate.identity(name)
