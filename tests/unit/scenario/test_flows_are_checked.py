"""Names in flows and in `env` that are nowhere: told before anything is judged, at their line."""

import json
import sys

import pytest

from sfchaos.core.errors import BadFile, UnknownName

FLOW = """
[[flow]]
id = "a"
direction = "to-salesforce"
sobject = "Account"
external_id = "External_Id__c"
operations = ["create"]
source = {csv = "rows.csv", key = "erp_id"}
fields = {Name = "title", External_Id__c = "erp_id"}
sensitive = ["Phone"]
"""
SILENT = "def main(): pass"


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ('sobject = "Account"', 'sobject = "Acount"', ("sfchaos.toml:6: unknown sObject 'Acount'", "'Account'")),
        ("{Name =", "{Nmae =", ("sfchaos.toml:10: Account has no field 'Nmae' (did you mean 'Name'?)", "remedy: ")),
        ('_id = "External_Id__c"', '_id = "Externl_Id__c"', ("sfchaos.toml:7: Account has no field 'Externl_Id__c' (did you mean 'External_Id__c'?)",)),
        ('"Phone"', '"Telephone"', ("sfchaos.toml:11: Account has no field 'Telephone'",)),
        ('"title"', '"titel"', ("sfchaos.toml:10: rows.csv has no column 'titel' (did you mean 'title'?)", "its columns: erp_id, title")),
        ('key = "erp_id"', 'key = "id"', ("sfchaos.toml:9: rows.csv has no column 'id'",)),
    ],
)
def test_a_name_in_a_flow_that_is_nowhere_is_a_mistake_of_the_file(target, scenario, tmp_path, good, bad, told):
    (tmp_path / "rows.csv").write_text("erp_id,title\n1,Acme\n")
    assert good in FLOW
    lost = scenario({"fault": "net.response_lost", "on": "row.create/Account"})
    with pytest.raises(BadFile) as stop:
        target(SILENT, FLOW.replace(good, bad, 1)).play(lost)
    for words in told:
        assert words in str(stop.value)
    assert target(SILENT, FLOW).play(lost).outcome, "the file without the mistake is played"


def test_an_unknown_variable_in_env_is_told_with_the_nearest(target, scenario):
    with pytest.raises(UnknownName, match=r"env.CRM_PW: unknown variable 'SF_PASSWRD'\n  did you mean 'SF_PASSWORD'"):
        target(SILENT, 'env = {CRM_PW = "$SF_PASSWRD"}').play(scenario({"fault": "net.response_lost", "on": "row.create/Account"}))


def test_a_program_s_own_names_reach_the_proxy_s_variables_too(target, scenario, tmp_path):
    (tmp_path / "own.py").write_text("import os, sys\nsys.exit(os.environ['CRM_URL'] != os.environ['SFCHAOS_HTTP'] or os.environ['MODE'] != 'nightly')")
    session = target(SILENT, 'env = {CRM_URL = "$SFCHAOS_HTTP", MODE = "nightly"}', command=json.dumps([sys.executable, "own.py"]))
    assert session.twin(scenario({"fault": "net.response_lost", "on": "row.create/Account"})).history.ending.exit == 0
