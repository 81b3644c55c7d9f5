"""Which models were used."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from linkage.investigate import ModelUse
from ui import words
from ui.components.table import Column, table, text

_COLUMNS = (
    Column("Model", header=True),
    Column("Accounts", align="right"),
    Column("Requests", align="right"),
    Column("Output tokens", align="right"),
    Column("First used", align="nowrap"),
    Column("Last used", align="nowrap"),
)


def models(used: Sequence[ModelUse]) -> None:
    """Draw what went to each model; nothing where no model is named."""
    if not used:
        return
    st.header("Models", anchor=False)
    table(
        "Models used",
        _COLUMNS,
        [
            [
                text(words.plain(use.model)),
                text(words.count(use.accounts)),
                text(words.count(use.requests)),
                text(words.count(use.output_tokens)),
                text(words.minute(use.first_seen)),
                text(words.minute(use.last_seen)),
            ]
            for use in used
        ],
        key="models",
    )
