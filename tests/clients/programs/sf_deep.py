"""What the `sf` command line offers beyond the story: queries in all forms, trees, files, describes, users, permission sets, GraphQL, Apex, logout."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

HOME = Path(tempfile.mkdtemp(prefix="sf-home-"))
ENV = {**os.environ, "HOME": str(HOME), "SF_LOG_LEVEL": "fatal"}


def told(step: str, value: Any) -> None:
    print(json.dumps({"step": step, "value": value}), flush=True)


def sf(*words: str) -> subprocess.CompletedProcess[str]:
    """One command in the folder of its own home; the org logged in first is the default."""
    return subprocess.run([os.environ["NODE"], os.environ["SF_CLI"], *words], env=ENV, cwd=HOME, capture_output=True, text=True, check=False, timeout=180)


def json_of(*words: str) -> Any:
    done = sf(*words, "--json")
    return {"exit": done.returncode, **json.loads(done.stdout)}


def result(*words: str) -> Any:
    answer = json_of(*words)
    if "result" not in answer:
        raise SystemExit(f"sf {' '.join(words)}: {answer.get('message')}")
    return answer["result"]


def file(name: str, text: str) -> str:
    (HOME / name).write_text(text, encoding="utf-8")
    return name


def main() -> None:
    env = os.environ
    sf("org", "login", "jwt", "--client-id", env["SF_CLIENT_ID"], "--jwt-key-file", env["SF_PRIVATE_KEY"], "--username", env["SF_USERNAME"],
       "--instance-url", env["SF_LOGIN_URL"], "--alias", "it", "--set-default")  # fmt: skip
    people()
    queries()
    trees()
    rows()
    descriptions()
    requests()
    told("logout", result("org", "logout", "--no-prompt"))


def people() -> None:
    shown = result("org", "display", "--verbose")
    told("display", [shown["id"] == os.environ["SF_ORG_ID"], shown["connectedStatus"], shown["instanceUrl"], shown["alias"]])
    listed = result("org", "list")["other"][0]
    told("list", [listed["name"], listed["orgEdition"], listed["isSandbox"], listed["isDevHub"], listed["isScratch"], listed["connectedStatus"]])
    user = result("org", "display", "user")
    told("user", [user["username"] == os.environ["SF_USERNAME"], user["profileName"], user["id"][:3]])
    told("users", [one["profileName"] for one in result("org", "list", "users")])
    told("assign", [one["message"] for one in result("org", "assign", "permset", "--name", "Sellers")["failures"]])
    told("assign_unknown", [one["message"] for one in result("org", "assign", "permset", "--name", "Nobodys")["failures"]])


def queries() -> None:
    family = "SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account WHERE Name = 'Parent'"
    told("human", [" ".join(line.replace("│", " ").split()) for line in sf("data", "query", "--query", family).stdout.splitlines() if "Ada" in line or "Total" in line])
    told("csv", sf("data", "query", "--query", "SELECT LastName, Account.Name FROM Contact WHERE Account.Name != null ORDER BY LastName", "--result-format", "csv").stdout.splitlines())
    told("human_group", sf("data", "query", "--query", "SELECT LastName, COUNT(Id) n FROM Contact GROUP BY LastName ORDER BY LastName", "--result-format", "csv").stdout.splitlines())
    told("no_rows", sf("data", "query", "--query", "SELECT Id FROM Account WHERE Name = 'Nobody'").stdout.strip())
    told("tooling", result("data", "query", "--use-tooling-api", "--query", "SELECT QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName IN ('Account', 'Invoice__c') ORDER BY QualifiedApiName")["totalSize"])
    told("counts", {one["name"]: one["count"] for one in result("org", "list", "sobject", "record-counts", "--sobject", "Account", "--sobject", "Contact")})
    refused = json_of("data", "query", "--query", "SELECT Id FROM Nope__c")
    told("refused", [refused["exit"], refused["name"], "is not supported" in refused["message"]])
    told("search", [row["attributes"]["type"] for row in result("data", "search", "--query", "FIND {Parent} IN NAME FIELDS RETURNING Account(Id, Name)")["searchRecords"]])
    done = sf("data", "export", "bulk", "--query", "SELECT LastName FROM Contact WHERE LastName = 'Ada'", "--output-file", "out.csv", "--wait", "5")
    told("export_bulk", [done.returncode, (HOME / "out.csv").read_text("utf-8").split()])


def trees() -> None:
    file("tree.json", json.dumps({"records": [{
        "attributes": {"type": "Account", "referenceId": "A1"}, "Name": "Tree",
        "Contacts": {"records": [{"attributes": {"type": "Contact", "referenceId": "C1"}, "LastName": "Leaf"}]},
    }]}))  # fmt: skip
    told("import_tree", [[one["refId"], one["type"], one["id"][:3]] for one in result("data", "import", "tree", "--files", "tree.json")])
    result("data", "export", "tree", "--query", "SELECT Name, (SELECT LastName FROM Contacts) FROM Account WHERE Name = 'Tree'", "--output-dir", "out")
    kept = json.loads(next((HOME / "out").glob("*.json")).read_text("utf-8"))["records"][0]
    told("export_tree", [kept["Name"], kept["Contacts"]["records"][0]["LastName"]])
    file("bad.json", json.dumps({"records": [{"attributes": {"type": "Account", "referenceId": "A1"}}]}))
    told("import_refused", "REQUIRED_FIELD_MISSING" in json.dumps(json_of("data", "import", "tree", "--files", "bad.json")))


def rows() -> None:
    result("data", "create", "record", "--sobject", "Account", "--values", "Name='Two Words' External_Id__c=X-1 NumberOfEmployees=7")
    found = result("data", "get", "record", "--sobject", "Account", "--where", "External_Id__c=X-1")
    told("values", [found["Name"], found["NumberOfEmployees"]])
    result("data", "delete", "record", "--sobject", "Account", "--where", "External_Id__c=X-1")
    told("deleted", json_of("data", "get", "record", "--sobject", "Account", "--record-id", found["Id"])["name"])
    told("ambiguous", json_of("data", "update", "record", "--sobject", "Contact", "--where", "LastName=Crowd", "--values", "Email=x@y.example")["name"])
    made = result("data", "create", "file", "--file", file("note.txt", "hello file"), "--title", "Hello")
    told("file", [made["Title"], made["FileExtension"], made["Id"][:3], made["ContentDocumentId"][:3]])
    told("file_body", sf("api", "request", "rest", f"/services/data/v62.0/sobjects/ContentVersion/{made['Id']}/VersionData").stdout.strip())


def descriptions() -> None:
    told("custom", "Invoice__c" in result("sobject", "list", "--sobject", "custom"))
    described = result("sobject", "describe", "--sobject", "ApexClass", "--use-tooling-api")
    told("describe_tooling", [described["name"], any(field["name"] == "Body" for field in described["fields"])])
    unknown = json_of("sobject", "describe", "--sobject", "Nope__c")
    told("describe_unknown", [unknown["exit"], unknown["name"]])


def requests() -> None:
    head = sf("api", "request", "rest", "/services/data/v62.0/limits", "--include").stdout.splitlines()
    told("rest", [head[0], any(line.startswith("sforce-limit-info: api-usage=") for line in head)])
    told("rest_refused", json.loads(sf("api", "request", "rest", "/services/data/v62.0/sobjects/Account/001000000000000AAA").stdout)[0]["errorCode"])
    asked = file("q.graphql", 'query { uiapi { query { Contact(where: {LastName: {eq: "Ada"}}) { edges { node { LastName { value } } } } } } }')
    told("graphql", json.loads(sf("api", "request", "graphql", "--body", asked).stdout)["data"]["uiapi"]["query"]["Contact"]["edges"])
    token = result("org", "auth", "show-access-token", "--no-prompt")["accessToken"]
    told("token", token.startswith(os.environ["SF_ORG_ID"][:15] + "!"))


if __name__ == "__main__":
    main()
