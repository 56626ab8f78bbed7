"""Record ids, wire reference 8.1."""

import pytest

from sfchaos.org.ids import checksum, is_id, make_id, to_18


def test_the_checksum_of_the_documented_example():
    assert to_18("0015e00000AAAAA") == "0015e00000AAAAAAA5"


@pytest.mark.parametrize(("id15", "three"), [("000000000000000", "AAA"), ("AAAAAAAAAAAAAAA", "555"), ("A0000000000000A", "BAQ"), ("aaaaaaaaaaaaaaa", "AAA")])
def test_each_group_of_five_gives_one_character(id15, three):
    assert checksum(id15) == three


def test_ids_count_up_in_the_order_in_which_they_sort():
    ids = [make_id("001", number) for number in (1, 9, 10, 61, 62, 3843, 3844, 62**4)]
    assert ids == sorted(ids)
    assert ids[0] == "0015e0000000001AAA"
    assert ids[3][:15] == "0015e000000000z"
    assert ids[4][:15] == "0015e0000000010"


@pytest.mark.parametrize(("text", "right"), [
    ("0015e00000AAAAA", True), ("0015e00000AAAAAAA5", True), ("0015e00000AAAAAZZZ", True), ("", False), ("0015e00000AAAA", False), ("0015e00000AAAAAA", False),
    ("0015e00000AAAA-", False), ("0015e00000AAAAAA5", False), ("0015e00000AAAAA\n", False),
])  # fmt: skip
def test_ids_have_15_or_18_characters_of_base_62(text, right):
    assert is_id(text) is right


def test_a_wrong_checksum_is_put_right():
    assert to_18("0015e00000AAAAAZZZ") == "0015e00000AAAAAAA5"
