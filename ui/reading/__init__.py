"""What the pages read: answers from the open snapshot, of which what takes longest is kept for all sessions.

Records are frozen, so sessions share them as they are; a handful of each is enough, and bounds the memory. Read in this order:
opened.py (which snapshot), listing.py (the queue), clusters.py, pictures.py, entities.py.
"""

from __future__ import annotations

from ui.reading.clusters import (
    BRIDGES,
    IDENTIFIERS,
    MEMBERS,
    bridges_of,
    cluster_detail,
    counter_of,
    cut_of,
    members_active,
    members_page,
    moved,
    names_of,
)
from ui.reading.entities import account_detail, course, explained, hits, identifier_detail, shared_between, why
from ui.reading.listing import (
    Overview,
    cluster_count,
    desk_page,
    families,
    family_names,
    overview,
    read_ahead,
    renew,
    spark_lines,
)
from ui.reading.opened import STORE_VARIABLE, before, follow, in_service, overtaken, rebuild_list, snapshot, store
from ui.reading.pictures import (
    FOLDED,
    START,
    WholeDrawing,
    active,
    groups_of,
    heat_of,
    picture_of,
    start_of,
    way,
    whole,
    whole_drawing,
)

__all__ = [
    "BRIDGES",
    "FOLDED",
    "IDENTIFIERS",
    "MEMBERS",
    "START",
    "STORE_VARIABLE",
    "Overview",
    "WholeDrawing",
    "account_detail",
    "active",
    "before",
    "bridges_of",
    "cluster_count",
    "cluster_detail",
    "counter_of",
    "course",
    "cut_of",
    "desk_page",
    "explained",
    "families",
    "family_names",
    "follow",
    "groups_of",
    "heat_of",
    "hits",
    "identifier_detail",
    "in_service",
    "members_active",
    "members_page",
    "moved",
    "names_of",
    "overtaken",
    "overview",
    "picture_of",
    "read_ahead",
    "rebuild_list",
    "renew",
    "shared_between",
    "snapshot",
    "spark_lines",
    "start_of",
    "store",
    "way",
    "whole",
    "whole_drawing",
    "why",
]
