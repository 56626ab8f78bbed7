"""Dependent picklists, values that are no longer offered, inactive owners, currencies, auto numbers, keys in any alphabet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sfchaos.org.org import Org
from sfchaos.org.schema.currencies import with_currencies
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.model import Field

COUNTRY = Field("Country__c", "picklist", "Country", length=40, picklist=("France", "Italy"), restricted_picklist=True, custom=True)
CITY = Field(
    "City__c", "picklist", "City", length=40, picklist=("Paris", "Rome"), restricted_picklist=True, controller="Country__c", custom=True,
    valid_for=(("Paris", ("France",)), ("Rome", ("Italy",))),
)  # fmt: skip


def code(answer: tuple[int, Any]) -> str:
    return str(answer[1][0]["errorCode"])


def test_a_dependent_value_must_fit_its_controlling_value(make: Any) -> None:
    caller = make(COUNTRY, CITY)
    assert caller("POST", "/sobjects/Account", {"Name": "a", "Country__c": "Italy", "City__c": "Rome"})[0] == 201
    assert (
        code(caller("POST", "/sobjects/Account", {"Name": "a", "Country__c": "France", "City__c": "Rome"}))
        == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    )
    assert code(caller("POST", "/sobjects/Account", {"Name": "a", "City__c": "Rome"})) == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_an_update_is_held_against_the_controlling_value_that_is_there(make: Any) -> None:
    caller = make(COUNTRY, CITY)
    _, made = caller("POST", "/sobjects/Account", {"Name": "a", "Country__c": "Italy"})
    path = f"/sobjects/Account/{made['id']}"
    assert caller("PATCH", path, {"City__c": "Rome"})[0] == 204
    assert code(caller("PATCH", path, {"City__c": "Paris"})) == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_a_checkbox_may_control_a_picklist(make: Any) -> None:
    flag = Field("Flag__c", "boolean", "Flag", nillable=False, default=False, custom=True)
    caller = make(flag, replace(CITY, controller="Flag__c", valid_for=(("Paris", ("true",)), ("Rome", ("false",)))))
    assert caller("POST", "/sobjects/Account", {"Name": "a", "Flag__c": True, "City__c": "Paris"})[0] == 201
    assert caller("POST", "/sobjects/Account", {"Name": "a", "City__c": "Paris"})[0] == 400


def test_an_inactive_value_is_refused_where_the_picklist_is_restricted(make: Any) -> None:
    for restricted, status in ((True, 400), (False, 201)):
        caller = make(
            Field("Size__c", "picklist", "Size", length=40, picklist=("S", "L"), inactive_values=("M",), restricted_picklist=restricted, custom=True)
        )
        assert caller("POST", "/sobjects/Account", {"Name": "a", "Size__c": "M"})[0] == status
        assert caller("POST", "/sobjects/Account", {"Name": "a", "Size__c": "S"})[0] == 201


def test_values_of_a_multipicklist_come_once_and_in_the_order_of_its_definition(make: Any) -> None:
    caller = make(Field("Topics__c", "multipicklist", "Topics", length=4099, picklist=("one", "two", "three"), restricted_picklist=True, custom=True))
    caller("POST", "/sobjects/Account", {"Name": "a", "Topics__c": "three;one; three"})
    assert caller.query("SELECT Topics__c FROM Account") == [{"Topics__c": "one;three"}]
    assert (
        caller("POST", "/sobjects/Account", {"Name": "a", "Topics__c": "one;four"})[1][0]["message"]
        == "Topics: bad value for restricted picklist field: four"
    )


def test_nothing_is_given_to_an_inactive_user_but_what_one_owns_may_change(make: Any) -> None:
    caller = make()
    profile = caller.org.admin.rows("User")[0]["ProfileId"]
    gone = caller.org.admin.create("User", Username="gone@acme.example", LastName="Gone", Email="g@acme.example", Alias="gone", ProfileId=profile, IsActive=False,
                                   TimeZoneSidKey="GMT", LocaleSidKey="en_US", EmailEncodingKey="UTF-8", LanguageLocaleKey="en_US")  # fmt: skip
    assert caller("POST", "/sobjects/Account", {"Name": "a", "OwnerId": gone}) == (400, [{
        "message": f"operation performed with inactive user [{gone[:15]}] as owner of account", "errorCode": "INACTIVE_OWNER_OR_USER", "fields": ["OwnerId"],
    }])  # fmt: skip
    owned = caller.org.admin.create("Account", Name="b", OwnerId=gone)
    assert caller("PATCH", f"/sobjects/Account/{owned}", {"OwnerId": gone, "Phone": "1"})[0] == 204


def test_a_row_of_a_multi_currency_org_has_the_currency_of_its_user(make: Any) -> None:
    rows: list[dict[str, Any]] = [
        {"IsoCode": "EUR", "ConversionRate": 1, "DecimalPlaces": 2, "IsActive": True, "IsCorporate": True},
        {"IsoCode": "USD", "ConversionRate": 1.08, "DecimalPlaces": 2, "IsActive": True, "IsCorporate": False},
    ]  # fmt: skip
    org = Org(schema=with_currencies(standard_schema(), rows))
    caller = type(make())(org)
    caller("POST", "/sobjects/Account", {"Name": "a"})
    org.admin.update("User", org.integration_user_id, DefaultCurrencyIsoCode="USD")
    caller("POST", "/sobjects/Account", {"Name": "b"})
    caller("POST", "/sobjects/Account", {"Name": "c", "CurrencyIsoCode": "EUR"})
    assert [row["CurrencyIsoCode"] for row in caller.query("SELECT CurrencyIsoCode FROM Account ORDER BY Name")] == ["EUR", "USD", "EUR"]
    assert code(caller("POST", "/sobjects/Account", {"Name": "d", "CurrencyIsoCode": "QQQ"})) == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_auto_numbers_may_carry_the_date(make: Any) -> None:
    caller = make(
        Field("Number__c", "string", "Number", length=30, auto_number="A-{YYYY}{MM}{DD}-{000}", createable=False, updateable=False, custom=True)
    )
    for name in "ab":
        caller("POST", "/sobjects/Account", {"Name": name})
    assert [row["Number__c"] for row in caller.query("SELECT Number__c FROM Account ORDER BY Name")] == ["A-20260115-001", "A-20260115-002"]


def test_an_external_id_is_unique_without_case_in_any_alphabet(make: Any) -> None:
    caller = make()
    assert caller("POST", "/sobjects/Account", {"Name": "a", "External_Id__c": "Äpfel-ß"})[0] == 201
    assert code(caller("POST", "/sobjects/Account", {"Name": "b", "External_Id__c": "äPFEL-ß"})) == "DUPLICATE_VALUE"
    assert caller("POST", "/sobjects/Account", {"Name": "c", "External_Id__c": "ÄÖÜÄÖÜÄÖ"})[0] == 201
    assert code(caller("POST", "/sobjects/Account", {"Name": "d", "External_Id__c": "äöüÄÖÜäÖ"})) == "DUPLICATE_VALUE"


def test_degrees_have_bounds(make: Any) -> None:
    caller = make()
    assert caller("POST", "/sobjects/Account", {"Name": "a", "BillingLatitude": 90, "BillingLongitude": -180})[0] == 201
    assert code(caller("POST", "/sobjects/Account", {"Name": "a", "BillingLatitude": 90.5})) == "NUMBER_OUTSIDE_VALID_RANGE"
    assert code(caller("POST", "/sobjects/Account", {"Name": "a", "BillingLongitude": -181})) == "NUMBER_OUTSIDE_VALID_RANGE"


def test_a_formula_field_cannot_be_written_but_read_filtered_and_sorted(make: Any) -> None:
    f = Field(
        "Tag__c", "string", "Tag", length=80, formula_text='UPPER(Name) & "!"', calculated=True, createable=False, updateable=False, custom=True
    )
    caller = make(f)
    assert code(caller("POST", "/sobjects/Account", {"Name": "a", "Tag__c": "x"})) == "INVALID_FIELD_FOR_INSERT_UPDATE"
    ids = [caller("POST", "/sobjects/Account", {"Name": name})[1]["id"] for name in ("b", "a", "c")]
    assert caller("GET", f"/sobjects/Account/{ids[0]}?fields=Tag__c")[1]["Tag__c"] == "B!"
    assert caller.query("SELECT Tag__c FROM Account WHERE Tag__c != 'c!' ORDER BY Tag__c DESC") == [{"Tag__c": "B!"}, {"Tag__c": "A!"}]


def test_an_encrypted_text_is_masked_for_who_may_not_see_it(make: Any) -> None:
    card = Field("Card__c", "encryptedstring", "Card", length=40, mask="asterisk", mask_type="lastFour", filterable=False, custom=True)
    caller = make(card)
    _, made = caller("POST", "/sobjects/Account", {"Name": "a", "Card__c": "4111-1111-2222-1234"})
    sees = caller.org.admin.query("SELECT Card__c FROM Account")
    assert sees == [{"Card__c": "4111-1111-2222-1234"}]
    seen = caller("GET", f"/sobjects/Account/{made['id']}")[1]["Card__c"]
    assert seen == caller.query("SELECT Card__c FROM Account")[0]["Card__c"] == "****-****-****-1234"
