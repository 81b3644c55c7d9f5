"""A small OpenID Connect provider on 127.0.0.1: discovery, the authorization code flow with PKCE, RS256 tokens, JWKS.

OpenID Connect Core 1.0 (3.1), Discovery 1.0, RFC 7636. People sign in by following the link with their name. It is
strict where a provider is: the client's secret, the code used once, the verifier, the address to return to.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CLIENT, SECRET = "linkage-pages", "canary-client-secret-4f1c"


def _b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _number(value: int) -> str:
    return _b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


@dataclass
class Provider:
    """`people` are name in the list -> claims of their token; `faults` are what it does wrong, for tests of refusals."""

    people: dict[str, dict[str, Any]]
    base: str = ""
    returns_to: str = ""
    faults: set[str] = field(default_factory=set)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.base, "authorization_endpoint": f"{self.base}/authorize", "token_endpoint": f"{self.base}/token",
            "jwks_uri": f"{self.base}/jwks", "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }  # fmt: skip

    def jwks(self) -> dict[str, Any]:
        public = self.key.public_key().public_numbers()
        return {
            "keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", "n": _number(public.n), "e": _number(public.e)}]
        }

    def authorize(self, asked: dict[str, str]) -> str | None:
        """The page on which one picks who one is; None where the request is not in order."""
        wanted = {
            "client_id": CLIENT,
            "redirect_uri": self.returns_to,
            "response_type": "code",
            "code_challenge_method": "S256",
        }
        if any(asked.get(name) != value for name, value in wanted.items()) or not asked.get("nonce") or not asked.get("state"):
            return None
        links = "".join(
            f'<a href="/picked?{escape(urlencode({**asked, "who": who}))}">{escape(who)}</a> ' for who in self.people
        )
        return f"<!doctype html><title>Provider</title><p>{links}<a href='/refused?{escape(urlencode(asked))}'>nobody</a>"

    def code(self, asked: dict[str, str]) -> str:
        made = secrets.token_urlsafe(24)
        self.codes[made] = asked
        return made

    def token(self, asked: dict[str, str], authorization: str) -> dict[str, Any] | None:
        kept = self.codes.pop(asked.get("code", ""), None)
        user, _, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        if kept is None or (unquote(user), unquote(password)) != (CLIENT, SECRET):
            return None
        verifier = _b64(hashlib.sha256(asked.get("code_verifier", "").encode()).digest())
        if verifier != kept["code_challenge"] or asked.get("redirect_uri") != self.returns_to:
            return None
        now = int(time.time())
        claims = {
            "iss": self.base, "aud": CLIENT, "sub": kept["who"], "iat": now, "exp": now + 300, "nonce": kept["nonce"],
            **self.people[kept["who"]],
        }  # fmt: skip
        if "nonce" in self.faults:
            claims["nonce"] = "another"
        key = rsa.generate_private_key(65537, 2048) if "signature" in self.faults else self.key
        signed = f"{_b64(json.dumps({'alg': 'RS256', 'kid': '1'}).encode())}.{_b64(json.dumps(claims).encode())}"
        signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        token = f"{signed}.{_b64(signature)}"
        return {"access_token": secrets.token_urlsafe(8), "token_type": "Bearer", "expires_in": 300, "id_token": token}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    provider: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            self._json(self.provider.discovery())
        elif parts.path == "/jwks":
            self._json(self.provider.jwks())
        elif parts.path == "/authorize" and (page := self.provider.authorize(asked)) is not None:
            self._send(200, page.encode(), "text/html; charset=utf-8")
        elif parts.path in ("/picked", "/refused"):
            given = {"code": self.provider.code(asked)} if parts.path == "/picked" else {"error": "access_denied"}
            self._send(302, b"", Location=f"{asked['redirect_uri']}?{urlencode({**given, 'state': asked['state']})}")
        else:
            # also what a browser asks for by itself, like an icon
            self._send(204 if parts.path == "/favicon.ico" else 400, b"")

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        asked = {name: values[0] for name, values in parse_qs(sent).items()}
        answer = self.provider.token(asked, self.headers.get("Authorization", "")) if self.path == "/token" else None
        self._json({"error": "invalid_grant"} if answer is None else answer, 400 if answer is None else 200)

    def _json(self, value: object, status: int = 200) -> None:
        self._send(status, json.dumps(value).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str = "text/plain", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def providing(people: dict[str, dict[str, Any]], returns_to: str) -> Iterator[Provider]:
    """A provider that serves until the block ends."""
    provider = Provider(people, returns_to=returns_to)
    handler = type("Handler", (_Handler,), {"provider": provider})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        provider.base = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield provider
        server.shutdown()
        thread.join()
