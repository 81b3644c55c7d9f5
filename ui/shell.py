"""The page into which everything is loaded: what it may load, and what it is told to fetch before it asks."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui import downloads, faults, graph_component
from ui.downloads import Cookie
from ui.links import PATHS
from ui.settings import written

_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_IMPORTED: Final = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")
# Streamlit finds its server by trying what the page's own path might mean, and each wrong guess is an error on the
# console. Here the server is where the page came from.
_BASE: Final = "<script>window.__streamlit = { BACKEND_BASE_URL: window.location.origin + '/' }</script>"
# WCAG 2.2 asks 4.5 to 1 of text. Streamlit writes white on the main colour, which in the dark theme is light (2.3 to 1), and
# a chart's figures in a grey that is faint on a light page (3.7 to 1).
_STYLE: Final = (
    '<style>@media (prefers-color-scheme: dark) {{ button[kind^="primary"] {{ color: {} }} }}'
    ".main-svg :is(.xtick, .ytick, .infolayer) text {{ fill: currentColor !important }}</style>"
)
#: Parts of Streamlit that every page of ours asks for once its first lines arrive: the search box, a table, buttons.
_PARTS: Final = ("TextInput", "BidiComponent", "Button", "ButtonGroup")
_BUNDLES: Final = "/_stcore/bidi-components/account-linkage."
#: What a browser may keep for good: the name is a digest of the content.
_FOR_GOOD: Final = "public, immutable, max-age=31536000"


class Shell:
    """Serves the page into which everything is loaded, and tells the browser to load nothing from elsewhere.

    Content Security Policy Level 3: scripts come from this server, from the components (which Streamlit hands over as
    blobs), and from the page itself by their digests; plotly compiles some of its own, hence unsafe-eval.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        folder = Path(st.__file__).parent / "static"
        page = (folder / "index.html").read_text(encoding="utf-8")
        page = page.replace("<title>Streamlit</title>", "<title>Linkage</title>", 1)
        dark = written()["theme"]["dark"]
        page = page.replace("</head>", f"{_STYLE.format(dark['backgroundColor'])}</head>", 1)
        self._bundles = dict(_bundles())
        parts = [f"/static/js/{name}" for name in _parts(folder / "static" / "js", page)]
        self._page = page.replace("<head>", f"<head>{_BASE}{_fetched(parts)}", 1)
        graph = [path for path in self._bundles if path.startswith(f"{_BUNDLES}links/")]
        self._cluster = page.replace("<head>", f"<head>{_BASE}{_fetched([*parts, *graph])}", 1)
        scripts = " ".join(f"'sha256-{_digest(script)}'" for script in _SCRIPT.findall(self._page))
        self._headers = {
            "content-security-policy": (
                f"default-src 'none'; script-src 'self' 'unsafe-eval' blob: {scripts}; style-src 'self' 'unsafe-inline'; "
                "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
                "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            ),
            "x-content-type-options": "nosniff",
            # addresses name accounts and identifiers
            "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
        }
        self._paths = {f"/{path}" for name, path in PATHS.items() if name != "download"}
        self._cookie = Cookie()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for the page and what draws the graph; pass everything else on."""
        if scope["type"] != "http":
            # Streamlit asks a browser once more that left while it was being answered
            with contextlib.suppress(*faults.LEFT):
                await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
            await send(message)

        reads = scope["method"] in ("GET", "HEAD")
        if reads and scope["path"] in self._paths:
            text = self._cluster if scope["path"] == f"/{PATHS['cluster']}" else self._page
            page = HTMLResponse(text, headers={"cache-control": "no-cache"})
            self._cookie.give(scope, page)
            await page(scope, receive, guarded)
        elif reads and scope["path"] in self._bundles:
            # Streamlit's own answer says neither how long it may be kept nor what it was, so it is loaded anew each time
            script = Response(self._bundles[scope["path"]], media_type="text/javascript", headers={"cache-control": _FOR_GOOD})
            await script(scope, receive, guarded)
        elif scope["path"] == f"/{PATHS['download']}":
            answer = await run_in_threadpool(downloads.answer, Request(scope), known=self._cookie.held(scope))
            await answer(scope, receive, guarded)
        else:
            await self._app(scope, receive, guarded)


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _bundles() -> Iterator[tuple[str, bytes]]:
    """What draws the graph, by the path at which Streamlit asks for it."""
    for file in sorted((graph_component.FOLDER / "build").glob("*.js")):
        yield f"{_BUNDLES}{file.name.partition('-')[0]}/{file.name}", file.read_bytes()


def _parts(folder: Path, page: str) -> list[str]:
    """The files of Streamlit's parts that every page needs, with what they import, unless the page names them itself."""
    found: dict[str, None] = {}
    waiting = [file.name for part in _PARTS for file in sorted(folder.glob(f"{part}.*.js"))]
    while waiting:
        name = waiting.pop()
        if name in found or name in page or not (folder / name).is_file():
            continue
        found[name] = None
        waiting += _IMPORTED.findall((folder / name).read_text(encoding="utf-8"))
    return sorted(found)


def _fetched(paths: Iterable[str]) -> str:
    return "".join(f'<link rel="modulepreload" href=".{path}">' for path in paths)
