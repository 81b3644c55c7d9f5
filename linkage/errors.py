"""Every error a user can meet, as one tree; each message is one plain line: what, where, what to do.

    LinkageError
    ├── NotFound        exit 1: the answer is no (nothing of that name, verification failed)
    ├── UsageError      exit 2: wrong usage or wrong input
    │   ├── InputError      a table that cannot be read; names file, column and mend
    │   └── ConfigError     a configuration that cannot be used; names the key
    └── Unavailable     exit 3: cannot be done now
        ├── StoreError      the store is missing, damaged or not writable
        ├── LockHeld        another rebuild holds the store
        ├── ServerError     a server is away or refuses
        ├── Denied          the role of whoever asks does not allow it
        └── Conflict        what is there now does not allow it (changed meanwhile, held by somebody, under legal hold)

Only `linkage.cli` turns these into an exit status.
"""

from __future__ import annotations


class LinkageError(Exception):
    """Root of the tree. `exit_code` is the status the command line ends with."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class NotFound(LinkageError):
    """Nothing of that name, or a check whose answer is no."""

    exit_code = 1


class UsageError(LinkageError):
    """Wrong usage or wrong input."""


class InputError(UsageError):
    """An input table that cannot be read."""


class ConfigError(UsageError):
    """A configuration that cannot be used."""


class Unavailable(LinkageError):
    """Cannot be done now; the same call may work later."""

    exit_code = 3


class StoreError(Unavailable):
    """The store is missing, damaged or not writable."""


class ReadOnlyStore(StoreError):
    """The store may be read and not written, so nothing can be recorded in it."""


class LockHeld(Unavailable):
    """Another process is building in the same store."""


class ServerError(Unavailable):
    """A server is away or refuses."""


class Denied(Unavailable):
    """The role of whoever asks does not allow it."""


class Conflict(Unavailable):
    """What is there now does not allow it: changed meanwhile, held by somebody else, under legal hold."""
