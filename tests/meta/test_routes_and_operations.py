"""Faults, judges and coverage know what the org serves: each route has an operation."""

import re

import pytest

from sfchaos.core.messages import Request
from sfchaos.core.operations import OPERATIONS, classify
from sfchaos.org.org import Org

ROUTES = sorted(Org().routes.all(), key=lambda route: (route.template, route.method))
BY_DESIGN = {"/services/data/{v}/recent", "/id/{org}/{user}", "/id/keys", "/.well-known/openid-configuration", "/services/oauth2/userinfo", "/services/data/{v}", "/services/data/{v}/composite", "/services/data/{v}/tooling", "/"}  # identity and resource lists: read, and no operation of its own
SAMPLES = {"v": "v62.0", "sobject": "Account", "id": "001000000000001AAA", "field": "External_Id__c", "value": "A-1", "locator": "01g000000000001AAA-2000"}


def path_of(route):
    return re.sub(r"\{(\w+)\}", lambda found: SAMPLES.get(found[1], "750000000000001AAA"), route.template)


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r.method} {r.template}")
def test_a_route_of_the_org_has_an_operation(route):
    found = classify(Request(route.method, f"https://acme.my.salesforce.com{path_of(route)}"))
    assert found.op in OPERATIONS or found.op.startswith("soap.")
    assert found.op != "other" or route.template in BY_DESIGN


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r.method} {r.template}")
def test_what_a_route_changes_is_no_read(route):
    """A write that counted as a read would never be judged as repeated."""
    found = classify(Request(route.method, f"https://acme.my.salesforce.com{path_of(route)}"))
    if route.method in ("PATCH", "PUT", "DELETE"):
        assert found.kind in ("idem", "nonidem", "transition"), found
