"""A snapshot into a Neo4j server: the accounts that matter, their identifiers and their clusters, as one graph.

    (:Account)-[:SEEN_WITH]->(:Identifier:Payment)      and a label per kind: Ip, Scaffold, SystemPrompt ...
    (:Account)-[:MEMBER_OF]->(:Cluster)
    (:Snapshot {id, complete})                          which snapshot the server holds, and whether it is all there

`model` says what is pushed, `labels` names kinds, `batches` makes rows and statements of a table, `server` connects, and
`pushing` does it in order. The server only mirrors: nothing is read back, and each push replaces what the last one left.
Needs the extra `neo4j`.
"""

from __future__ import annotations

from linkage.neo4j.pushing import PushSummary, push
from linkage.neo4j.server import Credentials, credentials

__all__ = ["Credentials", "PushSummary", "credentials", "push"]
