"""The receipt says what the org did, from what was asked and what changed."""

import pytest

from sfchaos.core.gate import Receipt


@pytest.mark.parametrize(("asked", "changed", "applied"), [(0, 0, "no"), (3, 0, "no"), (3, 1, "partly"), (3, 3, "yes"), (0, 1, "yes"), (1, 2, "yes")])
def test_applied_is_what_changed_of_what_was_asked(asked, changed, applied):
    assert Receipt(asked=asked, changed=changed).applied == applied


def test_receipts_share_nothing():
    first, second = Receipt(), Receipt()
    first.rows.append("x")
    first.facts["job"] = "J1"
    assert (second.rows, second.facts) == ([], {})
