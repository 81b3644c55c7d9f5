"""What happened to a case, in words."""

from __future__ import annotations

from linkage.cases.records import Payload
from linkage.investigate.printable import counted


def event_sentence(kind: str, payload: Payload) -> str:
    """The sentence for an event of this kind."""
    again = kind == "status" and payload.get("before") == payload.get("after")
    told = _SENTENCES.get("again" if again else kind)
    return told.format_map(_Words(payload)) if told else kind


def approval_words(kind: str, payload: Payload) -> str:
    """What a request asks for."""
    if kind == "status":
        return f"set the status to {payload['status']}"
    return f"write proposed actions: {payload['words']}"


_SENTENCES = {
    "open": "opened the case of cluster {cluster}",
    "status": "changed the status from {before} to {after}{because}",
    "again": "decided again on {after}, on the cluster as it was then{because}",
    "accounts": "{verdict} {accounts}{because}",
    "assign": "assigned it to {after}",
    "tag": "added the tag {tag}",
    "untag": "took off the tag {tag}",
    "link": "linked it to case {other}",
    "unlink": "took off the link to case {other}",
    "note": "wrote a note",
    "merge": "merged it by hand with {clusters}{because}",
    "split": "split off {accounts} by hand{because}",
    "undo": "took back: {what}",
    "hold": "put it under legal hold: {matter}",
    "release": "released it from legal hold",
    "lease": "started reviewing",
    "request": "asked a second person: {what}{because}",
    "approved": "approved: {what}",
    "refused": "refused: {what}{because}",
    "withdrawn": "withdrew the request: {what}",
    "followed": "followed the cluster from {before} to {after}",
    "absorbed": "cluster {before} became part of {after}: case {other} goes on for this one",
    "joined": "case {other} of cluster {before} became part of this one; its status was {status}",
    "born": "split off from cluster {before}, case {other}",
    "revived": "cluster {after} came apart from {before} again: this case goes on by itself",
    "gone": "cluster {before} is gone",
    "back": "cluster {after} is there again",
    "erased": "an account was erased",
}


class _Words(dict[str, object]):
    """The words of a payload: lists as text, counts of accounts, a reason behind a colon, nobody for nothing."""

    def __missing__(self, key: str) -> str:
        if key == "because":
            return f": {self['reason']}" if self.get("reason") else ""
        return ""

    def __getitem__(self, key: str) -> object:
        value = super().__getitem__(key)
        if key == "accounts" and isinstance(value, int):
            return counted(value, "account")
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return "nobody" if value is None else value
