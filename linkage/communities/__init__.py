"""Communities over the account-identifier graph, behind one protocol."""

from linkage.communities.bridges import cut_bridges
from linkage.communities.detector import ALGORITHMS, Detector, detector
from linkage.communities.divide import divide
from linkage.communities.graph import Ints, WeightedGraph, heaviest, renumber
from linkage.communities.seams import part_seams

__all__ = [
    "ALGORITHMS",
    "Detector",
    "Ints",
    "WeightedGraph",
    "cut_bridges",
    "detector",
    "divide",
    "heaviest",
    "part_seams",
    "renumber",
]
