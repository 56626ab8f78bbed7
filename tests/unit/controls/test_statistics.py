import pytest

from sfchaos.controls.statistics import Sample, interval, lower_bound, needed, share, upper_bound, variation


@pytest.mark.parametrize(("n", "bound"), [(10, 0.259), (25, 0.113), (60, 0.0487), (100, 0.0295), (300, 0.0099), (1000, 0.0030)])
def test_bounds_without_a_failure_are_those_of_the_table(n: int, bound: float) -> None:
    found = upper_bound(n, 0)
    assert found == pytest.approx(1 - 0.05 ** (1 / n), abs=1e-9)
    assert found == pytest.approx(bound, abs=6e-4)


@pytest.mark.parametrize(("n", "k", "bound"), [(60, 1, 0.0766), (60, 2, 0.101), (100, 1, 0.0466), (300, 1, 0.0157), (300, 3, 0.0256)])
def test_bounds_with_failures_are_those_of_the_table(n: int, k: int, bound: float) -> None:
    assert upper_bound(n, k) == pytest.approx(bound, abs=6e-4)


@pytest.mark.parametrize(("rate", "at_90", "at_95", "at_99"), [(0.1, 22, 29, 44), (0.05, 45, 59, 90), (0.02, 114, 149, 228), (0.01, 230, 299, 459),
                                                               (0.005, 460, 598, 919), (0.001, 2302, 2995, 4603)])  # fmt: skip
def test_needed_draws_are_those_of_the_table(rate: float, at_90: int, at_95: int, at_99: int) -> None:
    assert (needed(rate, 0.90), needed(rate, 0.95), needed(rate, 0.99)) == (at_90, at_95, at_99)


def test_two_sided_interval_of_one_in_sixty() -> None:
    low, high = interval(60, 1) or (0, 0)
    assert (low, high) == (pytest.approx(0.0004, abs=5e-5), pytest.approx(0.0894, abs=5e-5))


def test_nothing_drawn_is_no_data_not_a_rate() -> None:
    assert upper_bound(0, 0) is None
    assert lower_bound(0, 0) is None
    assert interval(0, 0) is None
    assert Sample("storm@1", 7, 60, 0, 0).sentence().endswith("none was applicable: no data.")


def test_all_failed_leaves_every_rate_possible_above() -> None:
    assert upper_bound(5, 5) == 1.0
    assert lower_bound(5, 5) == pytest.approx(0.05 ** (1 / 5), abs=1e-9)


@pytest.mark.parametrize(("n", "k"), [(3, 4), (3, -1)])
def test_what_is_no_sample_is_refused(n: int, k: int) -> None:
    with pytest.raises(ValueError, match="not a sample"):
        upper_bound(n, k)


def test_the_sentence_claims_no_more_than_the_generator() -> None:
    text = Sample("rate-limit-storm version 1", 1729, 60, 60, 0).sentence()
    assert text == (
        "In 60 independent fault schedules drawn from generator rate-limit-storm version 1 (seed 1729), 60 were applicable and 0 failed. "
        "At 95% confidence fewer than 4.9% of schedules from this generator would fail. This says nothing about conditions outside the generator."
    )


def test_inconclusive_draws_count_as_failures_in_the_conservative_bound() -> None:
    sample = Sample("storm@1", 7, 60, 58, 0, inconclusive=2)
    assert sample.conservative_bound == pytest.approx(0.101, abs=1e-3)
    assert (sample.bound or 1) < 0.06


def test_a_large_sample_does_not_overflow() -> None:
    assert upper_bound(100_000, 50) == pytest.approx(0.00063, abs=2e-5)


def test_bonferroni_shares_the_doubt() -> None:
    assert share(0.95, 10) == pytest.approx(0.995)


def test_variation_of_equal_values_is_nothing() -> None:
    assert variation([2, 2, 2]) == 0
    assert variation([]) == 0
    assert variation([1, 3]) == pytest.approx(2**0.5 / 2)
