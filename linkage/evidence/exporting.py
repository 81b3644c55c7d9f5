"""`export`: one cluster of one snapshot into one sealed zip."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from linkage.errors import StoreError, Unavailable, UsageError
from linkage.evidence import bag, custody, seal
from linkage.evidence.about import About
from linkage.evidence.archive import write_zip
from linkage.evidence.bundle import Payload, write_payload
from linkage.evidence.files import fresh, refusals
from linkage.evidence.keys import fingerprint, public_pem, read_private
from linkage.evidence.levels import Level
from linkage.evidence.partners import checked, pseudonyms
from linkage.evidence.verify import verify

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from linkage.store import Snapshot

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
_TRIES: Final = 1000


@dataclass(frozen=True)
class Exported:
    """A bundle that was written and checked, and what has to be recorded of it.

    `sha256` is of the zip, `payload_sha256` of the payload's manifest; `signed_by` is the SHA-256 of the public key.
    """

    path: Path
    level: Level
    cluster_id: str
    snapshot_id: str
    actor: str
    why: str
    partner: str | None
    sha256: str
    payload_sha256: str
    signed_by: str | None
    counts: dict[str, int]
    left_out: dict[str, int]


#: Records an export before the bundle is handed out; where it raises, there is none.
Recorder = Callable[[Exported], None]
#: Is told each step of an export as it begins: its number from 1 on, and what it does. There are STEPS.
Teller = Callable[[int, str], None]
STEPS: Final = 4


def export(
    store: Path,
    cluster_id: str,
    *,
    out: Path,
    level: Level = Level.internal,
    key: Path | None = None,
    actor: str,
    why: str | None = None,
    snapshot: str | None = None,
    associates: bool = False,
    partner: str = "partner",
    attributed_to: str | None = None,
    record: Recorder | None = None,
    tell: Teller = lambda number, what: None,
) -> Exported:
    """Write the evidence about a cluster as one zip of mode 600 in the folder `out`, and check it before it is there.

    `key` is the private key that seals it. `partner` names whose pseudonyms a partner bundle bears; `associates` puts
    associates into it. `attributed_to` names the campaign that a person attributed the cluster to.

    Raises NotFound: no such cluster or snapshot; UsageError: a key or name that cannot be used; StoreError: the snapshot
    is damaged or contradicts itself; Unavailable: `out` cannot be written; whatever `record` raises.
    """
    from linkage.store import open_snapshot

    checked(partner)
    signing = None if key is None else read_private(key)
    with open_snapshot(store, snapshot) as opened:
        names = pseudonyms(store, partner) if level is Level.partner else None
        about = About(
            manifest=opened.manifest,
            cluster_id=cluster_id,
            level=level,
            partner=None if names is None else names.partner,
            key_id=None if names is None else names.key_id,
            attributed_to=attributed_to,
        )
        out = Path(out)
        with refusals(out):
            out.mkdir(mode=0o700, parents=True, exist_ok=True)
            work = Path(tempfile.mkdtemp(prefix=".linkage-", dir=out))
        try:
            with refusals(out):
                folder = work / _name(about)
                (folder / bag.PAYLOAD).mkdir(parents=True)
                tell(1, "gathering and writing the evidence")
                told = write_payload(opened, about, folder / bag.PAYLOAD, associates=associates, pseudonyms=names)
                tell(2, "sealing it")
                _close(opened, about, folder, told, signing, actor=actor, why=why or "")
                return _hand_out(about, folder, work, out, told, signing, actor=actor, why=why or "", record=record, tell=tell)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _close(
    snapshot: Snapshot, about: About, folder: Path, told: Payload, key: Ed25519PrivateKey | None, *, actor: str, why: str
) -> None:
    """Make the folder a bag and seal it."""
    moment = datetime.now(UTC)
    payload = {f"{bag.PAYLOAD}/{name}": sums for name, sums in told.sums.items()}
    events = custody.events(
        snapshot, manifest=bag.manifest(payload, "sha256"), actor=actor, why=why, level=str(about.level), moment=moment
    )
    fields = {
        "External-Identifier": f"{about.manifest.id}/{about.cluster_id}/{about.level}",
        "External-Description": f"Evidence about cluster {about.cluster_id}: {told.counts.get('accounts', 'few')} accounts. "
        f"TLP:{about.contents.marking.upper()}. Begin with data/report.html.",
        "Bagging-Date": moment.strftime("%Y-%m-%d"),
        "Bag-Software-Agent": about.program,
    }
    tags = {"bag-info.txt": bag.information(fields), custody.NAME: custody.content(events)}
    if key is not None:
        tags[seal.SIGNER] = public_pem(key.public_key())
    signed = bag.write_tags(folder, payload, tags)
    if key is not None:
        (folder / seal.SIGNATURE).write_bytes(seal.sign(key, signed))


def _hand_out(
    about: About,
    folder: Path,
    work: Path,
    out: Path,
    told: Payload,
    key: Ed25519PrivateKey | None,
    *,
    actor: str,
    why: str,
    record: Recorder | None,
    tell: Teller,
) -> Exported:
    """Zip the bag, check the zip, record it, and only then put it where it was asked for."""
    tell(3, "packing it")
    zipped = work / "bundle.zip"
    with zipped.open("xb") as file:
        try:
            write_zip(folder, file, _dos_time(about.as_of))
        except zipfile.LargeZipFile:
            raise UsageError(f"cluster {about.cluster_id}: its evidence is over 4 GB, more than one zip holds") from None
    tell(4, "checking it whole")
    verdict = verify(zipped)
    if not verdict.intact:
        raise StoreError(
            f"the bundle did not pass its own check ({verdict.sentence}); nothing was handed out, check disk and memory"
        )
    with zipped.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    done = Exported(
        path=_free(out, folder.name),
        level=about.level,
        cluster_id=about.cluster_id,
        snapshot_id=about.manifest.id,
        actor=actor,
        why=why,
        partner=about.partner,
        sha256=sha256,
        payload_sha256=hashlib.sha256((folder / "manifest-sha256.txt").read_bytes()).hexdigest(),
        signed_by=None if key is None else fingerprint(key.public_key()),
        counts=told.counts,
        left_out=told.left_out,
    )
    if record is not None:
        record(done)
    with fresh(done.path) as target, zipped.open("rb") as source:
        shutil.copyfileobj(source, target, 1 << 20)
    return done


def _name(about: About) -> str:
    """What the zip and its folder are called; of a cluster id only what a file name can bear."""
    cluster = about.cluster_id
    if not _PLAIN.fullmatch(cluster):
        digest = hashlib.sha256(cluster.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        cluster = f"cluster-{digest}"
    partner = f"-{about.partner}" if about.partner and about.partner != about.level else ""
    return f"linkage-{cluster}-{about.level}{partner}-{about.manifest.id}"


def _free(out: Path, name: str) -> Path:
    """A path that nothing has yet: an earlier bundle is never replaced."""
    for number in range(1, _TRIES):
        path = out / (f"{name}.zip" if number == 1 else f"{name}-{number}.zip")
        if not path.exists() and not path.is_symlink():
            return path
    raise Unavailable(f"{out}: holds {_TRIES:,} bundles of this cluster already; name another folder")


def _dos_time(moment: datetime) -> tuple[int, int, int, int, int, int]:
    """A time that a zip can hold: from 1980 to 2107."""
    held = min(max(moment.replace(tzinfo=None), datetime(1980, 1, 1)), datetime(2107, 12, 31))
    return held.year, held.month, held.day, held.hour, held.minute, held.second
