"""The export that people make: through the gate of roles, with exactly one record in the audit log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from linkage.evidence.exporting import Exported, Teller, export
from linkage.evidence.levels import Level

if TYPE_CHECKING:
    from linkage.access import Gate, Identity


def export_through(
    gate: Gate,
    who: Identity,
    store: Path,
    cluster_id: str,
    *,
    out: Path,
    level: Level = Level.internal,
    key: Path | None = None,
    why: str | None = None,
    snapshot: str | None = None,
    associates: bool = False,
    partner: str = "partner",
    attributed_to: str | None = None,
    tell: Teller = lambda number, what: None,
) -> Exported:
    """`export` for somebody whose role allows it; the record is written before the bundle is handed out.

    A bundle that leaves the house (partner, public) takes the right to disclose. Raises Denied, once that try is
    recorded; what `export` raises; and ReadOnlyStore, StoreError or ServerError where it cannot be recorded.
    """
    from linkage.access import Action

    action = Action.export if level is Level.internal else Action.disclose
    gate.check(who, action, f"cluster:{cluster_id}", snapshot)

    def record(done: Exported) -> None:
        gate.record(
            who,
            action,
            f"cluster:{done.cluster_id}",
            done.snapshot_id,
            done.why or None,
            detail={
                "level": str(done.level), "partner": done.partner, "file": done.path.name, "sha256": done.sha256,
                "payload_sha256": done.payload_sha256, "signed_by": done.signed_by,
            },
        )  # fmt: skip

    return export(
        store,
        cluster_id,
        out=out,
        level=level,
        key=key,
        actor=who.name,
        why=why,
        snapshot=snapshot,
        associates=associates,
        partner=partner,
        attributed_to=attributed_to,
        record=record,
        tell=tell,
    )
