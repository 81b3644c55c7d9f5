"""Puts what a benchmark measured into a document, between its marks."""

from __future__ import annotations

from pathlib import Path


def between(document: Path, name: str, body: str) -> None:
    """Replace what stands between `<!-- NAME: begin -->` and `<!-- NAME: end -->`; ends the program where there are no marks."""
    text = document.read_text(encoding="utf-8")
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"{document}: no marks {begin} and {end}; put them where the figures belong")
    document.write_text(f"{before}{begin}\n{body}\n{end}{after}", encoding="utf-8")
