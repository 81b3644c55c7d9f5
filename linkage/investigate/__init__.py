"""Questions about one snapshot, answered with frozen records: what the command line, the pages and Python users share."""

from __future__ import annotations

from linkage.investigate.members import members, write_members
from linkage.investigate.printable import printable, spreadsheet
from linkage.investigate.ranking import queue
from linkage.investigate.records import ClusterSummary, Reason

__all__ = ["ClusterSummary", "Reason", "members", "printable", "queue", "spreadsheet", "write_members"]
