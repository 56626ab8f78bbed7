"""`[org] apexrest = ["module:function"]`."""

import pytest

from sfchaos.core.errors import UsageError
from sfchaos.core.messages import Request
from sfchaos.org.org import Org
from sfchaos.scenario.config import load_config
from sfchaos.scenario.handlers import register_handlers


def test_a_function_of_the_configuration_registers_handlers(tmp_path):
    (tmp_path / "sfchaos.toml").write_text('target = "sync:main"\n[org]\napexrest = ["own_apex_handlers:handlers"]\n')
    (tmp_path / "own_apex_handlers.py").write_text('def handlers(org):\n    org.apexrest("GET", "ping", lambda call: "pong")\n')
    config, org = load_config(tmp_path / "sfchaos.toml"), Org(seed=7)
    register_handlers(org, config.org.apexrest, config.root)
    headers = (("Authorization", f"Bearer {org.credentials.access_token}"),)
    assert org.handle(Request("GET", "https://acme.my.salesforce.com/services/apexrest/ping", headers)).body == b'"pong"'


@pytest.mark.parametrize("place", ["no_such_module_here:handlers", "json:no_such_function", ":x"])
def test_a_function_that_is_not_there_is_named(tmp_path, place):
    with pytest.raises(UsageError, match=place):
        register_handlers(Org(seed=7), [place], tmp_path)


def test_a_test_registers_handlers_on_its_rig():
    from sfchaos.rig.rig import Rig

    org = Org(seed=7)
    rig = Rig(org, seed=7)
    rig.org.apexrest("POST", "orders", lambda call: call.create("Account", Name="A"))
    rig.org.action("flow", "Place", lambda call: {"n": 1})
    headers = (("Authorization", f"Bearer {org.credentials.access_token}"), ("Content-Type", "application/json"))
    assert rig.handle(Request("POST", "https://acme.my.salesforce.com/services/apexrest/orders", headers, b"{}")).status == 200
    assert rig.handle(Request("POST", "https://acme.my.salesforce.com/services/data/v62.0/actions/custom/flow/Place", headers, b'{"inputs":[{}]}')).status == 200
    assert rig.org.count("Account") == 1
