"""The search, and the pages of what it finds: accounts and identifiers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.factory import column, goes_to, leads_to, page, texts, visit
from ui import session


def test_an_account_says_why_it_is_where_it_is(loaded: Path) -> None:
    app = page("account", account="a4")
    assert "a4 is a core member of cluster harvest" in texts(app)
    assert leads_to(app, "The cluster of the account") == ["/cluster?cluster=harvest"]
    label = "Identifiers of the account, what counts first"
    assert column(app, label, "Identifier")[0] == "template-1"
    assert "requests/2026-03-01.parquet, record 2" in column(app, label, "First read in")


def test_an_account_in_no_cluster(loaded: Path) -> None:
    app = page("account", account="e2")
    assert "It is in no cluster" in texts(app)
    assert column(app, "Identifiers of the account, what counts first", "Identifier") == ["192.0.2.1"]


def test_an_identifier_says_who_was_seen_with_it(loaded: Path) -> None:
    app = page("identifier", kind="ip", value="203.0.113.9")
    assert "Rare." in texts(app)
    assert leads_to(app, "Clusters with accounts on it") == ["/cluster?cluster=harvest", "/cluster?cluster=ring"]
    assert column(app, "Accounts seen with it", "Account") == ["a4", "b3"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("ring", ["/cluster?cluster=ring"]),
        ("a4", ["/account?account=a4"]),
        ("203.0.113.0/24", ["/identifier?kind=network&value=203.0.113.0%2F24", "/identifier?kind=ip&value=203.0.113.9"]),
        ("TEMPLATE", ["/identifier?kind=scaffold&value=template-1"]),
    ],
)
def test_a_search_leads_to_what_it_finds(loaded: Path, asked: str, found: list[str]) -> None:
    app = page("search", q=asked)
    texts(app)
    addresses = leads_to(app, "What was found")
    assert [address for address in addresses if address in found] == found


def test_a_search_that_finds_nothing_says_so(loaded: Path) -> None:
    assert "Nothing is called nobody" in texts(page("search", q="nobody"))
    assert "Type above" in texts(page("search", q="  "))


def test_the_search_box_goes_to_the_search(loaded: Path) -> None:
    app = page("account", account="a4")
    app.text_input(key=session.SEARCH).set_value(" card ").run()
    assert goes_to(app) == "/search?q=card"
    assert goes_to(app.run()) is None


ODD = [
    "%", "'", "::/0", "0.0.0.0/0", "999.1.1.1/33", "1.2.3.4/", "::ffff:1.2.3.4", "\\", "$text", "?", "a" * 5_000, "_",
    "1e999", "0.0.0.0/99999999999999999999", "١٢٣", "１.２.３.４", "fe80::1%lo", "2001:db8::/200", "a\x00b",
]  # fmt: skip


def test_whatever_is_typed_is_answered(loaded: Path) -> None:
    app = page()
    for asked in ODD:
        said = texts(visit(app, "search", q=asked))
        assert "found for" in said or "Nothing is called" in said
        assert not app.error
