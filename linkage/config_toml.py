"""A configuration as TOML that documents itself: each field's description stands above its value."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic.fields import FieldInfo

from linkage.config import Config, Section

_WIDTH = 100
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def config_toml(config: Config | None = None) -> str:
    """The whole of `config` (the defaults where it is None) as TOML 1.0; `load_config` reads it back as the same value."""
    head = _comment("Every setting of Linkage with its meaning. A file needs to hold only what differs from these defaults.")
    return "\n".join([*head, *_section(config if config is not None else Config(), ())]).rstrip() + "\n"


def _section(section: Section, path: tuple[str, ...]) -> Iterator[str]:
    """The fields of a section: plain values first, since what follows a table's head belongs to that table."""
    fields = type(section).model_fields
    for name, field in fields.items():
        if not _is_table(getattr(section, name)):
            yield ""
            yield from _comment(_described(field))
            yield from _pair(name, getattr(section, name))
    for name, field in fields.items():
        value = getattr(section, name)
        if _is_table(value):
            yield from _table(value, field, (*path, name))


def _table(value: Section | Mapping[str, Any], field: FieldInfo, path: tuple[str, ...]) -> Iterator[str]:
    yield ""
    yield from _comment(_described(field))
    if isinstance(value, Section):
        yield _head(path)
        yield from _section(value, path)
        return
    entry = _entry_model(field)
    if entry is None:
        yield _head(path)
        for key, item in value.items():
            yield from _pair(key, item)
        return
    # One table an entry, each with the same few keys: their meaning stands once, above them all.
    for key, inner in entry.model_fields.items():
        yield from _comment(f"  {key}: {_described(inner)}")
    for key, item in value.items():
        yield ""
        yield _head((*path, key))
        for inner_name in type(item).model_fields:
            yield from _pair(inner_name, getattr(item, inner_name))


def _is_table(value: Any) -> bool:
    return isinstance(value, (Section, Mapping))


def _entry_model(field: FieldInfo) -> type[Section] | None:
    """The model of the values of a `dict[str, Model]` field."""
    models = [part for part in get_args(field.annotation) if isinstance(part, type) and issubclass(part, Section)]
    return models[0] if models else None


def _described(field: FieldInfo) -> str:
    return " ".join((field.description or "").split())


def _comment(text: str) -> list[str]:
    inset = text[: len(text) - len(text.lstrip())]
    lines = textwrap.wrap(
        text.strip(),
        _WIDTH,
        initial_indent=f"# {inset}",
        subsequent_indent=f"# {inset}{inset}",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or []


def _head(path: tuple[str, ...]) -> str:
    return f"[{'.'.join(_key(part) for part in path)}]"


def _pair(name: str, value: Any) -> list[str]:
    # TOML has no null: what is unset stands as a comment.
    return [f"# {_key(name)} is not set" if value is None else f"{_key(name)} = {_value(value)}"]


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _string(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, Section):
        return _value(value.model_dump())
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + "}"
    return _string(str(value))


def _string(text: str) -> str:
    return '"' + "".join(_character(c) for c in text) + '"'


def _character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f"\\u{ord(character):04x}" if ord(character) < 0x20 or ord(character) == 0x7F else character
