from __future__ import annotations

from datetime import UTC, datetime

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from linkage.cli.options import parse_memory, parse_time


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("2GB", 2 * 10**9),
        ("2GiB", 2 * 2**30),
        ("800MB", 800 * 10**6),
        ("1.5gib", 3 * 2**29),
        (" 3 G ", 3 * 10**9),
        ("64kb", 64_000),
        ("1TB", 10**12),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_memory(text) == size


@pytest.mark.parametrize("text", ["", "2", "GB", "-1GB", "1e9", "2GBB", "nan GB", "0MB", "٣GB", "1" * 400 + "GB"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        parse_memory(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T12:00:00+02:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01 12:00", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_times(text: str, moment: datetime) -> None:
    assert parse_time(text) == moment


@pytest.mark.parametrize("text", ["", "now", "2026-13-01", "1", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        parse_time(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_reads_back(moment: datetime) -> None:
    assert parse_time(moment.isoformat()) == moment
