"""The connection to a Neo4j server, and its failures in words of our own.

The driver is imported only when a server is asked for, so that a machine without the extra gets one plain line.
"""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from linkage.errors import LinkageError, ServerError, UsageError

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction, Session
    from neo4j.exceptions import Neo4jError

SCHEMES: Final = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
#: Seconds until a server that does not answer is given up.
CONNECT_SECONDS: Final = 10.0
#: Seconds for which a failed transaction is tried again.
RETRY_SECONDS: Final = 15.0


class Credentials(NamedTuple):
    """Who logs in. The password is left out of its repr, so that no log or traceback shows it."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Credentials(user={self.user!r}, password=...)"


def credentials(environ: Mapping[str, str]) -> Credentials:
    """User and password from NEO4J_USER and NEO4J_PASSWORD.

    Raises UsageError: one of them is missing or empty; the message names it.
    """
    missing = [name for name in ("NEO4J_USER", "NEO4J_PASSWORD") if not environ.get(name)]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise UsageError(f"{' and '.join(missing)} {verb} not set; put the server's user and password into the environment")
    return Credentials(environ["NEO4J_USER"], environ["NEO4J_PASSWORD"])


@dataclass(frozen=True)
class Address:
    """Where a server is, without anything secret."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def parse_address(uri: str) -> Address:
    """Read `bolt://HOST:PORT`; the port is 7687 when left out.

    Raises UsageError: another scheme, no host, a port that is none, a path, or a user or password inside (which would
    end up in shell histories; the message does not repeat it).
    """
    example = "give bolt://HOST:7687, or bolt+s:// or neo4j+s:// for an encrypted one"
    try:
        parts = urlsplit(uri.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UsageError(f"the server's address is not one: {example}") from None
    if not uri.strip().isprintable():
        raise UsageError(f"the server's address holds a character that cannot be seen: {example}")
    if parts.username is not None or parts.password is not None:
        raise UsageError("the server's address holds a user or password; put them into NEO4J_USER and NEO4J_PASSWORD instead")
    if parts.scheme not in SCHEMES:
        raise UsageError(
            f"the server's address has the scheme {_short(parts.scheme)!r}, not one of {', '.join(SCHEMES)}: {example}"
        )
    if not host or any(mark.isspace() for mark in host):
        raise UsageError(f"the server's address names no host: {example}")
    if port == 0 or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise UsageError(f"the server's address has a part that does not belong there: {example}")
    return Address(parts.scheme, host, port or 7687)


@dataclass(frozen=True)
class Changes:
    """What the server says a query did."""

    nodes_created: int = 0
    nodes_deleted: int = 0
    relationships_created: int = 0
    relationships_deleted: int = 0

    def __add__(self, other: Changes) -> Changes:
        return Changes(
            self.nodes_created + other.nodes_created,
            self.nodes_deleted + other.nodes_deleted,
            self.relationships_created + other.relationships_created,
            self.relationships_deleted + other.relationships_deleted,
        )


class Server:
    """One database of a server; made by `connect`. Every call may raise the driver's errors, which `connect` translates."""

    def __init__(self, driver: Driver, database: str | None) -> None:
        self._driver = driver
        self._database = database

    def _session(self) -> Session:
        return self._driver.session(database=self._database, bookmark_manager=self._driver.execute_query_bookmark_manager)

    def define(self, query: str) -> None:
        """Run a query in a transaction of its own, once: what a change of the schema asks for."""
        with self._session() as session:
            session.run(query).consume()

    def write(self, query: str, parameters: Mapping[str, Any]) -> Changes:
        """Run a query in a write transaction, tried again when the server says that may help."""

        def unit(transaction: ManagedTransaction) -> Changes:
            counters = transaction.run(query, dict(parameters)).consume().counters
            return Changes(
                counters.nodes_created, counters.nodes_deleted, counters.relationships_created, counters.relationships_deleted
            )

        with self._session() as session:
            return session.execute_write(unit)

    def stream(self, query: str, parameters: Mapping[str, Any], size: int) -> Iterator[list[Any]]:
        """The first column of a read query in lists of at most `size` values; never all of them in memory."""
        with self._session() as session:
            result = session.run(query, dict(parameters))
            while chunk := result.fetch(size):
                yield [record[0] for record in chunk]

    def number(self, query: str, parameters: Mapping[str, Any]) -> int:
        """A read query's only number."""
        return sum(int(value) for values in self.stream(query, parameters, 1) for value in values)


@contextmanager
def connect(address: Address, login: Credentials, database: str | None) -> Iterator[Server]:
    """A checked connection for the block.

    Raises UsageError: the driver is not installed. ServerError, from opening it or from inside the block: the server is
    away, refuses the login, has no such database, forbids it, or fails.
    """
    try:
        import neo4j
        from neo4j.exceptions import DriverError, Neo4jError
    except ModuleNotFoundError:
        raise UsageError("pushing to Neo4j needs its driver; install it with: pip install 'account-linkage[neo4j]'") from None
    # the driver warns of every retry, and without a handler Python prints that to stderr
    if not (log := logging.getLogger("neo4j")).handlers:
        log.addHandler(logging.NullHandler())
    try:
        with neo4j.GraphDatabase.driver(
            str(address),
            auth=neo4j.basic_auth(login.user, login.password),
            connection_timeout=CONNECT_SECONDS,
            connection_acquisition_timeout=2 * CONNECT_SECONDS,
            max_transaction_retry_time=RETRY_SECONDS,
            notifications_min_severity=neo4j.NotificationMinimumSeverity.OFF,
            telemetry_disabled=True,
        ) as driver:
            server = Server(driver, database)
            server.define("RETURN 1")  # fails at once where a write would first be tried again
            yield server
    except LinkageError:
        raise
    except Neo4jError as error:
        raise _refused(address, error) from None
    except (DriverError, OSError, UnicodeError) as error:
        raise _away(address, error) from None


#: What a server's status code means, by the end of the code, and what to do.
_REFUSALS: Final = (
    ("Security.Unauthorized", "refuses the user or password; check NEO4J_USER and NEO4J_PASSWORD, then run it again"),
    ("Security.TokenExpired", "refuses the user or password; check NEO4J_USER and NEO4J_PASSWORD, then run it again"),
    (
        "Security.AuthenticationRateLimit",
        "refuses logins after too many wrong passwords; wait and check NEO4J_PASSWORD",
    ),
    (
        "Security.CredentialsExpired",
        "wants the first password changed; run ALTER CURRENT USER SET PASSWORD on database system",
    ),
    ("Security.Forbidden", "forbids this user to write; grant it write and schema rights on a database of its own"),
    ("ForbiddenOnReadOnlyDatabase", "takes no writes; make the database writable, or name another"),
    ("Database.DatabaseNotFound", "has no such database; create it or name another"),
    ("ConstraintCreationFailed", "holds data of another program under the same labels; push into a database of its own"),
    ("ConstraintValidationFailed", "holds data of another program under the same labels; push into a database of its own"),
    ("Schema.IndexAlreadyExists", "holds an index of another program on the same labels; push into a database of its own"),
    ("MemoryPoolOutOfMemoryError", "has too little memory for a batch; give it more memory, then run it again"),
    ("TransactionOutOfMemoryError", "has too little memory for a batch; give it more memory, then run it again"),
)


def _refused(address: Address, error: Neo4jError) -> ServerError:
    """A server's answer in one line."""
    code = error.code or ""
    for end, meaning in _REFUSALS:
        if code.endswith(end):
            return ServerError(f"Neo4j at {address} {meaning}")
    answer = f"{_short(code)}: {_short(error.message or '')}"
    return ServerError(f"Neo4j at {address} answered {answer}; mend the server, then run it again")


def _away(address: Address, error: Exception) -> ServerError:
    """Why a server cannot be reached: by a plain connection of our own, since the driver's routing hides the cause."""
    causes = list(_causes(error))
    try:
        socket.create_connection((address.host, address.port), timeout=CONNECT_SECONDS).close()
    except (socket.gaierror, UnicodeError):
        meaning = "has no host of that name; check the address"
    except ConnectionRefusedError:
        meaning = "does not answer (connection refused); start the server or check the port"
    except TimeoutError:
        meaning = "does not answer in time; check the address and the network"
    except OSError as failure:
        meaning = f"cannot be reached ({failure.strerror}); check the address and the network"
    else:
        if any(isinstance(cause, TimeoutError) for cause in causes):
            meaning = "does not answer in time; see that it runs"
        elif any(isinstance(cause, ssl.SSLError) for cause in causes):
            meaning = "takes no encrypted connection; check its certificate and the scheme (bolt:// is not encrypted)"
        else:
            meaning = "went away, or is no Neo4j server; see that it runs"
    return ServerError(f"Neo4j at {address} {meaning}, then run it again")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, what caused it, and the errors of the groups among these."""
    yield error
    for cause in (error.__cause__ or error.__context__, *(error.exceptions if isinstance(error, BaseExceptionGroup) else ())):
        if cause is not None:
            yield from _causes(cause)


def _short(text: str) -> str:
    """A foreign text that fits a line: printable, at most 200 characters."""
    clean = "".join(mark if mark.isprintable() else " " for mark in text)
    return clean if len(clean) <= 200 else f"{clean[:199]}…"
