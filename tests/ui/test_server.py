"""What the server is like before any page: where it listens, whom it answers, and what it forbids a browser."""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from streamlit import config

from tests.ui.browser import serving
from tests.ui.factory import APP, ROOT
from ui import server


@pytest.fixture(scope="module")
def base(stores: dict[str, Path]) -> Iterator[str]:
    with serving(stores["world"]) as address:
        yield address


def ask(base: str, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=20)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    answer.body = answer.read()  # type: ignore[attr-defined]
    connection.close()
    return answer


def test_every_setting_is_one_that_streamlit_knows() -> None:
    known = config.get_config_options()
    assert set(server.settings(8501)) <= set(known)


def test_what_keeps_the_page_here_is_set() -> None:
    given = server.settings(8507)
    wanted = {
        "server.address": "127.0.0.1", "server.port": 8507, "server.enableCORS": True, "server.enableXsrfProtection": True,
        "server.enableAgentApi": False, "server.enableStaticServing": False, "browser.gatherUsageStats": False,
        "client.showErrorLinks": False, "client.showErrorDetails": "none", "client.toolbarMode": "minimal",
    }  # fmt: skip
    assert {name: given.get(name) for name in wanted} == wanted


def test_the_environment_cannot_loosen_it(stores: dict[str, Path]) -> None:
    script = (
        "from ui import server; from streamlit.web import bootstrap; from streamlit import config;"
        "bootstrap.load_config_options(server.settings(8501));"
        "print(config.get_option('server.enableCORS'), config.get_option('client.showErrorDetails'))"
    )
    loose = {"STREAMLIT_SERVER_ENABLE_CORS": "false", "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "full"}
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env={**os.environ, **loose}, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["True", "none"]


@pytest.mark.parametrize(
    "path", ["/", "/cluster?cluster=x", "/account", "/identifier", "/search", "/static/nothing", "/_stcore/health"]
)
def test_every_answer_tells_the_browser_to_load_nothing_from_elsewhere(base: str, path: str) -> None:
    answer = ask(base, path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_names_no_other_host(base: str) -> None:
    body = ask(base, "/").body.decode()  # type: ignore[attr-defined]
    loaded = re.findall(r"""(?:src|href)=["']([^"']+)""", body)
    assert loaded
    assert all(address.startswith("./") for address in loaded)
    assert "<title>Linkage</title>" in body


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8501"])
def test_another_host_name_is_not_answered(base: str, host: str) -> None:
    """A page elsewhere whose name was made to mean this machine (DNS rebinding)."""
    assert ask(base, "/", Host=host).status == 400


def test_a_socket_for_a_page_of_another_origin_is_refused(base: str) -> None:
    upgrade = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol": "streamlit",
    }  # fmt: skip
    assert ask(base, "/_stcore/stream", **upgrade, Origin="http://evil.example").status == 403
    assert ask(base, "/_stcore/stream", **upgrade, Origin=base).status == 101


def test_an_address_of_a_hundred_thousand_characters_is_answered(base: str) -> None:
    assert ask(base, f"/identifier?kind=device&value={'%F0%9F%A7%A8' * 5_000}").status == 200


def test_it_is_up_in_three_seconds_and_leaves_nothing_behind(stores: dict[str, Path]) -> None:
    began = time.monotonic()
    with serving(stores["world"]) as base:
        assert ask(base, "/_stcore/health").status == 200
        # generous, for a build server that does other things; on an idle machine it is below two seconds
        assert time.monotonic() - began < 15
    with pytest.raises(ConnectionRefusedError):
        ask(base, "/")


@pytest.mark.parametrize("debug", ["", "1"])
def test_a_fault_is_said_without_its_traceback_unless_asked(
    debug: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LINKAGE_DEBUG", debug)
    assert server._unforeseen(KeyError("a secret prompt"))
    said = capsys.readouterr().err
    assert "internal error: KeyError" in said
    assert ("a secret prompt" in said) == (debug == "1")


def test_a_port_in_use_is_one_line(base: str) -> None:
    port = str(urlsplit(base).port)
    run = subprocess.run([sys.executable, "-m", "ui", "--port", port], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (3, "", 1)


def test_the_package_has_every_file_of_the_pages() -> None:
    """A file that the wheel leaves out is missed only by who installs it."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["ui"]
    folder = APP.parent
    packed = {path for pattern in patterns for path in folder.glob(pattern)}
    apart = {"__pycache__", "frontend"}
    every = {path for path in folder.rglob("*") if path.is_file() and not apart & set(path.parts) and path.suffix != ".py"}
    assert every <= packed
    assert all((path.parent / "__init__.py").is_file() for path in folder.rglob("*.py") if "frontend" not in path.parts)


def test_what_is_accepted_sends_at_once() -> None:
    async def accepted() -> int:
        found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            taken = writer.get_extra_info("socket")
            found.set_result(taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        with server.listening("127.0.0.1", 0) as listener:
            async with await asyncio.start_server(take, sock=listener):
                _, writer = await asyncio.open_connection(*listener.getsockname())
                given = await asyncio.wait_for(found, 10)
                writer.close()
        return given

    # left off, an answer in two pieces waits some 40 ms for the browser to say that it has the first
    assert asyncio.run(accepted()) == 1


def test_the_page_names_what_it_will_ask_for_and_each_of_it_is_there_for_good(base: str) -> None:
    page = ask(base, "/cluster?cluster=harvest").body.decode()  # type: ignore[attr-defined]
    named = re.findall(r'<link rel="modulepreload" href="\.(/[^"]+)">', page)
    assert sum("account-linkage.links/" in path for path in named) == 1
    assert sum("/BidiComponent." in path for path in named) == 1
    for path in named:
        answer = ask(base, path)
        assert answer.status == 200, path
        assert "javascript" in str(answer.getheader("content-type"))
        assert "immutable" in str(answer.getheader("cache-control"))
        assert answer.getheader("content-security-policy")
    # who opens the queue draws no graph yet
    assert "account-linkage.links/" not in ask(base, "/").body.decode()  # type: ignore[attr-defined]
