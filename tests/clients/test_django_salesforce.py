"""django-salesforce, beyond the story (programs/django_deep.py): each step, and what must come of it."""

from __future__ import annotations

from typing import Any

import pytest

EXPECTED: dict[str, Any] = {
    "contains": ["Alpha 50%", "alphabet_"],
    "startswith": ["O'Beta \\ 'x'"],
    "wild": [["Alpha 50%"], ["alphabet_"], ["O'Beta \\ 'x'"]],
    "in": ["Alpha 50%", "alphabet_"],
    "isnull": [["O'Beta \\ 'x'"], 2],
    "range": [["Alpha 50%"], ["alphabet_"]],
    "date": [3, 0],
    "or": ["Alpha 50%", "O'Beta \\ 'x'"],
    "not": ["alphabet_"],
    "aggregate": [30.0, 10.0, 10.0, 20.0, 3.0],
    "group": [[None, 1], ["Banking", 1], ["Energy", 1]],
    "slice": [["alphabet_"], "Alpha 50%", "O'Beta \\ 'x'"],
    "exists": [False, True],
    "none": ["DoesNotExist", "MultipleObjectsReturned"],
    "select_related": ["admin@acme.example", "admin@acme.example"],
    "prefetch": [["Ada", "Bob"]],
    "semi_join": ["Parent"],
    "through_parent": ["Ada", "Bob"],
    "defer": [{"LastName": "Ada", "account__Name": "Parent"}],
    "self": "Parent",
    "owner_defaulted": True,
    "typed": ["1990-02-28", True],
    "bulk_create": [401, 401],
    "bulk_update": 401,
    "queryset_update": 10,
    "delete_too_many": "EXCEEDED_ID_LIMIT",
    "queryset_delete": [1, 0],
    "each_for_itself": ["INVALID_EMAIL_ADDRESS", 1],
    "all_or_none": ["INVALID_EMAIL_ADDRESS", 0],
    "query_all": 401,
    "save_gone": "ENTITY_IS_DELETED",
    "duplicate": "DUPLICATE_VALUE",
    "too_long": "STRING_TOO_LONG",
    "cursor": [["Ada", "Parent"]],
    "cursor_pages": [2500, 2500],
    "cursor_aggregate": [[2, "Bob"]],
    "cursor_refused": ["INVALID_FIELD", "INVALID_TYPE"],
    "raw": ["Bob"],
    "inspectdb": [True, True],
    "inspected_account": [True, True, True, True, True],
}


@pytest.mark.parametrize("step", EXPECTED)
def test_django_salesforce_comes_to_what_it_would_at_salesforce(step: str, deep: Any) -> None:
    assert deep("django-salesforce")[step] == EXPECTED[step]


def test_every_step_of_django_salesforce_is_checked(deep: Any) -> None:
    assert set(deep("django-salesforce")) == set(EXPECTED)
