"""retrieve() and checkRetrieveStatus(): what comes out goes in again."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path
from typing import Any

from sfchaos.org.org import Org
from sfchaos.org.schema.load import load_org


def retrieved(desk: Any, said: Any, **types: list[str]) -> tuple[Any, dict[str, bytes]]:
    wanted = "".join(f"<types>{''.join(f'<members>{name}</members>' for name in names)}<name>{kind}</name></types>" for kind, names in types.items())
    started = desk.say("retrieve", f"<request><apiVersion>62.0</apiVersion><unpackaged>{wanted}<version>62.0</version></unpackaged></request>")
    desk.org.clock.advance(60)
    status = desk.say("checkRetrieveStatus", f"<asyncProcessId>{said(started, './/id')}</asyncProcessId><includeZip>true</includeZip>")
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(said(status, ".//zipFile")))) as archive:
        return status, {name: archive.read(name) for name in archive.namelist()}


def test_the_zip_holds_what_was_asked_for(desk: Any, said: Any) -> None:
    status, files = retrieved(desk, said, CustomObject=["Invoice__c"], ConnectedApp=["*"])

    assert sorted(files) == ["unpackaged/connectedApps/Integration.connectedApp", "unpackaged/objects/Invoice__c.object", "unpackaged/package.xml"]
    assert [(one.findtext("fullName"), one.findtext("type")) for one in status.iter("fileProperties")] == [("Invoice__c", "CustomObject"), ("Integration", "ConnectedApp")]
    assert said(status, ".//status") == "Succeeded"


def test_what_is_not_there_is_a_message(desk: Any, said: Any) -> None:
    status, _ = retrieved(desk, said, PermissionSet=["Nobodys"], Flow=["*"])

    assert [one.findtext("problem") for one in status.iter("messages")] == [
        "Entity of type 'PermissionSet' named 'Nobodys' cannot be found", "Entity type 'Flow' is not available in this organization"]  # fmt: skip


def test_a_field_by_itself_comes_in_its_objects_file(desk: Any, said: Any) -> None:
    _, files = retrieved(desk, said, CustomField=["Account.External_Id__c"])
    text = files["unpackaged/objects/Account.object"].decode()

    assert ("<fullName>External_Id__c</fullName>" in text, "Legacy_Id__c" in text) == (True, False)


def test_what_comes_out_of_one_org_goes_into_another(desk: Any, said: Any, zip_of: Any) -> None:
    _, files = retrieved(desk, said, CustomObject=["Invoice__c"])
    other = type(desk)(Org(schema=load_org_without_invoices()), "")
    other.token = other.org.sessions.open(other.org.admin_user_id, grant="jwt-bearer").token
    status = other.deploy(files, rollbackOnError="true")
    _, again = retrieved(other, said, CustomObject=["Invoice__c"])

    assert said(status, ".//status") == "Succeeded", [one.findtext("problem") for one in status.iter("componentFailures")]
    assert again["unpackaged/objects/Invoice__c.object"] == files["unpackaged/objects/Invoice__c.object"]


def load_org_without_invoices() -> Any:
    from dataclasses import replace

    from sfchaos.org.schema.library import standard_schema

    schema = standard_schema()
    return replace(schema, objects={key: o for key, o in schema.objects.items() if not key.startswith("invoice") and o.flags.get("companionOf") != "Invoice__c"})


def test_an_org_from_source_gives_its_permission_sets_back(tmp_path: Path, desk: Any, said: Any, xml: Any) -> None:
    folder = tmp_path / "permissionsets"
    folder.mkdir()
    inside = "<label>Sync</label><objectPermissions><object>Account</object><allowRead>true</allowRead></objectPermissions>"
    (folder / "Sync.permissionset-meta.xml").write_text(xml("PermissionSet", inside), encoding="utf-8")
    other = type(desk)(Org(schema=load_org(tmp_path)), "")
    other.token = other.org.sessions.open(other.org.admin_user_id, grant="jwt-bearer").token
    record = other.read("PermissionSet", "Sync")

    assert (said(record, "label"), said(record, "objectPermissions/object"), said(record, "objectPermissions/allowEdit")) == ("Sync", "Account", "false")
