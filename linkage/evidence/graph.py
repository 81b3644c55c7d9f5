"""graph.graphml: the accounts, the identifiers that count, and the links between them."""

from __future__ import annotations

from typing import BinaryIO

from linkage.evidence.gather import Material
from linkage.investigate.printable import printable
from linkage.investigate.subgraphs import account_node, identifier_node


def write_graph(material: Material, file: BinaryIO) -> None:
    """GraphML by networkx. What XML 1.0 cannot hold in a name stands escaped in it; the tables have it whole."""
    import networkx as nx
    from networkx.readwrite.graphml import GraphMLWriter

    graph = nx.Graph()
    for row in material.rows("accounts"):
        facts = {"type": "account", "name": printable(row["account_id"]), "role": row["role"], "risk": row["risk"]}
        graph.add_node(printable(account_node(row["account_id"])), **facts, flagged=row["flagged"], requests=row["requests"])
    for row in material.rows("identifiers"):
        if row["linked"]:
            graph.add_node(
                printable(identifier_node(row["kind"], row["value"])),
                type="identifier", name=printable(row["value"]), kind=printable(row["kind"]), family=printable(row["family"]),
                strength=row["strength"], accounts=row["everywhere"], inside=row["inside"],
            )  # fmt: skip
    for row in material.rows("links"):
        graph.add_edge(
            printable(account_node(row["account_id"])),
            printable(identifier_node(row["kind"], row["value"])),
            weight=row["weight"],
        )
    # not write_graphml: that takes lxml where there is one, and writes other bytes with it
    writer = GraphMLWriter(graph=graph, prettyprint=True, encoding="utf-8")
    writer.dump(file)
