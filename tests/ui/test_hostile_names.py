"""Names of an attacker's choosing: shown as they are, hiding nothing, and never markup."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from linkage.investigate import printable
from tests.ui.factory import HOSTILE, headings, leads_to, page, tables, texts, visit
from ui import links, words


def every_text(app: AppTest) -> list[str]:
    """Every text of the page: elements, tables, labels of charts."""
    found = texts(app).split("\n")
    for data in tables(app).values():
        for row in data["rows"]:
            for cell in row:
                found += [cell.get(part, "") for part in ("text", "note", "title")] + [cell.get("mark", {}).get("text", "")]
    return found + headings(app) + chart_texts(app)


def chart_texts(app: AppTest) -> list[str]:
    """Labels of charts: names of traces and what shows under the pointer."""
    traces = [trace for chart in app.get("plotly_chart") for trace in json.loads(chart.proto.spec)["data"]]
    return [text for trace in traces for text in [*trace.get("text", []), trace.get("name", "")]]


def hides_nothing(app: AppTest) -> bool:
    return all(printable(text) == text and len(text) <= 1_500 for text in every_text(app))


@pytest.mark.parametrize("name", ["queue", "cluster", "search"])
def test_no_page_hides_or_reorders_a_part_of_a_name(evil: Path, name: str) -> None:
    parameters = {"cluster": {"cluster": "evil"}, "search": {"q": HOSTILE["override"]}}.get(name, {})
    assert hides_nothing(page(name, **parameters))


def test_an_account_and_an_identifier_of_any_name_have_a_page(evil: Path) -> None:
    app = page()
    for value in HOSTILE.values():
        visit(app, "account", account=value)
        assert words.plain(value) in headings(app)
        assert hides_nothing(app)
        visit(app, "identifier", kind="device", value=value)
        assert words.plain(value) in headings(app)
        assert hides_nothing(app)


def test_a_search_finds_an_account_of_any_name(evil: Path) -> None:
    app = page()
    for value in HOSTILE.values():
        visit(app, "search", q=value)
        if value.strip() == value:
            assert links.account(value).address in leads_to(app, "What was found")
        assert hides_nothing(app)


def test_a_kind_of_any_name_has_pages(evil: Path) -> None:
    app = page()
    for which in ("script", "markdown", "long", "template", "override"):
        visit(app, "identifier", kind=HOSTILE[which], value=HOSTILE["image"])
        assert words.plain(HOSTILE["image"]) in headings(app)
        assert hides_nothing(app)


def test_a_chart_takes_no_markup_from_a_name(evil: Path) -> None:
    for text in chart_texts(page("cluster", cluster="evil")):
        bare = text.replace("<b>", "").replace("</b>", "").replace("<br>", "")
        assert not set("<>$") & set(bare)
