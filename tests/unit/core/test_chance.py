"""Chance is a hash: of the seed, the purpose and the position, and of nothing else."""

import pytest

from sfchaos.core.chance import ALPHANUMERIC, below, digest_of, pick, token, unit


def test_the_same_question_has_the_same_answer():
    assert unit(7, "r1", "row.create/Account#1~1") == unit(7, "r1", "row.create/Account#1~1")
    assert token(20, 7, "password") == token(20, 7, "password")


def test_seed_purpose_and_position_each_matter():
    assert len({unit(7, "r1", 1), unit(8, "r1", 1), unit(7, "r2", 1), unit(7, "r1", 2)}) == 4


def test_parts_do_not_run_together():
    assert digest_of(7, "a", "bc") != digest_of(7, "ab", "c")
    assert digest_of(7, "a") != digest_of(7, "a", "")


def test_known_answers_stay_what_they_are():
    """Replay tokens of earlier runs rest on these."""
    assert digest_of(7, "r1", size=4).hex() == "d3c64a63"


@pytest.mark.parametrize("bound", [1, 2, 7, 1000])
def test_whole_numbers_stay_below_their_bound_and_reach_it(bound):
    found = {below(bound, 3, n) for n in range(20 * bound)}
    assert found <= set(range(bound))
    assert min(found) == 0
    assert max(found) == bound - 1


def test_a_choice_is_one_of_the_choices():
    assert {pick("abc", 1, n) for n in range(50)} == {"a", "b", "c"}


@pytest.mark.parametrize("length", [0, 1, 64, 65, 200])
def test_tokens_have_the_length_asked_for(length):
    text = token(length, 5, "x")
    assert len(text) == length
    assert set(text) <= set(ALPHANUMERIC)


def test_a_longer_token_does_not_repeat_its_blocks():
    text = token(128, 5, "x")
    assert text[:64] != text[64:]


def test_a_token_keeps_to_its_alphabet():
    assert set(token(300, 5, "pin", alphabet="0123456789")) == set("0123456789")
