"""The engine works in any folder that it can use, and says so of one that it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from linkage.engine import open_engine
from linkage.errors import UsageError


@pytest.mark.parametrize("name", ["plain", "st*r", "br[a]cket", "it's", "ü #%"])
def test_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with open_engine(tmp_path / name) as con:
        con.execute("CREATE TABLE kept AS SELECT range AS n FROM range(5)")
        assert con.execute("SELECT sum(n) FROM kept").fetchall() == [(10,)]


def test_a_name_that_the_engine_cannot_use_is_refused_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'\\?' in its name"):
        open_engine(tmp_path / "what?")
    assert not list(tmp_path.iterdir())
