"""The addresses of the pages: stable, so that they can stand in a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from linkage.views.nodes import account_node, identifier_node

if TYPE_CHECKING:
    from linkage.investigate import Hit

#: Page -> the path of its address.
PATHS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "queue": "",
        "overview": "overview",
        "compare": "compare",
        "decisions": "decisions",
        "search": "search",
        "cluster": "cluster",
        "account": "account",
        "identifier": "identifier",
        "download": "download",
    }
)


@dataclass(frozen=True)
class Link:
    """A page with what it is about."""

    page: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """What stands in the address bar, from the first slash on."""
        query = urlencode(self.parameters, errors="replace")
        return f"/{PATHS[self.page]}" + (f"?{query}" if query else "")


def cluster(cluster_id: str) -> Link:
    """The page of a cluster."""
    return Link("cluster", {"cluster": cluster_id})


def account(account_id: str) -> Link:
    """The page of an account."""
    return Link("account", {"account": account_id})


def identifier(kind: str, value: str) -> Link:
    """The page of an identifier."""
    return Link("identifier", {"kind": kind, "value": value})


def hit(found: Hit) -> Link:
    """The page of what a search found."""
    if found.type == "cluster":
        return cluster(found.value)
    return account(found.value) if found.type == "account" else identifier(found.kind or "", found.value)


def node_of(found: Hit) -> str:
    """The node of an account or an identifier that a search found."""
    return account_node(found.value) if found.type == "account" else identifier_node(found.kind or "", found.value)


def download(name: str) -> Link:
    """The address at which the server hands out a bundle; not a page."""
    return Link("download", {"bundle": name})


def compare(kind: str, one: str, other: str) -> Link:
    """The page that compares two clusters or two accounts."""
    return Link("compare", {"kind": kind, "a": one, "b": other})
