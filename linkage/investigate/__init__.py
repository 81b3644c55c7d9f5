"""Questions about one snapshot, answered with frozen records: what the command line, the pages and Python users share."""

from __future__ import annotations

from linkage.investigate.accounts import account
from linkage.investigate.asides import asides, set_aside
from linkage.investigate.bridges import Bridge, BridgeEnd, Bridges, bridges
from linkage.investigate.changes import diff
from linkage.investigate.clusters import cluster, cluster_members, shared_identifiers
from linkage.investigate.counter import Common, CounterEvidence, Fact, InFavour, counter_evidence, in_favour
from linkage.investigate.cutlinks import CutLink, cut_link, cut_links, path_cuts
from linkage.investigate.evidence import ClusterShare, EvidencePath, Explanation, Holder, IdentifierDetail, Link, Seen, Source
from linkage.investigate.explanation import explain
from linkage.investigate.identifiers import identifier
from linkage.investigate.members import members, write_members
from linkage.investigate.printable import printable, spreadsheet
from linkage.investigate.ranking import ORDERS, queue
from linkage.investigate.records import (
    AccountDetail,
    Aside,
    Change,
    ClusterDetail,
    ClusterSummary,
    Day,
    Hit,
    Hour,
    Lineage,
    Member,
    ModelUse,
    Move,
    Reason,
    SetAside,
    SharedIdentifier,
)
from linkage.investigate.searching import search
from linkage.investigate.subgraphs import subgraph

__all__ = [
    "ORDERS",
    "AccountDetail",
    "Aside",
    "Bridge",
    "BridgeEnd",
    "Bridges",
    "Change",
    "ClusterDetail",
    "ClusterShare",
    "ClusterSummary",
    "Common",
    "CounterEvidence",
    "CutLink",
    "Day",
    "EvidencePath",
    "Explanation",
    "Fact",
    "Hit",
    "Holder",
    "Hour",
    "IdentifierDetail",
    "InFavour",
    "Lineage",
    "Link",
    "Member",
    "ModelUse",
    "Move",
    "Reason",
    "Seen",
    "SetAside",
    "SharedIdentifier",
    "Source",
    "account",
    "asides",
    "bridges",
    "cluster",
    "cluster_members",
    "counter_evidence",
    "cut_link",
    "cut_links",
    "diff",
    "explain",
    "identifier",
    "in_favour",
    "members",
    "path_cuts",
    "printable",
    "queue",
    "search",
    "set_aside",
    "shared_identifiers",
    "spreadsheet",
    "subgraph",
    "write_members",
]
