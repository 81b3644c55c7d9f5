"""Identifier strength and the weighted account-identifier graph."""

from linkage.graph.edges import Edges, strong_edges, write_graph
from linkage.graph.incidence import build_incidences
from linkage.graph.naming import naming_kinds
from linkage.graph.strength import weigh_links

__all__ = ["Edges", "build_incidences", "naming_kinds", "strong_edges", "weigh_links", "write_graph"]
