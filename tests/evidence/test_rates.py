"""The error rates are those that were measured, with intervals that a reference gives too."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest

from linkage.evidence.rates import Rate, error_rates


def test_intervals_are_clopper_and_pearsons() -> None:
    for hits, of in ((0, 10), (10, 10), (3, 17), (5899, 5899), (5899, 6038), (0, 193962)):
        reference = binomtest(hits, of).proportion_ci(0.95, "exact")
        assert Rate("", "", "", hits, of).interval == pytest.approx((reference.low, reference.high), abs=1e-9)


def test_rates_say_that_they_are_of_simulated_worlds() -> None:
    note, rates = error_rates()
    assert "simulated" in note
    known = {rate.what: rate for rate in rates}
    assert (known["precision"].hits, known["precision"].of) == (5899, 5899)
    assert round(known["recall"].rate, 3) == 0.977
    assert all(low <= rate.rate <= high for rate in rates for low, high in [rate.interval])
