"""The frame around every page: settles the snapshot, draws the head, and runs the page that the address names."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from linkage.errors import Denied, LinkageError
from ui import people, reading, session, sign_in
from ui.components import head, navigation, states
from ui.links import PATHS

_FOLDER = Path(__file__).parent
_TITLES = {
    "queue": "Queue",
    "overview": "Overview",
    "compare": "Compare",
    "decisions": "Decisions and exports",
    "search": "Search",
    "cluster": "Cluster",
    "account": "Account",
    "identifier": "Identifier",
}
#: Pages that need no name in their address, and so stand in the navigation.
_OPEN = ("queue", "overview", "compare", "decisions", "search")


def main() -> None:
    """One run of the page on the screen."""
    pages = {
        name: st.Page(
            f"app_pages/{name}.py",
            title=_TITLES[name],
            url_path=path or None,
            default=not path,
            visibility="visible" if name in _OPEN else "hidden",
        )
        for name, path in PATHS.items()
        if name in _TITLES
    }
    known = people.known()
    chosen = st.navigation(list(pages.values()), position="top" if known else "hidden")
    st.set_page_config(page_title=f"{chosen.title} · Linkage", page_icon=str(_FOLDER / "icon.svg"), layout="wide")
    if not known:
        states.nobody(failed=st.query_params.get("sign-in") == sign_in.FAILED)
        return
    # this run draws the whole page, whatever a fragment asked for
    st.session_state.pop(session.REDRAW, None)
    if navigation.go():
        return
    try:
        people.admit(chosen.title.lower())
        left = reading.follow()
        head.head(left)
        states.notices()
        chosen.run()
    except LinkageError as error:
        if isinstance(error, Denied) and st.session_state.get(session.SNAPSHOT) is None:
            # turned away at the door: there is nothing that a new snapshot would change
            states.trouble(error)
            return
        if st.session_state.get(session.SNAPSHOT) is None:
            states.no_snapshot(error)
        else:
            states.trouble(error)
    head.watch()


main()
