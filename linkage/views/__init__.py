"""What pictures of a cluster show, as data: which nodes, what ties them, where they are, how they fold, when they are active.

Nothing here draws. Everything is computed from one snapshot and is the same for the same snapshot: the pages draw it,
and so can a notebook. Read in this order: nodes.py (what is in a picture), standing.py (where they begin), incidence.py
(the whole of a cluster as arrays), neighbours.py, paths.py, groups.py, places.py (layouts) and kept.py (where those are
kept), hours.py; then what is not of one cluster: desk.py (the queue), comparing.py, overview.py.
"""

from __future__ import annotations

from linkage.views.comparing import Course, Shared, course_of, members_of, shared_by
from linkage.views.desk import Desk, Standing, desk, sparks
from linkage.views.groups import Group, Groups, groups
from linkage.views.hours import Heat, Window, account_heat, active_in, day_heat
from linkage.views.incidence import Incidence, incidence, neighbour_counts
from linkage.views.kept import kept_places, missing, prepare
from linkage.views.neighbours import neighbours
from linkage.views.nodes import Node, Picture, Tie, account_of, identifier_of, picture, starting_nodes
from linkage.views.overview import Dot, FamilyAtWork, Rebuild, days_to_flag, dots, events_of, families_at_work, rebuilds
from linkage.views.paths import path_between
from linkage.views.places import force_places, quick_places
from linkage.views.standing import standing_places

__all__ = [
    "Course",
    "Desk",
    "Dot",
    "FamilyAtWork",
    "Group",
    "Groups",
    "Heat",
    "Incidence",
    "Node",
    "Picture",
    "Rebuild",
    "Shared",
    "Standing",
    "Tie",
    "Window",
    "account_heat",
    "account_of",
    "active_in",
    "course_of",
    "day_heat",
    "days_to_flag",
    "desk",
    "dots",
    "events_of",
    "families_at_work",
    "force_places",
    "groups",
    "identifier_of",
    "incidence",
    "kept_places",
    "members_of",
    "missing",
    "neighbour_counts",
    "neighbours",
    "path_between",
    "picture",
    "prepare",
    "quick_places",
    "rebuilds",
    "shared_by",
    "sparks",
    "standing_places",
    "starting_nodes",
]
