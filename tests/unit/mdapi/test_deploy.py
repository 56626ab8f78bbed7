"""deploy(), checkDeployStatus(), cancelDeploy(): states, order, rollback, and what a deployment changes in the running org."""

from __future__ import annotations

import base64
import json
from typing import Any

NEW_OBJECT = "<label>{0}</label><pluralLabel>{0}s</pluralLabel><nameField><label>Name</label><type>Text</type></nameField><sharingModel>ReadWrite</sharingModel>"
BAD_SET = "<label>Bad</label><fieldPermissions><editable>true</editable>\n<field>Account.Nowhere__c</field><readable>true</readable></fieldPermissions>"


def outcomes(status: Any, kind: str) -> list[tuple[str, str]]:
    return [(one.findtext("componentType") or "", one.findtext("fullName") or "") for one in status.iter(kind)]


def test_a_deployment_moves_on_the_orgs_clock(desk: Any, said: Any, zip_of: Any, xml: Any, manifest: Any) -> None:
    files = {"package.xml": manifest(PermissionSet=["Sync"]), "permissionsets/Sync.permissionset": xml("PermissionSet", "<label>Sync</label>")}
    started = desk.say("deploy", f"<ZipFile>{base64.b64encode(zip_of(files)).decode()}</ZipFile>")
    job, seen = said(started, ".//id"), []
    for _ in range(3):
        seen.append(said(desk.status(job), ".//status"))
        desk.org.clock.advance(1)

    assert (said(started, ".//state"), job[:3], seen) == ("Queued", "0Af", ["Pending", "InProgress", "Succeeded"])


def test_parts_that_stand_on_one_another_come_in_any_order(desk: Any, said: Any, xml: Any, manifest: Any) -> None:
    total = ("<fields><fullName>Total__c</fullName><label>Total</label><type>Summary</type><summaryForeignKey>Z_Line__c.Head__c</summaryForeignKey>"
             "<summaryOperation>sum</summaryOperation><summarizedField>Z_Line__c.Amount__c</summarizedField></fields>"
             "<fields><fullName>Double__c</fullName><label>D</label><type>Number</type><precision>9</precision><scale>1</scale><formula>Total__c * 2</formula></fields>")  # fmt: skip
    line = ("<fields><fullName>Amount__c</fullName><label>A</label><type>Number</type><precision>9</precision><scale>1</scale></fields>"
            "<fields><fullName>Head__c</fullName><label>H</label><type>MasterDetail</type><referenceTo>A_Head__c</referenceTo><relationshipName>Lines</relationshipName></fields>")  # fmt: skip
    status = desk.deploy({
        "package.xml": manifest(CustomObject=["A_Head__c", "Z_Line__c"]), "objects/A_Head__c.object": xml("CustomObject", NEW_OBJECT.format("Head") + total),
        "objects/Z_Line__c.object": xml("CustomObject", NEW_OBJECT.format("Line").replace("ReadWrite", "ControlledByParent") + line),
    })  # fmt: skip
    head = desk.org.admin.create("A_Head__c", Name="H")
    for amount in (1.5, 2):
        desk.org.admin.create("Z_Line__c", Head__c=head, Amount__c=amount)

    assert (said(status, ".//status"), said(status, ".//numberComponentsDeployed")) == ("Succeeded", "6")
    assert desk.org.admin.query("SELECT Total__c, Double__c FROM A_Head__c") == [{"Total__c": 3.5, "Double__c": 7.0}]
    assert desk.org.schema.objects["z_line__c"].find("OwnerId") is None
    assert desk.org.schema.find("Z_Line__Share") is None


def test_one_failure_takes_all_back_when_asked(desk: Any, said: Any, xml: Any, manifest: Any) -> None:
    files = {"package.xml": manifest(PermissionSet=["Bad", "Good"]), "permissionsets/Bad.permissionset": xml("PermissionSet", BAD_SET),
             "permissionsets/Good.permissionset": xml("PermissionSet", "<label>Good</label>")}  # fmt: skip
    kept = said(desk.deploy(files, rollbackOnError="true"), ".//status"), desk.org.admin.count("PermissionSet", Name="Good")
    partly = said(desk.deploy(files, rollbackOnError="false"), ".//status"), desk.org.admin.count("PermissionSet", Name="Good")

    assert (kept, partly) == (("Failed", 0), ("SucceededPartial", 1))


def test_a_failure_names_file_line_and_problem(desk: Any, said: Any, xml: Any, manifest: Any) -> None:
    status = desk.deploy({"package.xml": manifest(PermissionSet=["Bad"]), "permissionsets/Bad.permissionset": xml("PermissionSet", BAD_SET)})
    [failure] = status.iter("componentFailures")

    assert {child.tag: child.text for child in failure if child.tag in ("fileName", "lineNumber", "problem", "problemType", "success", "componentType")} == {
        "componentType": "PermissionSet", "fileName": "permissionsets/Bad.permissionset", "lineNumber": "2", "problemType": "Error", "success": "false",
        "problem": "In field: field - no CustomField named Account.Nowhere__c found",
    }  # fmt: skip
    assert said(status, ".//success") != "true" or said(status, ".//status") == "Failed"


