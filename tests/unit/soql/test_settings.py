"""What a user's time zone, locale and currency change."""

from __future__ import annotations

import pytest

from sfchaos.org.org import Org
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.soql import prepare, run
from sfchaos.org.soql.settings import MONDAY, SATURDAY, SUNDAY, first_weekday


@pytest.fixture
def org():
    org = Org(seed=1)  # 2026-01-15T09:00:00Z, a Thursday
    org.admin.create("Opportunity", Name="Deal", StageName="Prospecting", CloseDate="2026-07-04", Amount=-1234567.5)
    return org


def one(org, text):
    return run(org, text, user_id=org.integration_user_id).rows[0]


@pytest.mark.parametrize(
    ("locale", "zone", "day", "moment", "amount"),
    [
        ("en_US", "GMT", "7/4/2026", "1/15/2026, 9:00 AM", "-$1,234,567.50"),
        ("en_US", "America/Los_Angeles", "7/4/2026", "1/15/2026, 1:00 AM", "-$1,234,567.50"),
        ("en_GB", "Europe/London", "04/07/2026", "15/01/2026, 09:00", "-$1,234,567.50"),
        ("de_DE", "Europe/Berlin", "04.07.2026", "15.01.2026, 10:00", "-1.234.567,50 $"),
        ("fr_FR", "GMT", "7/4/2026", "1/15/2026, 9:00 AM", "-$1,234,567.50"),
    ],
)
def test_format_follows_locale_and_time_zone(org, locale, zone, day, moment, amount):
    org.admin.update("User", org.integration_user_id, LocaleSidKey=locale, TimeZoneSidKey=zone)
    org.store.run('UPDATE "Opportunity" SET Amount = -1234567.5')
    found = run(org, "SELECT FORMAT(CloseDate), FORMAT(CreatedDate), FORMAT(Amount) FROM Opportunity", user_id=org.integration_user_id)
    scale = org.schema.find("Opportunity").find("Amount").scale
    assert scale == 2
    assert found.rows == [{"CloseDate": day, "CreatedDate": moment, "Amount": amount}]
    assert next(found.flat_rows()) == (day, moment, amount)


def test_a_plan_is_not_shared_between_time_zones(org):
    text = "SELECT HOUR_IN_DAY(convertTimezone(CreatedDate)) h FROM Opportunity GROUP BY HOUR_IN_DAY(convertTimezone(CreatedDate))"
    assert one(org, text) == {"h": 9}
    org.admin.update("User", org.integration_user_id, TimeZoneSidKey="Asia/Tokyo")
    assert one(org, text) == {"h": 18}


def test_local_dates_know_summer_time(org):
    org.admin.update("User", org.integration_user_id, TimeZoneSidKey="Europe/Berlin")
    org.store.run("""UPDATE "Opportunity" SET CreatedDate = '2026-06-30T22:30:00.000+0000'""")
    group = "DAY_ONLY(convertTimezone(CreatedDate))"
    assert one(org, f"SELECT {group} d FROM Opportunity GROUP BY {group}") == {"d": "2026-07-01"}
    assert one(org, "SELECT DAY_ONLY(CreatedDate) d FROM Opportunity GROUP BY DAY_ONLY(CreatedDate)") == {"d": "2026-06-30"}


def test_weeks_start_as_in_the_locale(org):
    org.clock.advance(3 * 86_400)  # Sunday, 18 January
    org.store.run("UPDATE \"Opportunity\" SET CloseDate = '2026-01-13'")  # the Tuesday before
    text = "SELECT Name FROM Opportunity WHERE CloseDate = THIS_WEEK"
    assert run(org, text, user_id=org.integration_user_id).rows == []
    org.admin.update("User", org.integration_user_id, LocaleSidKey="de_DE")
    assert one(org, text) == {"Name": "Deal"}


@pytest.mark.parametrize(
    ("locale", "day"),
    [("en_US", SUNDAY), ("de_DE", MONDAY), ("en_GB", MONDAY), ("ar_EG", SATURDAY), ("pt_BR", SUNDAY), ("fr", MONDAY), ("en", SUNDAY)],
)
def test_the_first_day_of_a_week(locale, day):
    assert first_weekday(locale) == day


