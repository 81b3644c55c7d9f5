"""Communities to clusters that a person can judge: members, figures, risk with reasons, and ids that last."""

from linkage.clusters.assemble import assemble
from linkage.clusters.core import find_core
from linkage.clusters.lineage import PART, Overlap, Story, assign_ids
from linkage.clusters.risk import assess
from linkage.clusters.write import write_clusters

__all__ = ["PART", "Overlap", "Story", "assemble", "assess", "assign_ids", "find_core", "write_clusters"]
