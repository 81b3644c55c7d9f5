"""Communities to clusters that a person can judge: members, figures, risk with reasons, and ids that last."""

from linkage.clusters.assemble import assemble
from linkage.clusters.core import SCARCE, find_core
from linkage.clusters.hand import apply_edits, decisions_told
from linkage.clusters.lineage import PART, Overlap, Story, assign_ids
from linkage.clusters.ranges import find_network_kinds
from linkage.clusters.returning import GONE, TIES, newborn, tie_returned
from linkage.clusters.risk import assess
from linkage.clusters.structure import adopt
from linkage.clusters.write import write_clusters

__all__ = [
    "GONE",
    "PART",
    "SCARCE",
    "TIES",
    "Overlap",
    "Story",
    "adopt",
    "apply_edits",
    "assemble",
    "assess",
    "assign_ids",
    "decisions_told",
    "find_core",
    "find_network_kinds",
    "newborn",
    "tie_returned",
    "write_clusters",
]
