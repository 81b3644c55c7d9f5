"""How the pages say things: figures, times, changes, and text of unknown origin.

Account ids, identifier values and whatever else came from input may try to be markup. There are two ways out, and no
third: `plain` for what is drawn as text (st.text, our own components), `hover` for a chart. None of it goes through
Markdown, labels of controls included (`choice` leaves letters and digits): Streamlit rewrites parts of it even inside code spans.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from linkage.investigate import ClusterSummary, Reason, Source, printable
from linkage.views import account_of, identifier_of

#: Characters of a hostile text that are shown; its page shows more.
SHORT: Final = 60
LONG: Final = 600
NOTHING: Final = "–"


def plain(text: str | None, limit: int = SHORT) -> str:
    """`text` with control, hidden and direction-changing characters written as escapes, cut to `limit` characters.

    What would look like nothing is said to be blank: a link to it must have something to click on.
    """
    if text is None:
        return NOTHING
    shown = printable(text, limit)
    return shown if shown.strip() else f'"{shown}" (blank)'


def hover(text: str | None, limit: int = SHORT) -> str:
    """`text` for a plotly label, whose pseudo-HTML would take tags, entities and TeX."""
    shown = plain(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return shown.replace("$", "&#36;")


def count(number: int | None) -> str:
    """A whole number with separators."""
    return NOTHING if number is None else f"{number:,}"


def brief(number: int | None) -> str:
    """A whole number in three or four figures: 950, 12.3 k, 4.56 M."""
    if number is None:
        return NOTHING
    for unit, size in (("T", 10**12), ("G", 10**9), ("M", 10**6), ("k", 10**3)):
        # what would round up to a thousand of a unit is one of the next
        if abs(number) >= size * 0.9995:
            figure = number / size
            return (
                f"{figure:.2f} {unit}"
                if abs(figure) < 9.995
                else f"{figure:.1f} {unit}"
                if abs(figure) < 99.95
                else f"{figure:.0f} {unit}"
            )
    return str(number)


def percent(share: float | None) -> str:
    """A share as a percentage; what is neither none nor all is never rounded to it."""
    if share is None:
        return NOTHING
    if 0 < share < 0.005:
        return "< 1 %"
    if 0.995 <= share < 1:
        return "> 99 %"
    return f"{share:.0%}".replace("%", " %")


def day(time: datetime | date | None) -> str:
    """The day of a time, in UTC."""
    return NOTHING if time is None else f"{time:%Y-%m-%d}"


def minute(time: datetime | None) -> str:
    """A time to the minute, in UTC."""
    return NOTHING if time is None else f"{time:%Y-%m-%d %H:%M}"


def kind(name: str) -> str:
    """The name of a kind or a family of identifiers."""
    return plain(name.replace("_", " "))


def choice(name: str) -> str:
    """The name of a family as a choice of a control: its label goes through Markdown, so only letters and digits stay."""
    shown = "".join(letter if letter.isalnum() or letter == " " else " " for letter in kind(name))
    return " ".join(shown.split()) or "unnamed"


def sentence(text: str | None, limit: int = LONG) -> str:
    """A sentence of ours with a capital at its head and a stop at its end."""
    shown = stopped(text, limit)
    return f"{shown[:1].upper()}{shown[1:]}"


def stopped(text: str | None, limit: int = LONG, names: Iterable[str] = ()) -> str:
    """A sentence with a stop at its end; its head, which may be a name, as it is.

    Long `names` in it are cut, so that what it says of them is left.
    """
    for name in names:
        if text and len(name) > SHORT:
            text = text.replace(printable(name), plain(name)).replace(name, plain(name))
    shown = plain(text, limit).strip()
    return shown + ("" if shown[-1] in ".!?…–" else ".")


def source(where: Source) -> str:
    """The file and the record in which something was first read."""
    if where.record is None:
        return NOTHING
    return f"{plain(where.path or where.sha256, 40)}, record {where.record:,}"


def node(name: str, limit: int = 24) -> str:
    """A node of a graph by the name of its account or the value of its identifier."""
    account, key = account_of(name), identifier_of(name)
    return plain(account, limit) if account is not None else plain(key[1], limit) if key is not None else name


def change(cluster: ClusterSummary) -> str:
    """What happened to a cluster since the last rebuild."""
    joined, left = cluster.joined or 0, cluster.left or 0
    moved = " ".join(part for part in (f"+{joined:,}" if joined else "", f"−{left:,}" if left else "") if part)
    event = plain(cluster.event)
    if cluster.event == "born":
        return "new"
    if cluster.event in (None, "unchanged"):
        return "unchanged" if cluster.event else NOTHING
    return f"{event} {moved}".strip()


def verdict(cluster: ClusterSummary) -> str:
    """The verdict on a cluster in one sentence, with the strongest reason of either side."""
    head = "Flagged" if cluster.flagged else "Not flagged"
    pro = _strongest(cluster, "for")
    contra = _strongest(cluster, "against")
    because = f": {pro}" if pro else ": nothing speaks for it"
    against = f"; against it: {contra}" if contra else "; nothing speaks against it" if pro else ""
    return f"{head} at a risk of {percent(cluster.risk)}{because}{against}."


def strongest(cluster: ClusterSummary) -> str:
    """The strongest reason for a cluster's risk, or what there is instead."""
    return sentence(_strongest(cluster, "for") or cluster.summary)


def second(cluster: ClusterSummary) -> str | None:
    """The reason next in strength, if there is one."""
    reasons = _by_strength(cluster, "for")
    return sentence(reasons[1].sentence) if len(reasons) > 1 else None


def families(cluster: ClusterSummary) -> str:
    """The families of evidence that tie a cluster."""
    return ", ".join(kind(family) for family in cluster.families) or NOTHING


def _strongest(cluster: ClusterSummary, side: str) -> str | None:
    reasons = _by_strength(cluster, side)
    return plain(reasons[0].sentence, LONG).rstrip(". ") if reasons else None


def _by_strength(cluster: ClusterSummary, side: str) -> list[Reason]:
    reasons = cluster.reasons_for if side == "for" else cluster.reasons_against
    return sorted(reasons, key=lambda reason: -abs(reason.points))
