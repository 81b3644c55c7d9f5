"""What a session remembers from one run to the next: every key of st.session_state, in one place."""

from __future__ import annotations

from typing import Final

#: Id of the snapshot that the page on the screen was made from; None where none could be opened.
SNAPSHOT: Final = "snapshot"
#: Id of the snapshot that was in service when the page was made; None where there was none.
SEEN: Final = "seen"
#: A page asked for by a click inside a table or a picture; app.py goes there at the start of the next run.
GO: Final = "go"

#: The form of the page that compares, and what it was filled from.
COMPARE_KIND: Final = "compare-kind"
COMPARE_ONE: Final = "compare-one"
COMPARE_OTHER: Final = "compare-other"
COMPARE_SHOWN: Final = "compare-shown"

#: Decisions and exports: only mine, what checks of bundles said, and whether the log is shown.
DECISIONS_MINE: Final = "decisions-mine"
CHECKS: Final = "checks"
LOG_SHOWN: Final = "log-shown"

#: What came of what was asked for: (whether it was done, the words), said once.
NOTICES: Final = "notices"
#: Clusters passed over while reviewing.
SKIPPED: Final = "skipped"
#: What was looked at in this session, so that each is recorded once.
LOOKED: Final = "looked"
#: Pages that somebody without a role tried in this session, so that each try is recorded once.
TURNED_AWAY: Final = "turned-away"
#: Whether a callback of a fragment changed what the whole page shows; app.py and the fragment's page see to it.
REDRAW: Final = "redraw"

#: The search box, and what was searched for last.
SEARCH: Final = "search"

#: The queue: which clusters, in which order, which page of them.
QUEUE_SHOW: Final = "show"
QUEUE_ORDER: Final = "order"
QUEUE_PAGE: Final = "page"
QUEUE_FAMILIES: Final = "families"
QUEUE_EVENTS: Final = "events"
#: The clusters picked on the page of the queue, who gets them, and the one in the preview.
QUEUE_PICKED: Final = "picked"
QUEUE_ASSIGNEE: Final = "assignee"
QUEUE_PREVIEW: Final = "preview"


def members_page(cluster_id: str) -> str:
    """Key of the page of a cluster's members; each cluster has its own, or the next one would open in the middle."""
    return f"members/{cluster_id}"


def identifiers_page(of: str) -> str:
    """Key of the page of the identifiers of a cluster or an account."""
    return f"identifiers/{of}"


def holders_page(kind: str, value: str) -> str:
    """Key of the page of an identifier's accounts."""
    return f"holders/{kind}/{value}"


def members_role(cluster_id: str) -> str:
    """Key of the role of the members shown."""
    return f"role/{cluster_id}"


def graph_view(cluster_id: str) -> str:
    """Key of the way in which a cluster's graph is shown: links, groups or all."""
    return f"view/{cluster_id}"


def graph_added(cluster_id: str) -> str:
    """Key of the nodes that were asked for beyond those with which a cluster's graph begins."""
    return f"added/{cluster_id}"


def graph_answer(cluster_id: str) -> str:
    """Key of the last answer to what was asked in a cluster's graph."""
    return f"answer/{cluster_id}"


def graph_selected(cluster_id: str) -> str:
    """Key of the nodes selected in a cluster's graph."""
    return f"selected/{cluster_id}"


def window(cluster_id: str) -> str:
    """Key of the part of a cluster's activity that is looked at; None is all of it."""
    return f"window/{cluster_id}"


def heat_kind(cluster_id: str) -> str:
    """Key of the kind of activity map: by day or by account."""
    return f"heat/{cluster_id}"


def cut_tested(cluster_id: str) -> str:
    """Key of the identifiers of a cluster whose cut-link test was asked for."""
    return f"cut/{cluster_id}"


def picked(cluster_id: str) -> str:
    """Key of how often what was picked in a cluster's charts was let go again."""
    return f"picked/{cluster_id}"


def form(name: str, cluster_id: str) -> str:
    """Key of a field of what is done to a cluster."""
    return f"{name}/{cluster_id}"


def members_picked(cluster_id: str) -> str:
    """Key of the members that are picked for a decision."""
    return f"members-picked/{cluster_id}"
