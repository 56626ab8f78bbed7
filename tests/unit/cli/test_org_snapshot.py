"""`sfchaos org snapshot`: a live org (here: a second sfchaos over HTTP) as a folder, and the folder as an org."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sfchaos.cli.main import cli
from sfchaos.core.clock import SystemClock
from sfchaos.core.errors import BadFile, UnknownName, UsageError
from sfchaos.doors.server import Server
from sfchaos.org.org import Org
from sfchaos.org.schema.load import load_org, org_from_tree

TREE = {
    "objects": {
        "Project__c": {
            "label": "Project",
            "recordTypes": {"Inner": {}, "Outer": {}},
            "fields": {
                "Account__c": {"type": "reference", "referenceTo": ["Account"], "childRelationshipName": "Projects__r"},
                "Kind__c": {"type": "picklist", "picklistValues": ["A", {"value": "B", "label": "Bee"}]},
                "Part__c": {"type": "picklist", "controllerName": "Kind__c", "picklistValues": [{"value": "x", "validFor": ["A"]}, {"value": "y", "validFor": ["A", "B"]}]},
                "Code__c": {"type": "string", "length": 12, "externalId": True, "unique": True},
            },
        }
    }
}  # fmt: skip


@pytest.fixture
def live() -> Iterator[tuple[Org, str]]:
    """The org, and the address that it answers at."""
    org = Org(schema=org_from_tree(TREE, "live.yaml"), seed=3, clock=SystemClock())
    parent = org.admin.create("Account", Name="Bärbel Real GmbH", Phone="+49 89 1234567", Website="https://real.example", BillingStreet="Echtweg 1", External_Id__c="E-17")
    child = org.admin.create("Account", Name="Child of Real", ParentId=parent)
    org.admin.create("Contact", FirstName="Bärbel", LastName="Real", Email="baerbel@real.example", AccountId=parent, Birthdate="1970-05-05", Description="knows baerbel@real.example")
    org.admin.create("Contact", FirstName="Anna", LastName="Real", Email="BAERBEL@real.example", AccountId=child)
    kind = org.admin.query("SELECT Id FROM RecordType WHERE DeveloperName = 'Outer'")[0]["Id"]
    org.admin.create("Project__c", Name="Secret plan", Account__c=child, Kind__c="B", Part__c="y", Code__c="AB-99-xy", RecordTypeId=kind)
    with Server(org.handle, clock=org.clock, host="127.0.0.1", port=0) as server:
        yield org, server.url


def take(live: tuple[Org, str], out: Path, *arguments: str) -> Result:
    org, url = live
    env = {**org.credentials.environment(http_url=url), "SF_INSTANCE_URL": url}
    return CliRunner().invoke(cli, ["org", "snapshot", "--out", str(out), *arguments], env=env, catch_exceptions=False)


def test_a_snapshot_is_an_org_that_describes_alike_and_holds_scrubbed_rows(live: tuple[Org, str], tmp_path: Path) -> None:
    result = take(live, tmp_path / "crm", "--objects", "account,Contact,Project__c", "--rows", "10", "--seed", "5")
    assert result.exit_code == 0, result.output
    assert "3 objects and 5 scrubbed rows" in result.output
    org = Org(schema=load_org(tmp_path / "crm"))
    assert org.admin.query("SELECT Account__r.Parent.Name, Part__c, RecordType.DeveloperName FROM Project__c")[0]["RecordType"] == {"DeveloperName": "Outer"}
    parents = org.admin.rows("Account", ParentId=None)
    assert len(parents) == 1
    assert org.admin.count("Contact", AccountId=parents[0]["Id"]) == 1
    kept = org.schema.objects["project__c"].find("Part__c")
    assert kept is not None
    assert (kept.controller, kept.valid_for) == ("Kind__c", (("x", ("A",)), ("y", ("A", "B"))))


def test_nothing_of_a_person_is_written(live: tuple[Org, str], tmp_path: Path) -> None:
    take(live, tmp_path / "crm", "--rows", "10")
    text = "\n".join(path.read_text(encoding="utf-8") for path in (tmp_path / "crm").rglob("*.json"))
    for secret in ("Bärbel", "baerbel", "BAERBEL", "Real GmbH", "real.example", "1234567", "Echtweg", "E-17", "Secret plan", "AB-99", "1970-05-05"):
        assert secret not in text, secret
    assert live[0].credentials.environment()["SF_ACCESS_TOKEN"] not in text
    assert not list((tmp_path / "crm").rglob("*.part"))
    snapshot = json.loads((tmp_path / "crm" / "snapshot.json").read_text())
    assert (snapshot["rows"]["provenance"], snapshot["rows"]["seed"]) == ("scrubbed", "drawn and not kept")
    assert snapshot["source"].startswith("127.0.0.1:")


def test_equal_values_stay_equal_and_a_seed_repeats_the_replacements(live: tuple[Org, str], tmp_path: Path) -> None:
    for name in ("a", "b"):
        take(live, tmp_path / name, "--objects", "Contact,Account,Project__c", "--rows", "10", "--seed", "5")
    first, second = (json.loads((tmp_path / name / "rows" / "Contact.json").read_text()) for name in ("a", "b"))
    assert first == second
    assert first[0]["Email"] == first[1]["Email"]
    assert first[0]["FirstName"] != first[1]["FirstName"]
    code = json.loads((tmp_path / "a" / "rows" / "Project__c.json").read_text())[0]["Code__c"]
    assert [char if not char.isalnum() else "d" if char.isdigit() else "U" if char.isupper() else "l" for char in code] == list("UU-dd-ll")


def test_without_rows_only_the_schema_is_written(live: tuple[Org, str], tmp_path: Path) -> None:
    assert take(live, tmp_path / "crm", "--objects", "Lead").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "crm").rglob("*")) == ["Lead.json", "global.json", "snapshot.json"]


def test_an_object_that_is_not_there_is_named_with_the_nearest(live: tuple[Org, str], tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="did you mean 'Contact'"):
        take(live, tmp_path / "crm", "--objects", "Contcat")
    assert not (tmp_path / "crm").exists()


@pytest.mark.parametrize(("env", "saying"), [
    ({"SF_ACCESS_TOKEN": "x", "SF_INSTANCE_URL": "https://acme.my.salesforce.com"}, "acme.my.salesforce.com may be a production org: a snapshot is refused there, nothing was sent"),
    ({"SF_USERNAME": "a@b.example", "SF_PASSWORD": "p"}, "login.salesforce.com is the login of production orgs"),
    ({"SF_USERNAME": "a@b.example", "SF_PASSWORD": "p", "SF_LOGIN_URL": "https://acme.my.salesforce.com"}, "may be the login of a production org"),
    ({"SF_LOGIN_URL": "https://test.salesforce.com"}, "there is nothing to log in with"),
])  # fmt: skip
def test_production_is_never_contacted(tmp_path: Path, env: dict[str, str], saying: str) -> None:
    clean = dict.fromkeys(("SF_ACCESS_TOKEN", "SF_INSTANCE_URL", "SF_USERNAME", "SF_PASSWORD", "SF_LOGIN_URL", "SF_CLIENT_ID", "SF_PRIVATE_KEY", "SF_CLIENT_SECRET"))
    with pytest.raises(UsageError) as caught:
        CliRunner().invoke(cli, ["org", "snapshot", "--out", str(tmp_path / "o")], env={**clean, **env}, catch_exceptions=False)
    assert saying in str(caught.value)
    assert not (tmp_path / "o").exists()


def test_a_refused_token_is_said_as_the_org_says_it(live: tuple[Org, str], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="INVALID_SESSION_ID"):
        CliRunner().invoke(cli, ["org", "snapshot", "--out", str(tmp_path)], env={"SF_ACCESS_TOKEN": "00Dx!bad", "SF_INSTANCE_URL": live[1]}, catch_exceptions=False)


CLEAN = {name: None for name in os.environ if name.startswith("SF_")}
WAYS = {
    "password": ("SF_USERNAME", "SF_PASSWORD", "SF_SECURITY_TOKEN"), "jwt": ("SF_USERNAME", "SF_CLIENT_ID", "SF_PRIVATE_KEY"),
    "client credentials": ("SF_CLIENT_ID", "SF_CLIENT_SECRET"),
}  # fmt: skip


def login(live: tuple[Org, str], way: str, tmp_path: Path, **changed: str) -> Result:
    org, url = live
    key = tmp_path / "key.pem"
    key.write_text(org.credentials.private_key_pem())
    known = {**org.credentials.environment(http_url=url, key_path=str(key)), **changed}
    env = {**CLEAN, "SF_LOGIN_URL": url, **{name: known[name] for name in WAYS[way]}}
    return CliRunner().invoke(cli, ["org", "snapshot", "--objects", "Lead", "--out", str(tmp_path / "o")], env=env, catch_exceptions=False)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_log_in_leads_to_a_loopback_org_over_plain_http(live: tuple[Org, str], tmp_path: Path, way: str) -> None:
    result = login(live, way, tmp_path)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "o" / "Lead.json").exists()
    assert json.loads((tmp_path / "o" / "snapshot.json").read_text())["source"] == live[1].removeprefix("http://")


@pytest.mark.parametrize(("way", "changed", "saying"), [
    ("password", {"SF_PASSWORD": "wrong"}, "INVALID_LOGIN"), ("client credentials", {"SF_CLIENT_SECRET": "0" * 64}, "invalid_client"),
    ("jwt", {"SF_PRIVATE_KEY": "/nowhere/key.pem"}, "SF_PRIVATE_KEY cannot be used"), ("jwt", {"SF_PRIVATE_KEY": __file__}, "SF_PRIVATE_KEY cannot be used"),
])  # fmt: skip
def test_a_refused_login_is_said(live: tuple[Org, str], tmp_path: Path, way: str, changed: dict[str, str], saying: str) -> None:
    with pytest.raises(UsageError, match=saying):
        login(live, way, tmp_path, **changed)
    assert not (tmp_path / "o").exists()


RIGHTS = {
    "profiles": {"Clerk": {"objects": {"Account": ["read"], "Contact": ["read", "create", "edit"], "ObjectPermissions": ["read"]},
                           "fields": {"Contact.Email": ["read", "edit"], "Contact.Phone": ["read"]}, "system": ["ApiEnabled", "ViewSetup"]}},
    "permission_sets": {"More": {"objects": {"Account": ["read", "view_all"]}, "fields": {"Contact.Phone": ["read", "edit"]}}},
    "users": [{"username": "clerk@acme.example", "profile": "Clerk", "permission_sets": ["More"]}],
}  # fmt: skip


def test_the_rights_of_the_running_user_come_along_without_a_name(tmp_path: Path) -> None:
    org = Org(schema=org_from_tree(RIGHTS, "live.yaml"), seed=3, clock=SystemClock())
    with Server(org.handle, clock=org.clock, host="127.0.0.1", port=0) as server:
        result = take((org, server.url), tmp_path / "o", "--objects", "Account,Contact", "--permissions")
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "o" / "permissions.json").read_text()) == {
        "sfchaos_permissions": 1, "objects": {"Account": ["read", "view_all"], "Contact": ["read", "create", "edit"]},
        "fields": {"Contact.Email": ["read", "edit"], "Contact.Phone": ["read", "edit"]}, "system": ["ApiEnabled", "ViewSetup"],
    }  # fmt: skip
    assert "clerk" not in "".join(path.read_text().lower() for path in (tmp_path / "o").glob("*.json"))
    again = Org(schema=load_org(tmp_path / "o"))
    user = again.integration_user_id
    assert [row["Profile"]["Name"] for row in again.admin.query(f"SELECT Profile.Name FROM User WHERE Id = '{user}'")] == ["Snapshot of the running user"]
    from sfchaos.org import access

    contact = again.schema.objects["contact"]
    assert [access.may(again, user, contact, right) for right in ("read", "create", "edit", "delete")] == [True, True, True, False]
    assert not access.may(again, user, again.schema.objects["account"], "edit")
    assert not access.may(again, user, again.schema.objects["lead"], "read")


def test_rights_that_cannot_be_read_are_named(live: tuple[Org, str], tmp_path: Path) -> None:
    take(live, tmp_path, "--objects", "Lead")
    for text, saying in (('{"objects": {}}', "not the rights of a user"), ('{"sfchaos_permissions": 1, "objects": {"Lead": ["reed"]}}', "unknown right 'reed'"), ("{", "permissions.json:1: not JSON")):
        (tmp_path / "permissions.json").write_text(text)
        with pytest.raises(BadFile, match=saying):
            load_org(tmp_path)
