"""graph.graphml: the accounts, the identifiers that count, and the links between them.

GraphML 1.0 as networkx reads and writes it, written as text: networkx would hold the whole graph and the whole document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import BinaryIO, Final

from linkage.evidence.gather import Material
from linkage.investigate.printable import printable
from linkage.investigate.subgraphs import account_node, identifier_node

_SPACE: Final = "http://graphml.graphdrawing.org/xmlns"
#: (of what, its name, its type); the key of each is d and its place
_KEYS: Final = (
    ("node", "type", "string"), ("node", "name", "string"), ("node", "role", "string"), ("node", "risk", "double"),
    ("node", "flagged", "boolean"), ("node", "requests", "long"), ("node", "kind", "string"), ("node", "family", "string"),
    ("node", "strength", "double"), ("node", "accounts", "long"), ("node", "inside", "long"), ("edge", "weight", "double"),
)  # fmt: skip
_OF_ACCOUNT: Final = (0, 1, 2, 3, 4, 5)
_OF_IDENTIFIER: Final = (0, 1, 6, 7, 8, 9, 10)
_AT_ONCE: Final = 5_000


def write_graph(material: Material, file: BinaryIO) -> None:
    """GraphML in UTF-8. What XML 1.0 cannot hold in a name stands escaped in it; the tables have it whole."""
    parts: list[str] = []
    for part in _document(material):
        parts.append(part)
        if len(parts) == _AT_ONCE:
            file.write("".join(parts).encode("utf-8"))
            parts.clear()
    file.write("".join(parts).encode("utf-8"))


def _document(material: Material) -> Iterator[str]:
    yield (
        f"<?xml version='1.0' encoding='utf-8'?>\n<graphml xmlns=\"{_SPACE}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
        f'xsi:schemaLocation="{_SPACE} {_SPACE}/1.0/graphml.xsd">\n'
    )
    for number, (of, name, kind) in reversed(list(enumerate(_KEYS))):
        yield f'  <key id="d{number}" for="{of}" attr.name="{name}" attr.type="{kind}" />\n'
    yield '  <graph edgedefault="undirected">\n'
    nodes = _Nodes()
    for account, role, risk, flagged, requests in material.cells(
        "accounts", "account_id", "role", "risk", "flagged", "requests"
    ):
        facts = ("account", escape(printable(account), quote=False), role, risk, flagged, requests)
        yield f"    <node id={nodes.named(account_node(account))}>\n{_data(_OF_ACCOUNT, facts)}    </node>\n"
    columns = ("kind", "value", "family", "strength", "everywhere", "inside", "linked")
    for kind, value, family, strength, everywhere, inside, linked in material.cells("identifiers", *columns):
        if linked:
            names = (escape(printable(text), quote=False) for text in (value, kind, family))
            node = nodes.named(identifier_node(kind, value))
            yield f"    <node id={node}>\n{_data(_OF_IDENTIFIER, ('identifier', *names, strength, everywhere, inside))}    </node>\n"
    for account, kind, value, weight in material.cells("links", "account_id", "kind", "value", "weight"):
        source, target = nodes.named(account_node(account)), nodes.named(identifier_node(kind, value))
        yield f'    <edge source={source} target={target}>\n      <data key="d11">{weight}</data>\n    </edge>\n'
    yield "  </graph>\n</graphml>\n"


def _data(keys: Iterable[int], values: Iterable[object]) -> str:
    return "".join([f'      <data key="d{key}">{value}</data>\n' for key, value in zip(keys, values, strict=True)])


def _attribute(text: str) -> str:
    """Quoted as an attribute of XML, in which white space other than spaces would turn into them."""
    spaced = escape(text).replace("\n", "&#10;").replace("\r", "&#13;").replace("\t", "&#9;")
    return f'"{spaced}"'


class _Nodes:
    """Names of nodes, as attributes of XML. Two that are escaped alike stay two."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._taken: set[str] = set()

    def named(self, node: str) -> str:
        """The name of a node, quoted."""
        found = self._known.get(node)
        if found is None:
            shown, number = printable(node), 1
            while shown in self._taken:
                number += 1
                shown = f"{printable(node)} ({number})"
            self._taken.add(shown)
            found = self._known[node] = _attribute(shown)
        return found
