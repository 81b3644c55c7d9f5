"""The web server of the pages: Streamlit's application, behind what keeps everything on this machine."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn

import streamlit as st
import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from streamlit import net_util
from streamlit.web import bootstrap

from linkage.access import SignIn
from linkage.access.sign_in import LOOPBACK
from linkage.errors import LinkageError
from ui import faults, sign_in
from ui.door import Door
from ui.layouts import Layouts
from ui.settings import written
from ui.shell import Shell

FOLDER: Final = Path(__file__).resolve().parent
ADDRESS: Final = LOOPBACK[0]
#: Room for an address that names an identifier of some thousand characters, each of them percent-encoded.
_LONGEST_HEAD: Final = 512 * 1024
#: Seconds to wait, at the end, for what is still being read ahead.
_PATIENCE: Final = 20


def settings(port: int, address: str = ADDRESS, who: SignIn | None = None) -> dict[str, Any]:
    """Streamlit's settings by their full names (`server.address`): those of .streamlit/config.toml and the address."""
    given = written()
    return {
        **dict(_named("", given)),
        "server.address": address,
        "server.port": port,
        "browser.serverPort": port,
        "server.allowedHosts": _hosts(who),
        # who somebody is, is never read from a header, and never from somebody else's secrets.toml
        "server.trustedUserHeaders": "{}",
        "secrets.files": [],
    }


def _hosts(who: SignIn | None) -> list[str]:
    """The names that the server answers to."""
    return [*LOOPBACK, *([] if who is None or who.host in LOOPBACK else [who.host])]


def _named(prefix: str, values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _named(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", value


def serve(port: int, address: str = ADDRESS, who: SignIn | None = None) -> None:
    """Serve until a signal ends it, and say the address. Raises OSError: the port is taken or refused.

    `who` says how people sign in; without it nobody is asked, so `address` has to be the loopback one.
    """
    sign_in.use(who)
    faults.say_in_a_line()
    # As flags they win over every other file and over the environment.
    bootstrap.load_config_options(settings(port, address, who))
    # Streamlit asks an address on the internet which address this machine has there, when a page of another origin
    # knocks. Nothing here may leave the machine; a foreign origin is refused without that.
    net_util.get_external_ip = net_util.get_internal_ip = lambda: None
    with listening(address, port) as listener:
        config = uvicorn.Config(
            application(f"http://{ADDRESS}:{port}" if who is None else who.address),
            http="h11",
            h11_max_incomplete_event_size=_LONGEST_HEAD,
            ws="websockets-sansio",
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        # uvicorn shuts down in order on either signal, and then hands it on to who was there before
        signal.signal(signal.SIGTERM, _end)
        signal.signal(signal.SIGINT, _end)
        uvicorn.Server(config).run(sockets=[listener])


def listening(address: str, port: int) -> socket.socket:
    """A socket that listens there. Raises OSError: the port is taken or refused."""
    # asyncio turns Nagle's algorithm off only where the socket says that it is TCP; left on, answers wait some 40 ms each
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(256)
    except OSError:
        listener.close()
        raise
    return listener


def _end(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def application(said: str) -> st.App:
    """The pages as an ASGI application, which says the address at which people open it once it answers."""
    who = sign_in.settings()

    @asynccontextmanager
    async def announce(app: st.App) -> AsyncIterator[None]:
        # the socket listens already, so whoever reads this and asks is answered
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()
        warming = threading.Thread(target=_warm, daemon=True)
        warming.start()
        store = os.environ.get("LINKAGE_STORE", "").strip()
        layouts = Layouts(Path(store), _renew) if store else None
        if layouts is not None:
            layouts.start()
        yield
        if layouts is not None:
            layouts.stop()
        # a thread that is cut off inside a library of C++ takes the whole process down with it, and not in order
        await run_in_threadpool(warming.join, _PATIENCE)

    return st.App(
        FOLDER / "app.py",
        secrets=None if who is None else sign_in.secrets(who),
        lifespan=announce,
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=_hosts(who), www_redirect=False),
            Middleware(Door),
            Middleware(Shell),
        ],
        on_script_error=_unforeseen,
    )


def _warm() -> None:
    """Import what pages import, and answer what the queue asks, so that the first to open one need not wait for it."""
    for module in ("people", "reading", "components.activity", "components.graph", "components.members", "components.selected"):
        importlib.import_module(f"ui.{module}")
    # what charts and the icon load where they are first drawn, and where Streamlit looks at who called it, once
    for module in ("plotly.graph_objs._bar", "plotly.graph_objs._heatmap", "plotly.graph_objs._scatter", "PIL.ImageFile"):
        importlib.import_module(module)
    inspect.stack()
    # the page says what is wrong with a store, where anything is
    with contextlib.suppress(LinkageError):
        importlib.import_module("ui.reading").read_ahead()


def _renew() -> None:
    """Read ahead of another snapshot, which was published meanwhile, and keep nothing of those before."""
    importlib.import_module("ui.reading").renew()


def _unforeseen(error: Exception) -> bool:
    """Say an error that no page foresaw in words; where it happened only when that is asked for, as on the command line."""
    if os.environ.get("LINKAGE_DEBUG") == "1":
        traceback.print_exception(error)
    what = f"linkage ui: internal error: {type(error).__name__}"
    sys.stderr.write(f"{what}; set LINKAGE_DEBUG=1 to see where, and report it\n")
    st.error("This page cannot be shown: a fault of the program. Go back to the queue, and please report it.")
    return True