@pytest.fixture
def many():
    """An org with several currencies: one dollar is two marks or half a crown."""
    schema = standard_schema()
    code = Field("CurrencyIsoCode", length=3)
    system = tuple(f for f in schema.find("Invoice__c").fields if not f.custom and f.name not in ("OwnerId", "Name"))
    kinds = SObject(
        "CurrencyType",
        "Currency",
        "Currencies",
        "01L",
        (*system, Field("IsoCode", length=3), Field("ConversionRate", "double", precision=18, scale=6)),
    )
    schema = schema.with_object(schema.find("Opportunity").with_field(code)).with_object(
        schema.find("User").with_field(Field("DefaultCurrencyIsoCode", length=3))
    )
    org = Org(schema=schema.with_object(kinds), seed=1)
    for iso, rate in (("USD", 1), ("DEM", 2), ("CZK", 0.5)):
        org.admin.create("CurrencyType", IsoCode=iso, ConversionRate=rate)
    for name, iso, amount in (("D", "USD", 100), ("M", "DEM", 100), ("K", "CZK", 100)):
        org.admin.create("Opportunity", Name=name, StageName="Prospecting", CloseDate="2026-07-04", Amount=amount, CurrencyIsoCode=iso)
    return org


def amounts(org, text):
    return [tuple(row.values()) for row in run(org, text, user_id=org.integration_user_id).rows]


def test_convert_currency_uses_the_rates(many):
    assert amounts(many, "SELECT Name, convertCurrency(Amount) FROM Opportunity") == [("D", 100.0), ("M", 50.0), ("K", 200.0)]
    many.admin.update("User", many.integration_user_id, DefaultCurrencyIsoCode="DEM")
    assert amounts(many, "SELECT Name, convertCurrency(Amount) FROM Opportunity") == [("D", 200.0), ("M", 100.0), ("K", 400.0)]


def test_aggregates_add_amounts_in_the_corporate_currency(many):
    assert amounts(many, "SELECT SUM(Amount), AVG(Amount), MIN(Amount), MAX(Amount), COUNT(Amount) FROM Opportunity WHERE Name != 'K'") == [(150.0, 75.0, 50.0, 100.0, 2)]
    assert amounts(many, "SELECT CurrencyIsoCode, SUM(Amount) FROM Opportunity GROUP BY CurrencyIsoCode HAVING SUM(Amount) >= 100 ORDER BY SUM(Amount) DESC") == [
        ("CZK", 200.0), ("USD", 100.0)
    ]  # fmt: skip
    many.admin.update("User", many.integration_user_id, DefaultCurrencyIsoCode="DEM")
    assert amounts(many, "SELECT SUM(Amount), convertCurrency(SUM(Amount)) FROM Opportunity") == [(350.0, 700.0)]


def test_format_names_the_currency_where_there_are_several(many):
    assert amounts(many, "SELECT FORMAT(Amount) a, FORMAT(convertCurrency(Amount)) b FROM Opportunity WHERE Name = 'M'") == [
        ("DEM 100.00", "USD 50.00")
    ]


def test_currency_literals_compare_across_currencies(many):
    assert amounts(many, "SELECT Name FROM Opportunity WHERE Amount >= USD100") == [("D",), ("K",)]
    assert amounts(many, "SELECT Name FROM Opportunity WHERE Amount < DEM200") == [("M",)]
    assert amounts(many, "SELECT Name FROM Opportunity WHERE Amount >= 100") == [("D",), ("M",), ("K",)]


def test_an_index_serves_text_beyond_ascii(org):
    org.admin.create("Account", Name="Müller", External_Id__c="É-1")
    statement = prepare(org, "SELECT Id FROM Account WHERE External_Id__c = 'é-1'", user_id=org.integration_user_id)
    assert len(statement.all().rows) == 1
    steps = [
        row[3] for row in org.store.all("EXPLAIN QUERY PLAN " + statement.plan.sql(statement.plan.select_sql), statement.values[id(statement.plan)])
    ]
    assert any("USING INDEX ix_Account_External_Id__c" in step for step in steps)


def test_literals_within_and_beyond_ascii_have_plans_of_their_own(org):
    for name in ("Müller", "Miller"):
        org.admin.create("Account", Name=name)
    for asked, there in (("MILLER", "Miller"), ("MÜLLER", "Müller"), ("miller", "Miller"), ("m\\u00fcller", "Müller"), ("m\\u0069ller", "Miller")):
        assert one(org, f"SELECT Name FROM Account WHERE Name = '{asked}'") == {"Name": there}
