"""A load test never runs against production, and never spends more than its share of the day's calls."""

import pytest

from sfchaos.core.errors import UsageError
from sfchaos.load import refuse_production
from sfchaos.load.guard import Budget, BudgetSpent


@pytest.mark.parametrize(("url", "origin"), [
    ("http://127.0.0.1:8700", "http://127.0.0.1:8700"), ("http://localhost:8700/services/data", "http://localhost:8700"),
    ("https://acme--uat.sandbox.my.salesforce.com", "https://acme--uat.sandbox.my.salesforce.com"),
    ("acme--uat.sandbox.my.salesforce.com/", "https://acme--uat.sandbox.my.salesforce.com"),
    ("https://acme-dev-ed.develop.my.salesforce.com", "https://acme-dev-ed.develop.my.salesforce.com"),
    ("https://user@energy-1.scratch.my.salesforce.com", "https://energy-1.scratch.my.salesforce.com"),
])  # fmt: skip
def test_sandboxes_and_loopback_are_taken(url, origin):
    assert refuse_production(url) == origin


@pytest.mark.parametrize("url", [
    "https://login.salesforce.com", "https://acme.my.salesforce.com", "acme.my.salesforce.com", "https://na12.salesforce.com", "https://crm.acme.example",
    "https://acme--uat.sandbox.my.salesforce.com.evil.example", "https://acme.my.salesforce.com:443/?x=.sandbox.my.salesforce.com",
    "https://acme--uat.sandbox.my.salesforce.com@acme.my.salesforce.com", "HTTPS://ACME.MY.SALESFORCE.COM",
])  # fmt: skip
def test_everything_else_counts_as_production(url):
    with pytest.raises(UsageError, match=r"nothing was sent") as caught:
        refuse_production(url)
    assert "sandbox" in caught.value.remedy
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("url", ["", "https://", "ftp://127.0.0.1"])
def test_what_is_no_address_is_said_to_be_none(url):
    with pytest.raises(UsageError, match="no address"):
        refuse_production(url)


def test_the_login_host_of_sandboxes_serves_no_data():
    with pytest.raises(UsageError, match="serves no data"):
        refuse_production("https://test.salesforce.com")


def test_the_budget_ends_above_its_share():
    budget = Budget(0.5)
    budget.note("api-usage=7500/15000")
    assert not budget.spent
    with pytest.raises(BudgetSpent, match="7501 of 15000"):
        budget.note("api-usage=7501/15000; per-app-api-usage=17/250(appName=sample-app)")


@pytest.mark.parametrize("text", ["", "per-app-api-usage=250/250(appName=x)", "api-usage=a/b"])
def test_a_header_without_the_orgs_numbers_says_nothing(text):
    budget = Budget(0.1)
    budget.note(text)
    assert (budget.used, budget.allowed, budget.spent) == (0, 0, False)


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_share_is_between_nothing_and_all(share):
    with pytest.raises(UsageError):
        Budget(share)
