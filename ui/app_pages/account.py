"""An account: what is known of it, why it is in its cluster, and every identifier it was seen with."""

from __future__ import annotations

from typing import Final

import streamlit as st

from linkage.access import Action
from linkage.errors import NotFound
from linkage.investigate import AccountDetail
from ui import links, people, reading, words
from ui.components import states
from ui.components.activity import activity
from ui.components.facts import facts
from ui.components.heading import heading
from ui.components.identifiers import held_identifiers
from ui.components.marks import marks as marks_of
from ui.components.models import models
from ui.components.table import Column, bar, link, table, text

_IDENTIFIERS: Final = 200
_CLUSTER = (
    Column("Cluster", header=True, align="nowrap"),
    Column("Its risk", width="9rem"),
    Column("Accounts", align="right"),
    Column("Role here"),
    Column("Strongest reason"),
    Column("Evidence"),
)


def page() -> None:
    """Draw the account that the address names."""
    account_id = st.query_params.get("account", "")
    if not account_id:
        states.unnamed("account")
        return
    try:
        detail = reading.account_detail(account_id, identifiers=_IDENTIFIERS)
    except NotFound:
        states.missing("account", account_id)
        return
    people.looked(Action.view, f"account:{account_id}")
    _head(detail)
    _cluster(detail)
    given = marks_of(item.kind for item in detail.identifiers)
    held_identifiers(account_id, detail.identifiers, given, in_cluster=detail.cluster is not None)
    if len(detail.identifiers) == _IDENTIFIERS:
        st.caption(f"No more than {_IDENTIFIERS} are shown here.")
    activity(detail.days, detail.hours, key="account", whose="this account")
    models(detail.models)


def _head(detail: AccountDetail) -> None:
    marks = {"flagged": "bad"} if detail.flagged else {}
    for decision in people.book().decided(detail.account_id)[:2]:
        marks[f"{decision.verdict} by {words.plain(decision.decided_by, 20)}"] = (
            "good" if decision.verdict == "spared" else "bad"
        )
    if detail.label is not None:
        tone = {"confirmed_fraud": "bad", "confirmed_benign": "good"}.get(detail.label, "")
        marks[words.kind(detail.label)] = tone
    heading("Account", detail.account_id, marks)
    facts(
        {
            "Risk": (words.percent(detail.risk), "the account's own"),
            "Status": (words.plain(detail.status, 30), _said("plan", detail.plan)),
            "Signed up": (words.day(detail.created_at), _said("with", detail.email_domain)),
            "Organisation": (words.plain(detail.org_id, 30), _said("country", detail.country)),
            "Requests": (words.brief(detail.requests), f"{words.brief(detail.input_tokens)} tokens in"),
            "Output tokens": (words.brief(detail.output_tokens), ""),
            "Active": (words.day(detail.first_seen), f"to {words.day(detail.last_seen)}"),
        }
    )


def _said(label: str, value: str | None) -> str:
    return "" if value is None else f"{label} {words.plain(value, 40)}"


def _cluster(detail: AccountDetail) -> None:
    st.header("Cluster", anchor=False)
    cluster = detail.cluster
    if cluster is None:
        st.text("It is in no cluster: nothing ties it closely enough to other accounts.")
        return
    st.text(words.stopped(reading.why(detail.account_id), names=[detail.account_id]))
    table(
        "The cluster of the account",
        _CLUSTER,
        [
            [
                link(words.plain(cluster.cluster_id, 24), links.cluster(cluster.cluster_id)),
                bar(
                    cluster.risk,
                    words.percent(cluster.risk),
                    tone="bad" if cluster.flagged else None,
                    mark="flagged" if cluster.flagged else None,
                ),
                text(words.count(cluster.size)),
                text(words.plain(detail.role)),
                text(words.strongest(cluster)),
                text(words.families(cluster)),
            ]
        ],
        key="cluster-of",
    )


page()
