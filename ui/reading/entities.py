"""Accounts and identifiers, why they are linked, what a search finds, and what two sides share."""

from __future__ import annotations

from typing import Final

import streamlit as st

from linkage.investigate import AccountDetail, Explanation, Hit, IdentifierDetail, account, explain, identifier, search
from linkage.store import Snapshot
from linkage.views import Course, Shared, course_of, shared_by
from ui.reading.opened import snapshot


def account_detail(account_id: str, *, identifiers: int) -> AccountDetail:
    """An account. Raises NotFound."""
    return _account(snapshot(), snapshot().id, account_id, identifiers)


def why(account_id: str) -> str:
    """The sentence that says why an account is in its cluster."""
    return explained(account_id, None, limit=1).sentence


def explained(account_id: str, other: str | None, *, limit: int) -> Explanation:
    """Why an account is in its cluster, or why two are linked. Raises NotFound, UsageError."""
    return _explained(snapshot(), snapshot().id, account_id, other, limit)


def identifier_detail(kind: str, value: str, *, holders: int, clusters: int) -> IdentifierDetail:
    """An identifier. Raises NotFound."""
    return _identifier(snapshot(), snapshot().id, kind, value, holders, clusters)


def hits(text: str, *, limit: int) -> list[Hit]:
    """What a search finds."""
    return _hits(snapshot(), snapshot().id, text, limit)


def shared_between(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[Shared, ...]:
    """Identifiers on both of two sides."""
    return _shared(snapshot(), snapshot().id, one, other)


def course(accounts: tuple[str, ...]) -> Course:
    """When accounts are active."""
    return _course(snapshot(), snapshot().id, accounts)


@st.cache_resource(max_entries=16, show_spinner=False)
def _shared(_snapshot: Snapshot, snapshot_id: str, one: tuple[str, ...], other: tuple[str, ...]) -> tuple[Shared, ...]:
    return shared_by(_snapshot, one, other, limit=26)


@st.cache_resource(max_entries=16, show_spinner=False)
def _course(_snapshot: Snapshot, snapshot_id: str, accounts: tuple[str, ...]) -> Course:
    return course_of(_snapshot, accounts)


@st.cache_resource(max_entries=64, show_spinner=False)
def _hits(_snapshot: Snapshot, snapshot_id: str, text: str, limit: int) -> list[Hit]:
    return search(_snapshot, text, limit)


# what is selected in a graph is asked for again with each thing that is done in it
@st.cache_resource(max_entries=32, show_spinner=False)
def _account(_snapshot: Snapshot, snapshot_id: str, account_id: str, identifiers: int) -> AccountDetail:
    return account(_snapshot, account_id, identifiers=identifiers)


@st.cache_resource(max_entries=64, show_spinner=False)
def _explained(_snapshot: Snapshot, snapshot_id: str, account_id: str, other: str | None, limit: int) -> Explanation:
    return explain(_snapshot, account_id, other, limit=limit)


@st.cache_resource(max_entries=64, show_spinner=False)
def _identifier(_snapshot: Snapshot, snapshot_id: str, kind: str, value: str, holders: int, clusters: int) -> IdentifierDetail:
    return identifier(_snapshot, kind, value, holders=holders, clusters=clusters)


#: What is kept here for all sessions.
KEPT: Final = (_shared, _course, _hits, _account, _explained, _identifier)
