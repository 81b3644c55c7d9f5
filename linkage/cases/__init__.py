"""Cases: what people decide about clusters, kept outside snapshots; each case follows its cluster from rebuild to rebuild.

A case opens with the first thing that is done to a cluster. Every deed passes the gate of roles, happens in one
transaction and leaves exactly one audit record. See docs/cases.md.
"""

from __future__ import annotations

from linkage.cases.book import CaseBook
from linkage.cases.records import (
    DECIDED,
    Approval,
    Case,
    CaseFile,
    CaseLink,
    Changed,
    Decision,
    Event,
    HandEdit,
    Lease,
    Note,
    Outcome,
    Proposal,
    Status,
    Verdict,
)

__all__ = [
    "DECIDED",
    "Approval",
    "Case",
    "CaseBook",
    "CaseFile",
    "CaseLink",
    "Changed",
    "Decision",
    "Event",
    "HandEdit",
    "Lease",
    "Note",
    "Outcome",
    "Proposal",
    "Status",
    "Verdict",
]
