"""The route that hands bundles out: only to a browser that has this server's cookie, and only what is in the folder."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from linkage.cases import CaseBook
from tests.ui.browser import serving
from tests.ui.factory import world
from ui import jobs


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("downloads") / "store"
    world().publish(store)
    (store / jobs.FOLDER).mkdir()
    (store / jobs.FOLDER / "linkage-harvest.zip").write_bytes(b"PK a bundle")
    (store / jobs.FOLDER / "notes.txt").write_bytes(b"no bundle")
    (store / "secret.zip").write_bytes(b"elsewhere")
    (store / jobs.FOLDER / "link.zip").symlink_to(store / "secret.zip")
    return store


@pytest.fixture(scope="module")
def base(store: Path) -> Iterator[str]:
    with serving(store) as address:
        yield address


def ask(base: str, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=20)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body, dict(answer.headers)


def cookie(base: str) -> str:
    given = ask(base, "/")[2]["set-cookie"]
    assert "HttpOnly" in given
    assert "SameSite=strict" in given
    return given.split(";")[0]


def test_a_bundle_is_handed_to_a_browser_of_these_pages(base: str, store: Path) -> None:
    status, body, headers = ask(base, "/download?bundle=linkage-harvest.zip", Cookie=cookie(base), Sec_Fetch_Site="same-origin")
    assert (status, body) == (200, b"PK a bundle")
    assert headers["content-disposition"] == 'attachment; filename="linkage-harvest.zip"'
    assert headers["cache-control"] == "no-store"
    with CaseBook(store) as book:
        assert [entry.subject for entry in book.gate.log.entries(action="export")] == ["bundle:linkage-harvest.zip"]


def test_nobody_else_gets_it(base: str) -> None:
    path = "/download?bundle=linkage-harvest.zip"
    assert ask(base, path)[0] == 403
    assert ask(base, path, Cookie="linkage_browser=name.0123")[0] == 403
    given = cookie(base)
    assert ask(base, path, Cookie=given[:-1] + ("0" if given[-1] != "0" else "1"))[0] == 403
    assert ask(base, path, Cookie=given, Sec_Fetch_Site="cross-site")[0] == 403
    assert ask(base, path, "POST", Cookie=given)[0] == 405


@pytest.mark.parametrize(
    "name",
    ["../secret.zip", "notes.txt", "link.zip", "nope.zip", "", "/etc/passwd", "a\0.zip", "../exports/linkage-harvest.zip"],
)
def test_nothing_but_bundles_is_handed_out(base: str, name: str) -> None:
    assert ask(base, f"/download?bundle={quote(name)}", Cookie=cookie(base))[0] == 404
