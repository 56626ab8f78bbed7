"""Which hosts the org answers for, and which may be hit with load."""

import pytest

from sfchaos.core.hosts import is_loopback, is_salesforce_host, is_sandbox_host


@pytest.mark.parametrize("host", ["login.salesforce.com", "TEST.salesforce.com", "acme.my.salesforce.com", "na12.salesforce.com", "acme.my.salesforce.com.", "acme--dev.sandbox.my.salesforce.com",
                                  "acme.lightning.force.com", "acme.my.site.force.com"])  # fmt: skip
def test_salesforce_serves_these(host):
    assert is_salesforce_host(host)


@pytest.mark.parametrize("host", ["salesforce.com.evil.example", "notsalesforce.com", "example.com", "localhost", "", "my.salesforce.com.example"])
def test_salesforce_does_not_serve_these(host):
    assert not is_salesforce_host(host)


@pytest.mark.parametrize("host", ["test.salesforce.com", "acme--dev.sandbox.my.salesforce.com", "ACME--DEV.Sandbox.My.Salesforce.com.", "acme.scratch.my.salesforce.com",
                                  "acme-dev-ed.develop.my.salesforce.com", "acme.trailblaze.my.salesforce.com", "localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"])  # fmt: skip
def test_these_cannot_be_production(host):
    assert is_sandbox_host(host)


@pytest.mark.parametrize("host", ["login.salesforce.com", "acme.my.salesforce.com", "cs12.salesforce.com", "na12.salesforce.com", "sandbox.my.salesforce.com", "acme.sandbox.my.salesforce.com.evil.example", "example.com",
                                  "127.0.0.1.example.com", "10.0.0.1", "localhost.example"])  # fmt: skip
def test_anything_else_counts_as_production(host):
    assert not is_sandbox_host(host)


def test_loopback_is_the_whole_network_127():
    assert [is_loopback(h) for h in ("127.0.0.1", "127.255.0.9", "LOCALHOST", "128.0.0.1", "127.0.0")] == [True, True, True, False, False]
