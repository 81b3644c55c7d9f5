"""Sign-in by OpenID Connect: who the provider is, and where people open the pages. sign-in.toml of the store.

OpenID Connect Core 1.0 and Discovery 1.0; the pages do the flow, this file only reads and checks its settings.
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator

from linkage.access.settings import access_file
from linkage.config import Section
from linkage.errors import ConfigError, UsageError

#: The environment's names for another file, and for the secrets, which then need not stand in any.
FILE_VARIABLE: Final = "LINKAGE_SIGN_IN"
SECRET_VARIABLES: Final[Mapping[str, str]] = {name: f"LINKAGE_{name.upper()}" for name in ("client_secret", "cookie_secret")}
NAME: Final = "sign-in.toml"
#: Where the provider sends people back to.
CALLBACK: Final = "/oauth2callback"
LOOPBACK: Final = ("127.0.0.1", "localhost")
_SHORTEST_SECRET: Final = 32


class SignIn(Section):
    """All settings of sign-in. The secrets are never shown: not in `repr`, not in an error."""

    address: str = Field(description="address at which people open the pages, like https://desk.example.org")
    provider: str = Field(description="the provider's issuer, like https://id.example.org/realms/desk")
    client_id: str = Field(min_length=1, description="the name under which the provider knows these pages")
    client_secret: SecretStr = Field(min_length=1, description="the secret that goes with it")
    cookie_secret: SecretStr | None = Field(
        None, min_length=_SHORTEST_SECRET, description="signs the cookies; without it one is made at each start"
    )
    claim: str = Field("email", min_length=1, description="what of the provider's token is a person's name in access.toml")
    unverified_email: bool = Field(False, description="believe an e-mail address that the provider does not call verified")
    hours: float = Field(12, gt=0, le=720, description="hours after which one has to sign in again")

    @field_validator("address", "provider")
    @classmethod
    def _kept_secret(cls, value: str) -> str:
        """Codes and cookies pass over it, so it is encrypted or does not leave the machine."""
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
            raise ValueError("is not an address; write it like https://desk.example.org")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("has to begin with https://, as cookies and codes go there")
        _ = parts.port  # raises ValueError where it is none
        return value.rstrip("/")

    @field_validator("address")
    @classmethod
    def _without_path(cls, value: str) -> str:
        if urlsplit(value).path:
            raise ValueError("has a path; the pages need a host name of their own")
        return value.lower()

    @property
    def host(self) -> str:
        """The name by which people call the pages."""
        return urlsplit(self.address).hostname or ""

    @property
    def metadata(self) -> str:
        """Where the provider describes itself (OpenID Connect Discovery 1.0, section 4)."""
        return f"{self.provider}/.well-known/openid-configuration"

    def name_in(self, claims: Mapping[str, Any], now: float) -> str | None:
        """Who signed in, by the claims of the provider's token; None for nobody, and for whoever did so too long ago.

        An e-mail address counts only when the provider verified it: some let anybody write any address there.
        """
        name, issued = claims.get(self.claim), claims.get("iat")
        if not claims.get("is_logged_in") or not isinstance(name, str) or not name:
            return None
        if not isinstance(issued, int | float) or now - issued > self.hours * 3600:
            return None
        if self.claim == "email" and claims.get("email_verified") is not True and not self.unverified_email:
            return None
        return name


def load_sign_in(store: Path, named: Path | None = None) -> SignIn | None:
    """The settings of a store: the file `named`, or the one LINKAGE_SIGN_IN names, else sign-in.toml in the store; or None.

    Secrets come from the environment where it has them. Raises ConfigError: the file is missing, not TOML, holds a
    secret and is open to others, or a key or value is wrong.
    """
    given = named or os.environ.get(FILE_VARIABLE, "")
    path = Path(given) if given else Path(store) / NAME
    if not given and not path.exists():
        return None
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        open_to_others = bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "is not TOML"
        raise ConfigError(f"sign-in {path}: {said}; docs/deployment.md shows the file") from None
    if open_to_others and any(name in values for name in SECRET_VARIABLES):
        raise ConfigError(
            f"sign-in {path}: others may read the secret in it; run chmod 600 on it, or put the secret into "
            f"{SECRET_VARIABLES['client_secret']}"
        )
    values |= {name: os.environ[variable] for name, variable in SECRET_VARIABLES.items() if os.environ.get(variable)}
    try:
        return SignIn.model_validate(values)
    except ValidationError as error:
        # what was given is left out: it may be the secret
        first = error.errors(include_input=False, include_context=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"sign-in {path}: {key}: {first['msg']}; docs/deployment.md shows every key") from None


def require_may_listen(store: Path, address: str, settings: SignIn | None) -> None:
    """Whether pages over `store` may be served on `address`.

    Raises UsageError: nobody would be asked who they are, and others could reach it; ConfigError: people can sign in,
    and nothing says who may do what.
    """
    if settings is None and address not in LOOPBACK:
        raise UsageError(
            f"linkage ui: {address}: without sign-in the pages are served on 127.0.0.1 only; set sign-in up as "
            "docs/deployment.md shows, or reach this machine through a tunnel that asks who is there"
        )
    if settings is not None and not access_file(store).is_file():
        raise ConfigError(
            f"access {access_file(store)}: is missing, so whoever signs in might do nothing; give roles in it as docs/audit.md shows"
        )
