"""What stands before the server where people sign in: what a browser may fetch before it did, and how cookies travel."""

from __future__ import annotations

import base64
import re
from typing import Final
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from linkage.access.sign_in import CALLBACK
from ui import sign_in
from ui.links import PATHS

#: What Streamlit hands to whoever knows an address, whoever he is.
_KEPT: Final = re.compile(r"/(media|component|_stcore/(upload_file|metrics))(/|$)")
#: Remembers, while somebody signs in, which address he came for: a ticket's link leads there and not to the queue.
_WANTED: Final = "linkage_wanted"
_LONGEST: Final = 2_000
_SECONDS: Final = 600
_LASTS: Final = re.compile(r"(?i)max-age=(\d+)")
_ENTRANCES: Final = (CALLBACK, "/auth/login")


class Door:
    """Passes everything on where nobody signs in. Else it keeps files from strangers, bounds the life of cookies and
    marks them Secure where the pages are on https, and says when signing in came to nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._pages = {f"/{path}" for name, path in PATHS.items() if name != "download"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        settings = sign_in.settings()
        if settings is None or scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        somebody = sign_in.name_in_request(scope) is not None
        wanted = self._wanted(scope)
        if not somebody and _KEPT.match(scope["path"]):
            await PlainTextResponse("Sign in to the investigators' pages first.\n", 403)(scope, receive, send)
        elif somebody and wanted is not None and scope["path"] == "/" and scope["method"] == "GET":
            answer = RedirectResponse(wanted, 303, headers={"cache-control": "no-store"})
            answer.delete_cookie(_WANTED)
            await answer(scope, receive, send)
        else:
            keeps = None if somebody or scope["path"] not in self._pages else _address(scope)
            await self._app(scope, receive, _Answer(scope, send, keeps))

    def _wanted(self, scope: Scope) -> str | None:
        given = HTTPConnection(scope).cookies.get(_WANTED, "")
        try:
            address = base64.urlsafe_b64decode(given).decode("ascii")
        except ValueError:
            return None
        # whoever may have written the cookie: it leads to a page of ours or nowhere
        return address if not address.startswith("//") and urlsplit(address).path in self._pages - {"/"} else None


class _Answer:
    """Sends what the server answers, its cookies and failures put right."""

    def __init__(self, scope: Scope, send: Send, keeps: str | None) -> None:
        self._scope, self._send, self._keeps = scope, send, keeps
        self._swallow = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            cookies = headers.getlist("set-cookie")
            if self._failed(message["status"], cookies):
                self._swallow = True
                message["status"] = 303
                headers["location"] = f"/?sign-in={sign_in.FAILED}"
                headers["content-length"] = "0"
            if self._keeps is not None:
                cookies.append(f"{_WANTED}={self._keeps}; HttpOnly; Max-Age={_SECONDS}; Path=/; SameSite=lax")
            del headers["set-cookie"]
            for cookie in cookies:
                headers.append("set-cookie", _bounded(cookie))
        elif self._swallow and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)

    def _failed(self, status: int, cookies: list[str]) -> bool:
        """Whether this is the end of signing in, and nobody did."""
        if self._scope["path"] not in _ENTRANCES:
            return False
        asked = parse_qs(self._scope["query_string"].decode("latin-1"))
        came_back = self._scope["path"] == CALLBACK and bool({"code", "error"} & set(asked))
        # deleted cookies are empty
        given = any(
            cookie.startswith(f"{USER_COOKIE_NAME}=") and not cookie.startswith(f'{USER_COOKIE_NAME}="";') for cookie in cookies
        )
        return status >= 400 or (came_back and not given)


def _address(scope: Scope) -> str | None:
    """The address of a page with what it is about, as a cookie can hold it; None for the queue and what is too long."""
    query = scope["query_string"]
    if scope["path"] == "/" or not query or len(query) > _LONGEST:
        return None
    return base64.urlsafe_b64encode(scope["path"].encode() + b"?" + query).decode()


def _bounded(cookie: str) -> str:
    """A cookie that lasts no longer than one is signed in, and travels encrypted only."""
    settings = sign_in.settings()
    if settings is None:
        return cookie
    most = int(settings.hours * 3600)
    cookie = _LASTS.sub(lambda found: f"Max-Age={min(int(found[1]), most)}", cookie)
    secure = settings.address.startswith("https://") and "; secure" not in cookie.lower()
    return f"{cookie}; Secure" if secure else cookie
