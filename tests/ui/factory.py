"""Stores that pages are drawn from, and what the pages drew."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from tests.investigate.factory import World, world

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "ui" / "app.py"

#: Names of accounts as an attacker would choose them.
HOSTILE: dict[str, str] = {
    "long": "L" + "x" * 4_999,
    "long emoji": "🧨" * 5_000,
    "script": "<script>window.hacked = 1</script>",
    "image": "<img src=x onerror='window.hacked = 2'>",
    "link": "[click](javascript:window.hacked=3) <a href='https://evil.example/'>here</a> https://evil.example/",
    "picture": "![p](https://evil.example/p.png)",
    "markdown": "# *b* `c` ``d`` ~~e~~ $f$ $$g$$ :red[h] :smile: :material/home: | i | \\ - [ ] j",
    "template": "{{7*7}} ${window.hacked=4} %{customdata} {0} %s <extra></extra>",
    "override": "\u202egnp.exe\u2066\u200f\u200b",
    "right to left": "שלום עולם مرحبا",
    "control": "a\x00b\x1b[2J\r\nc\td",
    "zalgo": "z" + "\u0301\u0316" * 300,
    "emoji": "👨\u200d👩\u200d👧 🇩🇪 ☠️",
    "blank": "   ",
    "backticks": "```` ` ```",
    "query": "a&b=c?d#e%2F/f+g;h",
    "quotes": "\"'><svg onload=window.hacked=5>",
    "formula": '=HYPERLINK("https://evil.example/")',
}


#: A page of every kind over `world`.
LOADED: dict[str, dict[str, str]] = {
    "queue": {},
    "cluster": {"cluster": "harvest"},
    "account": {"account": "a4"},
    "identifier": {"kind": "payment", "value": "card-1"},
    "search": {"q": "card"},
}


def hostile() -> World:
    """One flagged cluster whose accounts, identifiers, kinds and reasons all have the names of HOSTILE."""
    names = list(HOSTILE.values())
    made = World()
    made.cluster("evil", 0.9, names[:-2], names[-2:], summary=HOSTILE["script"])
    made.tables["reasons"][0]["sentence"] = HOSTILE["markdown"] + HOSTILE["image"]
    made.tables["reasons"][1]["sentence"] = HOSTILE["link"]
    made.tables["clusters"][0]["families"] = names[2:6]
    for row in made.tables["accounts"]:
        row.update(email_domain=HOSTILE["override"], org_id=HOSTILE["script"], plan=HOSTILE["markdown"], status=HOSTILE["link"])
        row.update(label=HOSTILE["image"], country=HOSTILE["zalgo"])
    for row in made.tables["models"]:
        row["model"] = HOSTILE["markdown"]
    for name in names:
        made.share("device", name, 0.9, names, note=HOSTILE["image"])
    for kind in (HOSTILE["script"], HOSTILE["markdown"], HOSTILE["long"], HOSTILE["template"], HOSTILE["override"]):
        made.share(kind, HOSTILE["image"], 0.95, names, family=kind)
    for row in made.tables["identifiers"]:
        fingerprint = {"members": 3, "description": HOSTILE["markdown"], "sample": HOSTILE["script"]}
        made.tables["fingerprints"].append({"kind": row["kind"], "value": row["value"], **fingerprint})
    return made


def many(clusters: int) -> World:
    """As many clusters of two accounts, the last flagged first."""
    made = World()
    for number in range(clusters):
        accounts = [f"m{number:05}-{i}" for i in range(2)]
        made.cluster(f"c{number:05}", 1 - number / (clusters + 1), accounts, flagged=number < clusters // 2)
        made.share("payment", f"p{number:05}", 0.9, accounts)
    return made


def page(name: str = "queue", **parameters: str) -> AppTest:
    """A page in a session of its own, over the store that LINKAGE_STORE names."""
    app = AppTest.from_file(APP, default_timeout=60)
    if name != "queue":
        # in a browser the address decides; here a first run registers the pages, so that the second can be any of them
        app.run()
    return visit(app, name, **parameters)


def visit(app: AppTest, name: str, **parameters: str) -> AppTest:
    """Go to a page in a session that has one."""
    if name != "queue":
        app.switch_page(f"app_pages/{name}.py")
    app.query_params.clear()
    app.query_params.update(parameters)
    return app.run()


def tables(app: AppTest) -> dict[str, dict[str, Any]]:
    """What the page's tables were given, by their labels."""
    return {data["label"]: data for data in _components(app) if "columns" in data}


def headings(app: AppTest) -> list[str]:
    """The names of what the page is about."""
    return [data["name"] for data in _components(app) if "chips" in data]


def goes_to(app: AppTest) -> str | None:
    """Where the page sends the browser by itself."""
    return next((data["address"] for data in _components(app) if "number" in data), None)


def drawn(app: AppTest) -> dict[str, Any]:
    """What the graph of the page was given: the Links or Groups view, or the header of All accounts."""
    for element in app.get("bidi_component"):
        if element.proto.component_name.startswith("account-linkage."):
            return unpacked(element.proto.bytes)[0] if element.proto.bytes else json.loads(element.proto.json)
    raise AssertionError("the page has no graph")


def unpacked(content: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The header and the columns of the view All accounts, as the browser reads them."""
    (length,) = struct.unpack_from("<I", content)
    header = json.loads(content[4 : 4 + length])
    body = content[4 + length :]
    columns = {
        name: np.frombuffer(body, np.dtype(f"<{kind}"), count, offset)
        for name, (kind, offset, count) in header["columns"].items()
    }
    return header, columns


def _components(app: AppTest) -> list[dict[str, Any]]:
    """What our own small components were given."""
    return [json.loads(element.proto.json) for element in app.get("bidi_component") if element.proto.json]


def column(app: AppTest, table: str, name: str) -> list[str]:
    """The texts of a column of a table."""
    data = tables(app)[table]
    place = [each["label"] for each in data["columns"]].index(name)
    return [row[place].get("text", "") for row in data["rows"]]


def leads_to(app: AppTest, table: str) -> list[str]:
    """Every address in a table."""
    return [cell["address"] for row in tables(app)[table]["rows"] for cell in row if "address" in cell]


def texts(app: AppTest) -> str:
    """Every word on the page but those in tables and charts; the script ran to its end."""
    assert not app.exception
    kinds = (app.title, app.header, app.subheader, app.markdown, app.caption, app.text, app.error, app.toast)
    return "\n".join(element.value for kind in kinds for element in kind)


__all__ = [
    "APP",
    "HOSTILE",
    "LOADED",
    "ROOT",
    "World",
    "column",
    "drawn",
    "goes_to",
    "headings",
    "hostile",
    "leads_to",
    "many",
    "page",
    "tables",
    "texts",
    "unpacked",
    "visit",
    "world",
]