def test_a_validation_leaves_nothing_behind(desk: Any, said: Any, xml: Any, manifest: Any) -> None:
    before = desk.org.schema
    status = desk.deploy({"package.xml": manifest(CustomObject=["P__c"]), "objects/P__c.object": xml("CustomObject", NEW_OBJECT.format("P"))}, checkOnly="true")

    assert (said(status, ".//status"), said(status, ".//checkOnly")) == ("Succeeded", "true")
    assert desk.org.schema is before


def test_a_deployed_permission_set_gives_its_holders_rights(desk: Any, xml: Any, manifest: Any) -> None:
    from sfchaos.org import access

    org = desk.org
    profile = org.admin.rows("Profile", Name="Minimum Access - API Only Integrations")[0]["Id"]
    who = org.admin.create("User", Username="m@acme.example", LastName="M", Alias="m", Email="m@acme.example", ProfileId=profile, TimeZoneSidKey="GMT",
                           LocaleSidKey="en_US", EmailEncodingKey="UTF-8", LanguageLocaleKey="en_US")  # fmt: skip
    account = org.schema.objects["account"]
    inside = ("<label>Sync</label><objectPermissions><object>Account</object><allowRead>true</allowRead><allowEdit>true</allowEdit></objectPermissions>"
              "<fieldPermissions><field>Account.Phone</field><readable>true</readable><editable>false</editable></fieldPermissions>"
              "<userPermissions><name>ViewSetup</name><enabled>true</enabled></userPermissions>")  # fmt: skip
    desk.deploy({"package.xml": manifest(PermissionSet=["Sync"]), "permissionsets/Sync.permissionset": xml("PermissionSet", inside)})
    before = access.may(org, who, account, "read")
    org.admin.create("PermissionSetAssignment", AssigneeId=who, PermissionSetId=org.admin.rows("PermissionSet", Name="Sync")[0]["Id"])
    phone = account.by_key["phone"]

    assert (before, access.may(org, who, account, "read"), access.may(org, who, account, "edit"), access.may(org, who, account, "delete")) == (False, True, True, False)
    assert (access.can_read(org, who, account, phone), access.can_write(org, who, account, phone), access.has_system(org, who, "ViewSetup")) == (True, False, True)

    desk.deploy({"package.xml": manifest(PermissionSet=["Sync"]), "permissionsets/Sync.permissionset": xml("PermissionSet", "<label>Sync</label>")})
    assert (access.may(org, who, account, "read"), access.has_system(org, who, "ViewSetup")) == (False, False)


def test_a_deployed_profile_changes_only_what_it_names(desk: Any, xml: Any, manifest: Any) -> None:
    from sfchaos.org import access

    org, who = desk.org, desk.org.integration_user_id
    account, contact = org.schema.objects["account"], org.schema.objects["contact"]
    inside = ("<custom>true</custom><objectPermissions><object>Account</object><allowRead>true</allowRead></objectPermissions>"
              "<loginIpRanges><startAddress>10.0.0.1</startAddress><endAddress>10.0.0.9</endAddress></loginIpRanges>")  # fmt: skip
    desk.deploy({"package.xml": manifest(Profile=["Integration"]), "profiles/Integration.profile": xml("Profile", inside)})

    assert (access.may(org, who, account, "read"), access.may(org, who, account, "edit"), access.may(org, who, contact, "edit")) == (True, False, True)
    assert org.identity.policies.of_user(who).ip_ranges == (("10.0.0.1", "10.0.0.9"),)


def test_a_deployed_connected_app_lets_only_approved_users_in(desk: Any, said: Any, xml: Any, manifest: Any) -> None:
    org = desk.org
    app = ("<contactEmail>a@b.example</contactEmail><label>Depot</label><oauthConfig><callbackUrl>https://d.example/cb</callbackUrl>"
           "<consumerKey>DepotKey0123456789</consumerKey><consumerSecret>Hush0123</consumerSecret><isAdminApproved>{0}</isAdminApproved><scopes>Api</scopes></oauthConfig>")  # fmt: skip
    known = org.credentials
    form = (f"grant_type=password&client_id=DepotKey0123456789&client_secret=Hush0123&username={known.username}&password={known.password}{known.security_token}")

    def login() -> tuple[int, str]:
        reply = desk.send("POST", "/services/oauth2/token", form.encode(), "application/x-www-form-urlencoded")
        return reply.status, json.loads(reply.body).get("error", "")

    before = login()
    desk.deploy({"package.xml": manifest(ConnectedApp=["Depot"]), "connectedApps/Depot.connectedApp": xml("ConnectedApp", app.format("false"))})
    free = login()
    desk.deploy({"package.xml": manifest(ConnectedApp=["Depot"]), "connectedApps/Depot.connectedApp": xml("ConnectedApp", app.format("true"))})
    closed = login()
    desk.say("deleteMetadata", "<type>ConnectedApp</type><fullNames>Depot</fullNames>")

    assert (before[1], free, closed[0], login()[1]) == ("invalid_client_id", (200, ""), 400, "invalid_client_id")
    assert "Hush" not in str(org.registers.mdapi)


