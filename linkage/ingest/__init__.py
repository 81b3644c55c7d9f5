"""Ingest: read the log tables of a folder, validate every cell, set aside what cannot be read.

discover(folder) -> Inputs          what is there, hashed
read(con, file, ...) -> Reading     one file into one checked table
last_accounts(con, sources, ...)    of several rows of one account, the last
"""

from __future__ import annotations

from linkage.ingest.accounts import last_accounts
from linkage.ingest.folder import InputFile, Inputs, discover
from linkage.ingest.reader import read
from linkage.ingest.reading import Reading

__all__ = ["InputFile", "Inputs", "Reading", "discover", "last_accounts", "read"]
