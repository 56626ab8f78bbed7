"""Two orgs of somebody's own, whole: a Salesforce project and a folder of describes, under a program and under pytest."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
DATA = Path(__file__).parents[1] / "data"

METERS = '''
import os
from simple_salesforce import Salesforce, SalesforceMalformedRequest

sf = Salesforce(username=os.environ["SF_USERNAME"], password=os.environ["SF_PASSWORD"], security_token=os.environ["SF_SECURITY_TOKEN"])
account = sf.Account.create({"Name": "Volta"})["id"]
site = sf.Site__c.create({"Name": "Roof", "Account__c": account, "Address__City__s": "Kiel", "Place__Latitude__s": 54.3, "Place__Longitude__s": 10.1})["id"]
tariff = sf.Tariff__c.create({"Name": "Base", "Price__c": 0.3})["id"]
for serial, energy in (("a-1", "Electricity"), ("A-1", "Gas")):
    meter = sf.Meter__c.create({"Site__c": site, "Serial__c": serial, "Energy__c": energy, "Tariff__c": tariff})["id"]
for day, used in ((1, 100.5), (2, 20)):
    sf.Reading__c.upsert(f"Source_Id__c/r{day}", {"Meter__c": meter, "Used__c": used, "Read_On__c": f"2026-02-0{day}"})
for sobject, row in (("Reading__c", {"Meter__c": meter, "Used__c": -1, "Read_On__c": "2026-02-03"}), ("Meter__c", {"Site__c": site, "Serial__c": "b", "Energy__c": "Coal"})):
    try:
        getattr(sf, sobject).create(row)
    except SalesforceMalformedRequest as refused:
        print(refused.content[0]["errorCode"], refused.content[0]["fields"])
row = sf.query("SELECT Name, Used__c, Last_Read__c, Cost__c, Tax__c, Site__r.Meters__c, Site__r.Account__r.Sites__c, Site__r.Address__c FROM Meter__c WHERE Used__c > 0")["records"][0]
print(row["Name"], row["Used__c"], row["Last_Read__c"], row["Cost__c"], row["Tax__c"])
print(row["Site__r"]["Meters__c"], row["Site__r"]["Account__r"]["Sites__c"], row["Site__r"]["Address__c"]["city"])
print(sf.query("SELECT Endpoint__c FROM Grid_Operator__mdt")["records"][0]["Endpoint__c"])
print(sorted(info["developerName"] for info in sf.Visit__c.describe()["recordTypeInfos"]))
'''
PRINTED = """FIELD_CUSTOM_VALIDATION_EXCEPTION ['Used__c']
INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST ['Energy__c']
M-00002 120.5 2026-02-02 36.15 None
2.0 1.0 Kiel
https://north.example/readings
['Master', 'Planned', 'Urgent']
"""
NOT_READ = (
    "not read: Meter__c.Tariff__c: its lookup filter is not enforced",
    "not read: Meter__c.Tax__c: its formula is not computed and shows null: unknown global '$Setup'",
    "not read: Meter__c: validation rule Known_serial is not played: unknown function 'VLOOKUP'",
    "not read: flow (1 file): flows are not run", "not read: quantumFlag (1 file): this kind of metadata is not read",
)  # fmt: skip


@pytest.mark.parametrize("path", ["volta-energy", "volta-energy/force-app"])
def test_a_program_runs_against_the_org_of_its_project(shell, path: str) -> None:
    shutil.copytree(DATA / "volta-energy", shell.folder / "volta-energy")
    shell.script("meters.py", METERS)
    done = shell("run", "--org", path, "--seed", "3", *shell.python("meters.py"))
    assert done.returncode == 0, done.stderr
    assert done.stdout == PRINTED
    for sentence in NOT_READ:
        assert done.stderr.count(sentence) == 1, sentence


SHIPMENTS = '''
import os
from simple_salesforce import Salesforce, SalesforceMalformedRequest, SalesforceGeneralError
import pytest

def connect():
    return Salesforce(username=os.environ["SF_USERNAME"], password=os.environ["SF_PASSWORD"], security_token=os.environ["SF_SECURITY_TOKEN"])

def test_rows_formulas_and_keys(rig):
    sf = connect()
    rows = sf.query("SELECT Name, Rate__c, Carrier__r.Depot__c, RecordType.DeveloperName FROM Shipment__c ORDER BY Name")["records"]
    assert [(row["Name"], row["Rate__c"], row["RecordType"]["DeveloperName"]) for row in rows] == [("S-1", 4.0, "Freight"), ("S-2", 0.0, "Parcel")]
    assert rows[0]["Carrier__r"]["Depot__c"] == {"latitude": 53.55, "longitude": 9.99}
    made = sf.Shipment__c.create({"Name": "S-3", "Carrier__c": "a3K5e0000000002AAA", "Tracking__c": "x", "Weight__c": 2})["id"]
    assert made.startswith("a4X")
    assert sf.Shipment__c.get_by_custom_id("Tracking__c", "x")["Name"] == "S-3"

def test_the_user_may_do_what_the_snapshot_says(rig):
    sf = connect()
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_FIELD_FOR_INSERT_UPDATE"):
        sf.Shipment__c.create({"Name": "n", "Carrier__c": "a3K5e0000000002AAA", "Price__c": 3})
    with pytest.raises(SalesforceMalformedRequest, match="No such column 'Seal__c'"):
        sf.query("SELECT Seal__c FROM Shipment__c")
    assert not sf.Shipment__c.describe()["deletable"] or sf.Shipment__c.describe()["createable"]
    with pytest.raises(SalesforceMalformedRequest, match="not supported"):
        sf.query("SELECT Id FROM Account")

def test_a_lost_reply_is_repeated_by_key(rig):
    import requests
    rig.inject("net.response_lost", on="row.upsert/Shipment__c")
    sf = connect()
    for _ in range(2):
        try:
            sf.Shipment__c.upsert("Tracking__c/t-9", {"Name": "S-9", "Carrier__c": "a3K5e0000000001AAA"})
            break
        except requests.ConnectionError:
            pass
    assert rig.org.count("Shipment__c", Tracking__c="t-9") == 1
'''


@pytest.mark.parametrize("workers", [(), ("-n", "2", "-p", "xdist")])
def test_tests_play_on_the_org_of_a_describe_folder_and_say_what_is_not_played(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]) -> None:
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    shutil.copytree(DATA / "freight-describes", pytester.path / "freight")
    (pytester.path / "sfchaos.toml").write_text('name = "freight"\n[org]\nschema = "freight"\n')
    pytester.makepyfile(SHIPMENTS)
    result = pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider", *workers)
    result.assert_outcomes(passed=3)
    text = result.stdout.str()
    for sentence in ("not read: Shipment__c.acme__Quantum_Seal__c: its type 'quantumstring' is not known and is taken as text",
                     "not read: Carrier__c.Shipments__c: it is calculated and the describe does not say how; it shows null",
                     "not read: Shipment__c: it refers to objects whose describes are not in the folder (acme__Route__c)"):  # fmt: skip
        assert text.count(sentence) == 1, text


def test_a_session_that_never_opens_a_rig_says_nothing(pytester: pytest.Pytester) -> None:
    shutil.copytree(DATA / "freight-describes", pytester.path / "freight")
    (pytester.path / "sfchaos.toml").write_text('name = "freight"\n[org]\nschema = "freight"\n')
    pytester.makepyfile("def test_nothing(): pass")
    assert "not read" not in pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider").stdout.str()