def test_destructive_changes_remove(desk: Any, said: Any, xml: Any, manifest: Any) -> None:
    desk.save("createMetadata", "CustomObject", "P__c", NEW_OBJECT.format("P"))
    status = desk.deploy({"package.xml": manifest(), "destructiveChanges.xml": manifest(CustomObject=["P__c", "Q__c"])})

    assert desk.org.schema.find("P__c") is None
    assert [(one.findtext("fullName"), one.findtext("deleted"), one.findtext("problem")) for one in status.iter("componentSuccesses")][1:] == [
        ("P__c", "true", None), ("Q__c", "false", "No CustomObject named: Q__c found")]  # fmt: skip


def test_types_that_the_org_does_not_hold_fail(desk: Any, said: Any, xml: Any, manifest: Any) -> None:
    status = desk.deploy({"package.xml": manifest(ApexClass=["Foo"]), "classes/Foo.cls": "public class Foo {}", "classes/Foo.cls-meta.xml": xml("ApexClass", "")},
                         rollbackOnError="true")  # fmt: skip

    assert said(status, ".//status") == "Failed"
    assert {one.findtext("problem") for one in status.iter("componentFailures")} == {"Not available for deploy for this organization"}


def test_tests_are_not_pretended_to_have_run(desk: Any, said: Any, manifest: Any) -> None:
    status = desk.deploy({"package.xml": manifest()}, testLevel="RunSpecifiedTests", runTests="FooTest")

    assert said(status, ".//status") == "Failed"
    assert "FooTest" in said(status, ".//errorMessage")


def test_what_the_manifest_names_must_be_in_the_zip(desk: Any, said: Any, manifest: Any) -> None:
    status = desk.deploy({"package.xml": manifest(PermissionSet=["Gone"])}, rollbackOnError="true")

    assert said(status, ".//componentFailures/problem") == "An object 'Gone' of type PermissionSet was named in package.xml, but was not found in zipped directory"


def test_a_pending_deployment_can_be_cancelled(desk: Any, said: Any, zip_of: Any, manifest: Any) -> None:
    started = desk.say("deploy", f"<ZipFile>{base64.b64encode(zip_of({'package.xml': manifest()})).decode()}</ZipFile>")
    job = said(started, ".//id")
    told = desk.say("cancelDeploy", f"<id>{job}</id>")
    desk.org.clock.advance(60)

    assert (said(told, ".//done"), said(desk.status(job), ".//status")) == ("true", "Canceled")
    assert said(desk.say("cancelDeploy", f"<id>{job}</id>"), ".//faultcode") == "sf:INVALID_ID_FIELD"


def test_rest_deploys_too(desk: Any, zip_of: Any, xml: Any, manifest: Any) -> None:
    files = zip_of({"package.xml": manifest(PermissionSet=["Sync"]), "permissionsets/Sync.permissionset": xml("PermissionSet", "<label>Sync</label>")})
    options = json.dumps({"deployOptions": {"rollbackOnError": True, "singlePackage": True}}).encode()
    form = (b'--B\r\nContent-Disposition: form-data; name="json"\r\nContent-Type: application/json\r\n\r\n' + options +
            b'\r\n--B\r\nContent-Disposition: form-data; name="file"; filename="d.zip"\r\nContent-Type: application/zip\r\n\r\n' + files + b"\r\n--B--\r\n")  # fmt: skip
    started = desk.rest("POST", "/metadata/deployRequest", form, "multipart/form-data; boundary=B")
    job = json.loads(started.body)
    desk.org.clock.advance(60)
    done = json.loads(desk.rest("GET", f"/metadata/deployRequest/{job['id']}?includeDetails=true").body)

    assert (started.status, job["deployResult"]["status"], job["deployOptions"]["rollbackOnError"]) == (201, "Pending", True)
    assert (done["deployResult"]["status"], done["deployResult"]["details"]["componentSuccesses"][1]["fullName"]) == ("Succeeded", "Sync")
    assert desk.org.admin.count("PermissionSet", Name="Sync") == 1


def test_rest_cancels_what_has_not_begun(desk: Any, zip_of: Any, said: Any, manifest: Any) -> None:
    job = said(desk.say("deploy", f"<ZipFile>{base64.b64encode(zip_of({'package.xml': manifest()})).decode()}</ZipFile>"), ".//id")
    reply = desk.rest("PATCH", f"/metadata/deployRequest/{job}", b'{"deployResult": {"status": "Canceling"}}')

    assert (reply.status, json.loads(reply.body)["deployResult"]["status"]) == (202, "Canceled")
