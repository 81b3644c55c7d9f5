"""The erasure of one account, in an order that a power cut only interrupts: run again, it goes on where it stood."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from linkage.access import Action, Gate, Identity, role_name
from linkage.cases import CaseBook
from linkage.errors import Conflict, NotFound, StoreError
from linkage.forget import people
from linkage.forget.erased import Erased
from linkage.forget.snapshots import drop_partials, holds, remove_bundles, remove_snapshots, republish
from linkage.store import Draft, Store, open_snapshot
from linkage.store.catalogue import stored
from linkage.store.layout import Layout


@dataclass(frozen=True)
class Forgotten:
    """What came of it. `snapshot` is the one now in service; `left` lists what still holds the account, and what to do.

    `elsewhere` lists what left the store while it still held the account: bundles, files, copies in servers.
    """

    pseudonym: str
    snapshot: str
    removed: tuple[str, ...]
    partials: int
    records: int
    left: tuple[str, ...]
    elsewhere: tuple[str, ...]


def forget(store: Path, who: Identity, account: str, why: str | None, *, book: CaseBook) -> Forgotten:
    """Erase an account from a store.

    Raises Denied; Conflict: it is under legal hold; NotFound: nothing in the store names it and it was not erased
    before; LockHeld: a rebuild is under way; StoreError, ServerError.
    """
    gate = book.gate
    gate.check(who, Action.erase, f"account:{account}", None)
    builder = Store(store)
    book.follow()
    with builder.lock() as locked, locked.begin() as draft:
        if draft.previous is None:
            raise NotFound(f"{store}: no sound snapshot is there; rebuild first, then erase")
        erased = Erased(store)
        held = _held_by(store, account)
        _refuse_under_hold(gate, who, store, account, book)
        with book.database.read() as con:
            named = people.known(con, account)
            elsewhere = people.exports(con, held)
        if not held and not named and not erased.holds(account):
            raise NotFound(f"nothing in {store} names account {account!r}; ids are compared letter by letter")
        digest = erased.add(account)
        pseudonym = f"erased:{digest[:16]}"
        now, dropped = _publish(locked, draft, store, account)
        removal = remove_snapshots(store, account, keep=now)
        removal.removed += remove_bundles(store, account)
        records = _tombstone(book, who, account, pseudonym, now, why, removal.removed)
    book.database.compact()
    return Forgotten(pseudonym, now, tuple(removal.removed), dropped, records, tuple(removal.left), tuple(elsewhere))


def _held_by(store: Path, account: str) -> set[str]:
    found = set()
    for name in stored(Layout(store)):
        try:
            with open_snapshot(store, name) as snapshot:
                if holds(snapshot, account):
                    found.add(name)
        except (NotFound, StoreError):
            continue  # a damaged one goes whatever it holds
    return found


def _refuse_under_hold(gate: Gate, who: Identity, store: Path, account: str, book: CaseBook) -> None:
    with open_snapshot(store) as snapshot:
        clusters = snapshot.query("SELECT cluster_id FROM members WHERE account_id = ?", [account])["cluster_id"].to_pylist()
        name = snapshot.id
    with book.database.read() as con:
        matter = people.legal_hold(con, account, clusters)
    if matter is not None:
        gate.log.record(
            who.name, role_name(who), Action.erase, f"account:{account}", name, f"under legal hold: {matter}", outcome="denied"
        )
        raise Conflict(f"account {account} is under legal hold ({matter}); it is not erased until an admin releases that")


def _publish(store: Store, draft: Draft, path: Path, account: str) -> tuple[str, int]:
    """The snapshot in service without the account, and how many caches of input files went."""
    from linkage.engine import open_engine

    with open_engine(draft.work) as con:
        dropped = drop_partials(store, con, account)
    with open_snapshot(path, draft.previous) as snapshot:
        if not dropped and not holds(snapshot, account):
            return snapshot.id, 0
        return republish(store, draft, snapshot, account), dropped


def _tombstone(
    book: CaseBook, who: Identity, account: str, pseudonym: str, snapshot: str, why: str | None, removed: list[str]
) -> int:
    with book.gate.log.writing() as writer:
        records = people.erase(writer.con, account, pseudonym)
        people.stay_with(writer.con, snapshot)
        writer.append(
            who.name, role_name(who), Action.erase, pseudonym, snapshot, why, erased=records,
            detail={"removed": removed, "records": len(records)},
        )  # fmt: skip
    return len(records)
