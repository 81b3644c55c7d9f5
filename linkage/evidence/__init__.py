"""Evidence that stands up: a cluster as one sealed bundle, and its check.

store -> gather -> redact or public -> bundle (tables, graph, stix, report, drafts, provenance, crate)
      -> bag -> seal -> zip -> verify
"""

from __future__ import annotations

from linkage.evidence.exporting import Exported, Recorder, export
from linkage.evidence.keys import make_keys
from linkage.evidence.levels import Level
from linkage.evidence.verdict import Problem, Signer, Verdict
from linkage.evidence.verify import verify

__all__ = ["Exported", "Level", "Problem", "Recorder", "Signer", "Verdict", "export", "make_keys", "verify"]
