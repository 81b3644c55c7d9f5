"""Debian's Chromium over pages that `linkage ui` serves, with an ear for what must not happen."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
INSTALL = "Chromium is missing; install it with: apt-get install -y chromium"
#: Nothing of the browser's own may ask for anything either.
_FLAGS = [
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--disable-default-apps", "--disable-dev-shm-usage",
]  # fmt: skip
PATIENCE = 60_000


def require_chromium() -> None:
    """Skip where Chromium is missing, with the line that installs it; fail on the build server."""
    if shutil.which(CHROMIUM) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(INSTALL)
        pytest.skip(INSTALL)


def launch(playwright: Playwright) -> Browser:
    """A headless Chromium."""
    expect.set_options(timeout=PATIENCE)
    return playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)


@contextmanager
def serving(store: Path) -> Iterator[str]:
    """`linkage ui` over a store; the address it prints."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "linkage", "ui", "--store", str(store), "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@dataclass
class Ear:
    """What a page said to the console, and what it asked of anybody but its server."""

    base: str
    heard: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("console", lambda message: message.type == "error" and self.heard.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.heard.append(f"uncaught: {error}"))
        page.on("request", lambda request: self._outside(request.url))
        page.on("websocket", lambda socket: self._outside(socket.url.replace("ws://", "http://", 1)))
        page.on("response", lambda response: response.status >= 400 and self.heard.append(f"{response.status}: {response.url}"))

    def _outside(self, url: str) -> None:
        if not url.startswith((f"{self.base}/", "data:", "blob:")):
            self.heard.append(f"asked outside: {url}")


def settle(page: Page) -> None:
    """Wait until the script behind the page has run to its end."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE)


def visit(page: Page, address: str) -> None:
    """Open an address as from a ticket."""
    page.goto(address)
    settle(page)


def widest(page: Page) -> dict[str, Any]:
    """How wide the page is, and how wide its window: more than that would be cut."""
    return page.evaluate("() => ({ page: document.documentElement.scrollWidth, window: window.innerWidth })")  # type: ignore[no-any-return]


def pick_first_half(page: Page) -> None:
    """Draw a box over the first half of the time in the first chart."""
    chart = page.locator(".stPlotlyChart").first
    chart.scroll_into_view_if_needed()
    box = chart.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 2, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 - 10, box["y"] + 60, steps=5)
    page.mouse.up()
