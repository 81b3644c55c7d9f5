"""What pictures of a cluster show, as data: which nodes, what ties them, where they are, how they fold, when they are active.

Nothing here draws. Everything is computed from one snapshot and is the same for the same snapshot: the pages draw it,
and so can a notebook. Read in this order: nodes.py (what is in a picture), incidence.py (the whole of a cluster as
arrays), neighbours.py, paths.py, groups.py, places.py (layouts) and kept.py (where those are kept), hours.py.
"""

from __future__ import annotations

from linkage.views.groups import Group, Groups, groups
from linkage.views.hours import Heat, Window, account_heat, active_in, day_heat
from linkage.views.incidence import Incidence, incidence
from linkage.views.kept import kept_places, missing, prepare
from linkage.views.neighbours import neighbours
from linkage.views.nodes import Node, Picture, Tie, account_of, identifier_of, picture, starting_nodes
from linkage.views.paths import path_between
from linkage.views.places import force_places, quick_places

__all__ = [
    "Group",
    "Groups",
    "Heat",
    "Incidence",
    "Node",
    "Picture",
    "Tie",
    "Window",
    "account_heat",
    "account_of",
    "active_in",
    "day_heat",
    "force_places",
    "groups",
    "identifier_of",
    "incidence",
    "kept_places",
    "missing",
    "neighbours",
    "path_between",
    "picture",
    "prepare",
    "quick_places",
    "starting_nodes",
]
