"""Communities to clusters that a person can judge: members, figures, risk with reasons, and ids that last."""

from linkage.clusters.assemble import assemble
from linkage.clusters.lineage import assign_ids
from linkage.clusters.risk import assess
from linkage.clusters.write import write_clusters

__all__ = ["assemble", "assess", "assign_ids", "write_clusters"]
