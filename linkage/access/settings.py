"""Who has which role, and what needs a second person: access.toml of the store."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from linkage.access.roles import Identity, Role
from linkage.config import Section
from linkage.errors import ConfigError

#: The environment's names for another file, and for the role of everybody where no file gives roles.
FILE_VARIABLE: Final = "LINKAGE_ACCESS"
ROLE_VARIABLE: Final = "LINKAGE_ROLE"
NAME: Final = "access.toml"


class Approval(Section):
    """What needs a second person."""

    accounts: int = Field(
        500, ge=1, description="accounts above which the statuses below and a file of actions need a second person"
    )
    statuses: list[Literal["confirmed", "dismissed", "escalated", "actioned"]] = Field(
        default=["actioned"], description="statuses that need one on a cluster above that size"
    )
    days: int = Field(7, ge=1, description="days after which a request that nobody answered lapses")


class Review(Section):
    """How cases are handed out."""

    lease_minutes: int = Field(30, ge=1, description="minutes for which 'start reviewing' holds a case for one person")


class Access(Section):
    """All settings of access."""

    roles: dict[Role, list[str]] = Field(
        default={}, description="role -> names; who is in none has the role `others`, or none at all"
    )
    others: Role | None = Field(None, description="role of everybody else; without it they may do nothing")
    approval: Approval = Field(default_factory=Approval, description=Approval.__doc__ or "")
    review: Review = Field(default_factory=Review, description=Review.__doc__ or "")

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        names = [name for given in self.roles.values() for name in given]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"{sorted(twice)[0]!r} has more than one role")
        return self

    def identity(self, name: str) -> Identity:
        """Who `name` is here. Names are compared as they are, letter by letter."""
        for role, names in self.roles.items():
            if name in names:
                return Identity(name, role)
        return Identity(name, self.others)


def access_file(store: Path) -> Path:
    """Where the settings of a store are, or would be."""
    given = os.environ.get(FILE_VARIABLE, "")
    return Path(given) if given else Path(store) / NAME


def load_access(store: Path, *, named_only: bool = False) -> Access:
    """The settings of a store: the file that LINKAGE_ACCESS names, else access.toml in the store.

    Without a file everybody who can open the store is its admin (LINKAGE_ROLE names a lower role): the folder is for
    its owner only. With `named_only`, for people who come from elsewhere, nobody has a role then. Raises ConfigError:
    the file is missing, is not TOML, or a key or value is not known.
    """
    path = access_file(store)
    if not os.environ.get(FILE_VARIABLE, "") and not path.exists():
        return Access() if named_only else Access(others=_everybody())
    try:
        return Access.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"access {path}: {error}; mend the file (docs/audit.md shows one)") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"access {path}: {f'{key}: ' if key else ''}{first['msg']}; docs/audit.md shows every key") from None


def _everybody() -> Role:
    name = os.environ.get(ROLE_VARIABLE, "") or Role.admin
    try:
        return Role(name)
    except ValueError:
        raise ConfigError(f"{ROLE_VARIABLE}: there is no role {name!r}; there are {', '.join(Role)}") from None
