"""Addresses, credentials, and servers that are not there: one plain line each, without a secret in it."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from linkage.errors import ServerError, UsageError
from linkage.neo4j import Credentials, credentials
from linkage.neo4j.server import SCHEMES, connect, parse_address

LOGIN = Credentials("neo4j", "secret-word")


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({}, "NEO4J_USER and NEO4J_PASSWORD are not set"),
        ({"NEO4J_USER": "u"}, "NEO4J_PASSWORD is not set"),
        ({"NEO4J_PASSWORD": "p"}, "NEO4J_USER is not set"),
        ({"NEO4J_USER": "u", "NEO4J_PASSWORD": ""}, "NEO4J_PASSWORD is not set"),
    ],
)
def test_missing_credentials_are_named(environ: dict[str, str], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        credentials(environ)


def test_credentials_hide_the_password() -> None:
    login = credentials({"NEO4J_USER": "u", "NEO4J_PASSWORD": "secret-word"})
    user, password = login
    assert (user, password) == ("u", "secret-word")
    assert "secret-word" not in f"{login} {login!r} {[login]}"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_and_the_default_port(scheme: str) -> None:
    assert str(parse_address(f" {scheme}://graph.internal/ ")) == f"{scheme}://graph.internal:7687"
    assert str(parse_address(f"{scheme}://[::1]:17")) == f"{scheme}://[::1]:17"


@pytest.mark.parametrize(
    "uri",
    [
        "", "localhost:7687", "http://localhost:7687", "https://h", "bolt://", "bolt://:7687", "bolt://h:0", "bolt://h:99999",
        "bolt://h:port", "bolt://h/path", "bolt://h?a=b", "bolt://h#f", "bolt://[::1", "bolt://a b:1", "file:///etc/passwd",
        "bolt\n://h", "\u202ebolt://h", "bolt://h\u202e", "a" * 9999 + "://h",
    ],
)  # fmt: skip
def test_a_bad_address_is_one_line_with_an_example(uri: str) -> None:
    with pytest.raises(UsageError) as caught:
        str(parse_address(uri))
    message = str(caught.value)
    assert "bolt://HOST:7687" in message
    assert message.isprintable()
    assert len(message) < 500


@pytest.mark.parametrize(
    "uri", ["bolt://neo4j:secret-word@h:1", "bolt://secret-word@h", "http://u:secret-word@h", "bolt://:secret-word@h"]
)
def test_a_password_in_the_address_is_refused_and_not_repeated(uri: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_address(uri)
    assert "NEO4J_PASSWORD" in str(caught.value)
    assert "secret-word" not in str(caught.value)


def failure(uri: str) -> str:
    with pytest.raises(ServerError) as caught, connect(parse_address(uri), LOGIN, None):
        pass
    message = str(caught.value)
    assert uri in message
    assert message.isprintable()
    assert "secret-word" not in message
    return message


@contextmanager
def answering(answer: bytes | None) -> Iterator[str]:
    """A loopback port that sends `answer` and closes, or with None says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                if answer is None:
                    kept.append(client)
                else:
                    client.sendall(answer)
                    client.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        for client in kept:
            client.close()


def test_an_unknown_host() -> None:
    assert "no host of that name" in failure("bolt://no-such-host.invalid:7687")
    assert "no host of that name" in failure("neo4j://no-such-host.invalid:7687")
    assert "no host of that name" in failure(f"bolt://{'a' * 70}.invalid:7687")


def test_nothing_listens() -> None:
    with answering(b"") as place:
        pass
    for scheme in ("bolt", "neo4j"):
        assert "start the server or check the port" in failure(f"{scheme}://{place}")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\x00\x00\x00", b"\x00" * 3])
@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_another_server_is_no_neo4j(scheme: str, answer: bytes) -> None:
    with answering(answer) as place:
        assert "no Neo4j server" in failure(f"{scheme}://{place}")


def test_a_server_without_encryption() -> None:
    with answering(b"plain text") as place:
        for scheme in ("bolt+s", "bolt+ssc", "neo4j+s"):
            assert "no encrypted connection" in failure(f"{scheme}://{place}")


def test_a_silent_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linkage.neo4j.server.CONNECT_SECONDS", 0.5)
    with answering(None) as place:
        for scheme in ("bolt", "bolt+s", "neo4j"):
            assert "does not answer in time" in failure(f"{scheme}://{place}")


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "neo4j", None)  # as if it were not installed
    with (
        pytest.raises(UsageError, match=r"pip install 'account-linkage\[neo4j\]'"),
        connect(parse_address("bolt://h"), LOGIN, None),
    ):
        pass
