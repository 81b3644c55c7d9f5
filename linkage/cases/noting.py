"""What keeps a case in order: notes, assignee, tags, links, legal holds."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from linkage.cases.act import Act
from linkage.cases.tables import HOLDS, LINKS, NOTES, TAGS
from linkage.database import inserted
from linkage.errors import Conflict, NotFound, UsageError


def note(act: Act, cluster: str, text: str) -> int:
    """Write a note; the case's number."""
    row = act.case(cluster)
    written = inserted(act.con, NOTES.insert().values(case_id=row.id, author=act.who.name, at=act.now, text=text))
    act.change(row.id)
    act.event(row.id, "note", note=written)
    act.record("note", f"cluster:{cluster}", None, {"note": written})
    return int(row.id)


def assign(act: Act, cluster: str, assignee: str | None, expected: int | None = None) -> int:
    """Give the case to somebody, or to nobody; the case's number."""
    row = act.case(cluster, expected)
    act.change(row.id, assignee=assignee)
    act.event(row.id, "assign", before=row.assignee, after=assignee)
    act.record("assign", f"cluster:{cluster}", None, {"assignee": assignee})
    return int(row.id)


def tag(act: Act, cluster: str, name: str, *, on: bool) -> int:
    """Put a tag on the case or take it off; the case's number."""
    row = act.case(cluster)
    here = sa.and_(TAGS.c.case_id == row.id, TAGS.c.tag == name)
    there = act.con.execute(sa.select(TAGS).where(here)).one_or_none() is not None
    if there == on:
        raise Conflict(
            f"the case of cluster {cluster} {'has the tag' if on else 'has no tag'} {name!r} {'already' if on else ''}"
        )
    act.con.execute(TAGS.insert().values(case_id=row.id, tag=name) if on else TAGS.delete().where(here))
    act.change(row.id)
    act.event(row.id, "tag" if on else "untag", tag=name)
    act.record("tag", f"cluster:{cluster}", None, {"tag": name, "on": on})
    return int(row.id)


def link(act: Act, cluster: str, other: str, *, on: bool) -> int:
    """Link the cases of two clusters, or take the link off; the case's number."""
    if cluster == other:
        raise UsageError(f"cluster {cluster}: a case is not linked to itself; name another cluster")
    row, second = act.case(cluster), act.case(other)
    there = linked(act, row.id, second.id, "related")
    if there == on:
        raise Conflict(f"the cases of clusters {cluster} and {other} are {'linked already' if on else 'not linked'}")
    if on:
        tie(act, row.id, second.id, "related")
    else:
        untie(act, row.id, second.id, "related")
    act.change(row.id)
    act.change(second.id)
    act.event(row.id, "link" if on else "unlink", other=second.id)
    act.record("link", f"cluster:{cluster}", None, {"other": other, "on": on})
    return int(row.id)


def linked(act: Act, case_id: int, other_id: int, kind: str) -> bool:
    """Whether two cases are linked."""
    query = sa.select(LINKS).where(LINKS.c.case_id == case_id, LINKS.c.other_id == other_id, LINKS.c.kind == kind)
    return act.con.execute(query).one_or_none() is not None


def tie(act: Act, case_id: int, other_id: int, kind: str) -> None:
    """Link two cases, both ways; again is fine."""
    for one, two in ((case_id, other_id), (other_id, case_id)):
        if not linked(act, one, two, kind):
            act.con.execute(
                LINKS.insert().values(case_id=one, other_id=two, kind=kind, linked_by=act.who.name, linked_at=act.now)
            )


def untie(act: Act, case_id: int, other_id: int, kind: str) -> None:
    """Take a link off, both ways."""
    both = sa.or_(
        sa.and_(LINKS.c.case_id == case_id, LINKS.c.other_id == other_id),
        sa.and_(LINKS.c.case_id == other_id, LINKS.c.other_id == case_id),
    )
    act.con.execute(LINKS.delete().where(both, LINKS.c.kind == kind))


def hold(act: Act, cluster: str, matter: str | None) -> int:
    """Put a cluster under legal hold, or release it (`matter` None); the case's number."""
    row = act.case(cluster)
    if matter is None and row.hold is None:
        raise Conflict(f"the case of cluster {cluster} is not under legal hold")
    act.change(row.id, hold=matter)
    act.event(row.id, "release" if matter is None else "hold", matter=matter or row.hold)
    act.record("hold", f"cluster:{cluster}", matter, {"on": matter is not None})
    return int(row.id)


def hold_account(act: Act, account: str, matter: str | None) -> None:
    """Put one account under legal hold, or release it."""
    gone = act.con.execute(HOLDS.delete().where(HOLDS.c.account_id == account)).rowcount
    if matter is None and not gone:
        raise NotFound(f"account {account!r} is not under legal hold on its own")
    if matter is not None:
        act.con.execute(HOLDS.insert().values(account_id=account, matter=matter, held_by=act.who.name, held_at=act.now))
    act.record("hold", f"account:{account}", matter, {"on": matter is not None})


def names(given: Sequence[str], what: str) -> list[str]:
    """The given names once each, in their order. Raises UsageError: there is none."""
    found = list(dict.fromkeys(given))
    if not found:
        raise UsageError(f"no {what} was named; name at least one")
    return found
