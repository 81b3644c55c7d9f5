"""A browser that leaves, or talks nonsense, costs whoever runs the server no traceback."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.ui.factory import ROOT
from ui import faults
from ui.shell import Shell

TEXT, BINARY, CLOSE = 1, 2, 8


async def answers(websocket: WebSocket) -> None:
    """As Streamlit does: one part sends and stops where nobody is there, the other asks what comes next."""
    await websocket.accept()
    with contextlib.suppress(WebSocketDisconnect):
        await websocket.send_bytes(b"what the page shows")
    await websocket.receive_bytes()


def test_who_leaves_while_he_is_answered_leaves_nothing() -> None:
    sent: list[str] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message["type"])
        if message["type"] == "websocket.send":
            raise ConnectionResetError

    app = Starlette(routes=[WebSocketRoute("/_stcore/stream", answers)])
    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": [], "query_string": b"", "subprotocols": []}
    asyncio.run(Shell(app)(scope, receive, send))
    assert sent == ["websocket.accept", "websocket.send"]


@pytest.fixture
def lines() -> Iterator[None]:
    before = logging.getLogRecordFactory()
    sender = logging.getLogger(faults._SENDER)
    filters = list(sender.filters)
    faults.say_in_a_line()
    yield
    logging.setLogRecordFactory(before)
    sender.filters = filters


@pytest.mark.parametrize("debug", ["", "1"])
@pytest.mark.parametrize("name", ["uvicorn.error", "streamlit.runtime.app_session", "asyncio"])
def test_a_fault_below_the_pages_is_a_line(
    lines: None, name: str, debug: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINKAGE_DEBUG", debug)
    logger = logging.getLogger(name)
    logger.addHandler(caplog.handler)
    try:
        raise KeyError("a secret prompt")
    except KeyError:
        logger.exception("Exception in %s\n", "what is below")
    logger.removeHandler(caplog.handler)
    assert "Exception in what is below" in caplog.text
    assert ("Traceback" in caplog.text) == ("a secret prompt" in caplog.text) == (debug == "1")
    if not debug:
        assert "internal error: KeyError: Exception in what is below; set LINKAGE_DEBUG=1" in caplog.text


def frame(kind: int, content: bytes) -> bytes:
    """One frame of a client (RFC 6455, section 5.2), masked with zeroes."""
    assert len(content) < 126
    return bytes([0x80 | kind, 0x80 | len(content)]) + bytes(4) + content


def connected(port: int) -> socket.socket:
    """A web socket as the pages open it."""
    made = socket.create_connection(("127.0.0.1", port), timeout=60)
    key = base64.b64encode(bytes(16)).decode()
    made.sendall(
        f"GET /_stcore/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nConnection: Upgrade\r\n"
        f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
        "Sec-WebSocket-Protocol: streamlit\r\n\r\n".encode()
    )
    assert b" 101 " in made.recv(4096)
    return made


def test_the_server_says_no_traceback_whoever_leaves_or_talks_nonsense(stores: dict[str, Path]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "linkage", "ui", "--store", str(stores["world"]), "--port", str(port)]
    asked = BackMsg()
    asked.rerun_script.query_string = ""
    rerun = frame(BINARY, asked.SerializeToString())
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline().startswith("http")
        for nonsense in (frame(TEXT, b"hello"), frame(BINARY, b"\xff\xff\xff"), frame(CLOSE, b"\x03\xe9")):
            with connected(port) as one:
                one.sendall(nonsense)
                while one.recv(4096):
                    pass
        for _ in range(3):
            with connected(port) as one:
                one.sendall(rerun)
                one.recv(1)
                # asks once more and goes at once, without a farewell
                one.sendall(rerun)
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        process.terminate()
        _, said = process.communicate(timeout=60)
    assert "internal error" in said
    assert "Traceback" not in said
    assert all(line.startswith(("linkage ui:", "ERROR", "WARNING")) or "internal error" in line for line in said.splitlines())
