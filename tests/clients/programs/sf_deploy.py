"""`sf project deploy` and `retrieve`, `sf org list metadata`, `sf apex run`: metadata in and out of an org. NODE and SF_CLI name the two programs."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

HOME = Path(tempfile.mkdtemp(prefix="sf-deploy-"))
PROJECT, EMPTY = HOME / "project", HOME / "empty"
ENV = {**os.environ, "HOME": str(HOME), "SF_LOG_LEVEL": "fatal"}
NS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
FILES = {
    "objects/Parcel__c/Parcel__c.object-meta.xml": f"""<CustomObject {NS}><deploymentStatus>Deployed</deploymentStatus><label>Parcel</label>
        <nameField><displayFormat>P-{{0000}}</displayFormat><label>Number</label><type>AutoNumber</type></nameField><pluralLabel>Parcels</pluralLabel>
        <sharingModel>ReadWrite</sharingModel></CustomObject>""",
    "objects/Parcel__c/fields/Weight__c.field-meta.xml": f"""<CustomField {NS}><fullName>Weight__c</fullName><label>Weight</label><precision>8</precision>
        <scale>2</scale><type>Number</type></CustomField>""",
    "objects/Parcel__c/validationRules/Heavy.validationRule-meta.xml": f"""<ValidationRule {NS}><fullName>Heavy</fullName><active>true</active>
        <errorConditionFormula>Weight__c &gt; 100</errorConditionFormula><errorMessage>Too heavy</errorMessage></ValidationRule>""",
    "permissionsets/Parcels.permissionset-meta.xml": f"""<PermissionSet {NS}><label>Parcels</label><fieldPermissions><editable>true</editable>
        <field>Parcel__c.Weight__c</field><readable>true</readable></fieldPermissions><objectPermissions><allowCreate>true</allowCreate><allowDelete>false</allowDelete>
        <allowEdit>true</allowEdit><allowRead>true</allowRead><modifyAllRecords>false</modifyAllRecords><object>Parcel__c</object>
        <viewAllRecords>false</viewAllRecords></objectPermissions></PermissionSet>""",
    "connectedApps/Depot.connectedApp-meta.xml": f"""<ConnectedApp {NS}><contactEmail>depot@acme.example</contactEmail><label>Depot</label><oauthConfig>
        <callbackUrl>https://depot.example/done</callbackUrl><consumerKey>DepotKey0123456789</consumerKey><isAdminApproved>true</isAdminApproved><scopes>Api</scopes>
        </oauthConfig><oauthPolicy><ipRelaxation>ENFORCE</ipRelaxation><refreshTokenPolicy>infinite</refreshTokenPolicy></oauthPolicy>
        <permissionSetName>Parcels</permissionSetName></ConnectedApp>""",
}  # fmt: skip
BAD = f"""<PermissionSet {NS}><label>Bad</label><fieldPermissions><editable>true</editable><field>Account.Nowhere__c</field><readable>true</readable>
    </fieldPermissions></PermissionSet>"""  # fmt: skip


def told(step: str, value: Any) -> None:
    print(json.dumps({"step": step, "value": value}), flush=True)


def sf(*words: str, where: Path = PROJECT, fails: bool = False, **env: str) -> Any:
    command = [os.environ["NODE"], os.environ["SF_CLI"], *words, "--json"]
    done = subprocess.run(command, env={**ENV, **env}, cwd=where, capture_output=True, text=True, check=False, timeout=180)
    if fails == (done.returncode == 0):
        raise SystemExit(f"sf {' '.join(words)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return json.loads(done.stdout)


def project(folder: Path) -> None:
    (folder / "force-app/main/default").mkdir(parents=True)
    tree = {"packageDirectories": [{"path": "force-app", "default": True}], "sourceApiVersion": "62.0", "sfdcLoginUrl": "https://login.salesforce.com"}
    (folder / "sfdx-project.json").write_text(json.dumps(tree))


def write(name: str, text: str) -> None:
    path = PROJECT / "force-app/main/default" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('<?xml version="1.0" encoding="UTF-8"?>\n' + text)


def query(soql: str) -> list[dict[str, Any]]:
    return list(sf("data", "query", "--target-org", "it", "--query", soql)["result"]["records"])


def deployed(answer: dict[str, Any]) -> list[Any]:
    result = answer["result"]
    return [result["status"], sorted(f"{one['type']} {one['fullName']} {one['state']}" for one in result["files"])]


def main() -> None:
    env = os.environ
    for folder in (PROJECT, EMPTY):
        project(folder)
    sf("org", "login", "jwt", "--client-id", env["SF_CLIENT_ID"], "--jwt-key-file", env["SF_PRIVATE_KEY"], "--username", env["SF_USERNAME"],
       "--instance-url", env["SF_LOGIN_URL"], "--alias", "it", "--set-default")  # fmt: skip
    types = sf("org", "list", "metadata-types", "--target-org", "it")["result"]["metadataObjects"]
    told("types", [one["xmlName"] for one in types])
    told("list", [one["fullName"] for one in sf("org", "list", "metadata", "--target-org", "it", "--metadata-type", "ConnectedApp")["result"]])
    for name, text in FILES.items():
        write(name, text)
    deploy = ("project", "deploy", "start", "--target-org", "it", "--source-dir", "force-app")
    told("validate", [sf(*deploy, "--dry-run")["result"]["status"], bool(sf("data", "query", "--target-org", "it", "--query", "SELECT Id FROM Parcel__c", fails=True))])
    told("deploy", deployed(sf(*deploy)))
    told("deploy_again_by_rest", deployed(sf(*deploy, SF_ORG_METADATA_REST_DEPLOY="true")))
    told("assign", [one["value"] for one in sf("org", "assign", "permset", "--target-org", "it", "--name", "Parcels")["result"]["successes"]])
    sf("data", "create", "record", "--target-org", "it", "--sobject", "Parcel__c", "--values", "Weight__c=12.5")
    told("use", [[row["Name"], row["Weight__c"]] for row in query("SELECT Name, Weight__c FROM Parcel__c")])
    told("rule", sf("data", "create", "record", "--target-org", "it", "--sobject", "Parcel__c", "--values", "Weight__c=101", fails=True)["message"])
    wanted = ("--metadata", "PermissionSet:Parcels", "--metadata", "ConnectedApp:Depot", "--metadata", "CustomObject:Parcel__c")
    files = sf("project", "retrieve", "start", "--target-org", "it", *wanted, where=EMPTY)["result"]["files"]
    told("retrieve", sorted(f"{one['type']} {one['fullName']} {one['state']}" for one in files))
    text = (EMPTY / "force-app/main/default/connectedApps/Depot.connectedApp-meta.xml").read_text()
    told("retrieved", ["<consumerKey>DepotKey0123456789</consumerKey>" in text, "<permissionSetName>Parcels</permissionSetName>" in text])
    missing = sf("project", "retrieve", "start", "--target-org", "it", "--metadata", "PermissionSet:Nobodys", where=EMPTY)["result"]
    told("retrieve_missing", [missing["status"], missing["messages"][0]["problem"] if missing.get("messages") else ""])
    write("permissionsets/Bad.permissionset-meta.xml", BAD)
    failed = sf(*deploy, fails=True)["result"]
    told("deploy_fails", [failed["status"], [[one["fullName"], one["error"], one["lineNumber"]] for one in failed["files"] if one["state"] == "Failed"]])
    told("rolled_back", len(query("SELECT Id FROM PermissionSet WHERE Name = 'Bad'")))
    (HOME / "code.apex").write_text("System.debug('hello');")
    apex = sf("apex", "run", "--target-org", "it", "--file", str(HOME / "code.apex"), fails=True)
    told("apex", [apex["data"]["executed"]["compiled"] if "executed" in apex.get("data", {}) else False, "no Apex compiler" in json.dumps(apex)])


if __name__ == "__main__":
    main()
