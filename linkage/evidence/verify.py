"""The check of a bundle: the seal, every digest, every file that is there, every count, in that order.

Nothing in a bundle is believed before its digest is checked, nothing is unpacked to disk, and what is read is read in
pieces: a hostile bundle costs little more than its own size.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from linkage.errors import NotFound
from linkage.evidence import bag, custody, seal
from linkage.evidence.content import faults_of_content, read_header
from linkage.evidence.keys import fingerprint, parse_public, read_public
from linkage.evidence.reading import Files, Refused, opened
from linkage.evidence.verdict import Problem, Signer, Verdict

#: no manifest of a bundle is longer, nor any other tag file
_MOST_TAG = 4 * 1024**2
_UNSIGNED = (*(f"tagmanifest-{algorithm}.txt" for algorithm in bag.ALGORITHMS), seal.SIGNATURE)


def verify(bundle: Path, public_key: Path | None = None) -> Verdict:
    """Check a bundle, the zip or the unzipped folder, against the signer's public key, got by another way than the bundle.

    A bundle that is not sound is an answer, no error. Raises NotFound: there is nothing at that path; UsageError: the
    public key cannot be read.
    """
    key = None if public_key is None else read_public(public_key)
    try:
        with opened(bundle) as files:
            return _Check(bundle, files, key).verdict()
    except FileNotFoundError:
        raise NotFound(f"{bundle}: there is no such bundle; name the zip or the unzipped folder") from None
    except Refused as refused:
        return _told(bundle, key, [Problem(".", f"refused: {refused}")])
    except OSError as error:
        raise NotFound(f"{bundle}: {error.strerror or type(error).__name__}; mend that, or copy the bundle anew") from None


class _Check:
    def __init__(self, bundle: Path, files: Files, key: Ed25519PublicKey | None) -> None:
        self._bundle, self._files, self._key = bundle, files, key
        self._sizes = files.sizes()
        self._problems: list[Problem] = []

    def verdict(self) -> Verdict:
        if "bagit.txt" not in self._sizes or seal.SIGNED not in self._sizes:
            return _told(
                self._bundle, self._key, [Problem(".", "refused: is no bundle: it has no bagit.txt, or no tag manifest")]
            )
        signed = self._tag(seal.SIGNED)
        signer, signed_by = self._signer(signed)
        self._digests(signed)
        header: dict[str, Any] | None = None
        counts: dict[str, int] = {}
        if not self._problems:
            header = read_header(self._files)
            counts, faults = faults_of_content(self._files, header)
            self._problems += faults
            manifest = self._tag("manifest-sha256.txt")
            self._problems += [Problem(custody.NAME, what) for what in custody.faults(self._tag(custody.NAME), manifest)]
        return _told(self._bundle, self._key, self._problems, signer, signed_by, header, counts)

    def _signer(self, signed: bytes) -> tuple[Signer, str | None]:
        """Who sealed it. A seal that does not hold is a problem of the tag manifest."""
        if seal.SIGNATURE not in self._sizes:
            return Signer.none, None
        signature = self._tag(seal.SIGNATURE)
        if self._key is not None and seal.holds(self._key, signature, signed):
            return Signer.known, fingerprint(self._key)
        try:
            named = parse_public(self._tag(seal.SIGNER))
        except ValueError:
            self._problems.append(Problem(seal.SIGNER, "changed: it holds no public key"))
            return Signer.other, None
        if not seal.holds(named, signature, signed):
            self._problems.append(
                Problem(seal.SIGNED, f"changed since it was signed, or {seal.SIGNATURE} was: the signature fails")
            )
            return Signer.other, None
        return (Signer.unknown if self._key is None else Signer.other), fingerprint(named)

    def _digests(self, signed: bytes) -> None:
        """Every file against the manifests, and the manifests against their one right form."""
        tags = self._listed(seal.SIGNED, signed)
        listed = dict(tags)
        for name in ("manifest-sha256.txt",):
            payload = self._listed(name, self._tag(name)) if name in self._sizes else {}
            listed |= payload
        for name in sorted(listed.keys() - self._sizes.keys()):
            self._problems.append(Problem(name, "missing"))
        for name in sorted(self._sizes.keys() - listed.keys() - set(_UNSIGNED)):
            self._problems.append(Problem(name, "not listed"))
        for name in _UNSIGNED[:2]:
            if name not in self._sizes:
                self._problems.append(Problem(name, "missing"))
        found = {}
        for name in sorted(listed.keys() & self._sizes.keys()):
            with self._files.open(name) as file:
                found[name] = bag.digests(file, self._sizes[name])
            if found[name].sha256 != listed[name]:
                self._problems.append(Problem(name, "changed"))
        if not any(problem.file == seal.SIGNED for problem in self._problems):
            self._canonical(found, tags)

    def _canonical(self, found: dict[str, bag.Digests], tags: dict[str, str]) -> None:
        """What is not signed itself, or lists digests in SHA-512, is written anew and compared."""
        payload = {name: sums for name, sums in found.items() if name not in tags}
        told = {name: sums for name, sums in found.items() if name in tags}
        blamed = {problem.file for problem in self._problems}
        expected = {
            "manifest-sha512.txt": bag.manifest(payload, "sha512"),
            "tagmanifest-sha512.txt": bag.manifest(told, "sha512"),
            "bagit.txt": bag.DECLARATION,
        }
        # where some file is at fault already, a list of right digests differs from one of found digests
        if blamed & (payload.keys() | told.keys()):
            expected = {}
        for name, content in expected.items():
            if name in self._sizes and name not in blamed and self._tag(name) != content:
                self._problems.append(Problem(name, "changed"))
        oxum = f"{sum(sums.size for sums in payload.values())}.{len(payload)}"
        if not blamed and f"Payload-Oxum: {oxum}\n".encode() not in self._tag("bag-info.txt"):
            self._problems.append(Problem("bag-info.txt", f"does not say that the payload is {oxum}"))
        if any(not name.startswith("data/") for name in payload) or any(name.startswith("data/") for name in tags):
            self._problems.append(Problem(seal.SIGNED, "changed: it mixes payload and tag files"))

    def _listed(self, name: str, content: bytes) -> dict[str, str]:
        try:
            listed = bag.read_manifest(content)
        except ValueError:
            self._problems.append(Problem(name, "changed: it is not in the form that manifests of a bundle have"))
            return {}
        if list(listed) != sorted(listed) or any(len(digest) != 64 for digest in listed.values()):
            self._problems.append(Problem(name, "changed: it is not in the form that manifests of a bundle have"))
        return listed

    def _tag(self, name: str) -> bytes:
        if name not in self._sizes:
            return b""
        if self._sizes[name] > _MOST_TAG:
            raise Refused(f"{name} is larger than any of a bundle")
        with self._files.open(name) as file:
            return file.read(_MOST_TAG + 1)


def _told(
    bundle: Path,
    key: Ed25519PublicKey | None,
    problems: list[Problem],
    signer: Signer = Signer.none,
    signed_by: str | None = None,
    header: dict[str, Any] | None = None,
    counts: dict[str, int] | None = None,
) -> Verdict:
    intact = not problems
    ok = intact and signer is Signer.known
    if problems:
        first = problems[0]
        more = f" and {len(problems) - 1:,} more" if len(problems) > 1 else ""
        sentence = f"not intact: {first.file}: {first.what}{more}" if first.file != "." else f"not intact: {first.what}"
    elif signer is Signer.known:
        sentence = "intact, and signed by this key"
    elif signer is Signer.other:
        sentence = f"intact, but signed by another key ({signed_by}) than the one given"
    elif signer is Signer.unknown:
        sentence = (
            f"intact, signer unknown: signed by the key {signed_by}; give the signer's public key, "
            "got by another way than the bundle, with --public-key"
        )
    else:
        asked = "" if key is None else ", so the key given signed nothing of it"
        sentence = f"intact, signer unknown: the bundle carries no signature{asked}; export with --key to have one"
    header = header or {}
    return Verdict(
        bundle=str(bundle),
        ok=ok,
        intact=intact,
        signer=signer,
        signed_by=signed_by,
        level=header.get("level"),
        cluster_id=header.get("cluster_id"),
        snapshot_id=header.get("snapshot_id"),
        counts=counts or {},
        problems=tuple(problems),
        sentence=sentence,
    )
