"""Bulk data by the `sf` command line, waiting and not waiting. `in`: import, results, upsert, update, resume. `out`: export, delete, hard delete, resume."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HOME = Path(tempfile.mkdtemp(prefix="sf-home-"))
ENV = {**os.environ, "HOME": str(HOME), "SF_LOG_LEVEL": "fatal"}


def told(step: str, value: Any) -> None:
    print(json.dumps({"step": step, "value": value}), flush=True)


def sf(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([os.environ["NODE"], os.environ["SF_CLI"], *words], env=ENV, cwd=HOME, capture_output=True, text=True, check=False, timeout=180)


def json_of(*words: str) -> Any:
    done = sf(*words, "--json")
    return {"exit": done.returncode, **json.loads(done.stdout)}


def result(*words: str) -> Any:
    answer = json_of(*words)
    if "result" not in answer:
        raise SystemExit(f"sf {' '.join(words)}: {answer}")
    return answer["result"]


def file(name: str, text: str) -> str:
    (HOME / name).write_text(text, encoding="utf-8", newline="")
    return name


def lines(name: str) -> list[list[str]]:
    with (HOME / name).open(encoding="utf-8", newline="") as text:
        return list(csv.reader(text))


def main() -> None:
    env = os.environ
    sf("org", "login", "jwt", "--client-id", env["SF_CLIENT_ID"], "--jwt-key-file", env["SF_PRIVATE_KEY"], "--username", env["SF_USERNAME"],
       "--instance-url", env["SF_LOGIN_URL"], "--alias", "it", "--set-default")  # fmt: skip
    if sys.argv[1] == "in":
        imports()
        upserts()
        updates()
        refused_delete()
    else:
        exports()
        deletes()


def imports() -> None:
    text = 'Name,External_Id__c,Description\nOne,S-1,"Two\nlines"\n"A ""quoted"", name",S-2,plain\nThree,S-3,\n'
    answer = json_of("data", "import", "bulk", "--sobject", "Account", "--file", file("import.csv", text), "--wait", "3", "--line-ending", "LF")
    told("import", [answer["exit"], {name: answer["result"][name] for name in ("processedRecords", "successfulRecords", "failedRecords")}])
    bad = json_of("data", "import", "bulk", "--sobject", "Account", "--file", file("bad.csv", "Name,External_Id__c\nFour,S-4\n,S-5\n"), "--wait", "3", "--line-ending", "LF")
    told("import_partly", [bad["exit"], bad["name"], "1" in bad["message"]])
    job_id = bad["data"]["jobId"]
    results = json_of("data", "bulk", "results", "--job-id", job_id)["result"]
    told("results", [results["status"], results["operation"], results["object"], results["processedRecords"], results["successfulRecords"], results["failedRecords"]])
    told("results_files", [lines(results["failedFilePath"])[1][1:], lines(results["successFilePath"])[1][1:]])
    wrong = json_of("data", "import", "bulk", "--sobject", "Account", "--file", file("wrong.csv", "Nothing\nx\n"), "--wait", "3", "--line-ending", "LF")
    later = json_of("data", "import", "bulk", "--sobject", "Account", "--file", file("later.csv", "Name,External_Id__c\nLater,S-7\n"), "--wait", "0", "--line-ending", "LF")
    if "result" not in later:
        raise SystemExit(str(later))
    told("import_async", [later["exit"], sorted(later["result"])])
    resumed = json_of("data", "import", "resume", "--job-id", later["result"]["jobId"], "--wait", "3")
    told("import_resume", [resumed["exit"], resumed["result"]["processedRecords"]])
    told("import_wrong_column", [wrong["exit"], wrong["name"], wrong["message"].splitlines()[0]])


def upserts() -> None:
    text = "Name;External_Id__c\r\nOne again;S-1\r\nFive;S-5\r\n"
    answer = json_of("data", "upsert", "bulk", "--sobject", "Account", "--external-id", "External_Id__c", "--file", file("upsert.csv", text), "--wait", "3",
                     "--line-ending", "CRLF", "--column-delimiter", "SEMICOLON")  # fmt: skip
    info = answer["result"]["jobInfo"]
    told("upsert", [answer["exit"], info["state"], info["externalIdFieldName"], info["numberRecordsProcessed"], info["numberRecordsFailed"],
                    [row["sf__Created"] for row in answer["result"]["records"]["successfulResults"]]])  # fmt: skip
    later = json_of("data", "upsert", "bulk", "--sobject", "Account", "--external-id", "External_Id__c", "--file", file("later.csv", "Name,External_Id__c\nSix,S-6\n"),
                    "--wait", "0", "--line-ending", "LF")  # fmt: skip
    told("upsert_async", [later["exit"], later["result"]["jobInfo"]["state"] in ("UploadComplete", "InProgress", "JobComplete")])  # it looks once
    resumed = json_of("data", "upsert", "resume", "--job-id", later["result"]["jobInfo"]["id"], "--wait", "3")
    told("upsert_resume", [resumed["exit"], resumed["result"]["jobInfo"]["state"], resumed["result"]["jobInfo"]["numberRecordsProcessed"]])


def updates() -> None:
    found = json_of("data", "query", "--query", "SELECT Id FROM Account WHERE External_Id__c = 'S-3'")["result"]["records"][0]["Id"]
    answer = json_of("data", "update", "bulk", "--sobject", "Account", "--file", file("update.csv", f"Id,Description\n{found},changed\n001000000000000AAA,lost\n"),
                     "--wait", "3", "--line-ending", "LF")  # fmt: skip
    told("update_partly", [answer["exit"], answer["name"]])
    told("updated", json_of("data", "query", "--query", "SELECT Description FROM Account WHERE External_Id__c = 'S-3'")["result"]["records"][0]["Description"])


def refused_delete() -> None:
    hard = json_of("data", "delete", "bulk", "--sobject", "Account", "--file", file("delete.csv", "Id\n001000000000000AAA\n"), "--wait", "3", "--line-ending", "LF", "--hard-delete")
    told("hard_delete", [hard["exit"], hard["name"], hard["message"].splitlines()[0]])


def exports() -> None:
    text = 'Name,External_Id__c,Description\nOne,S-1,"Two\nlines"\n"A ""quoted"", name",S-2,plain\nThree,S-3,\nFour,S-4,\n'
    made = json_of("data", "import", "bulk", "--sobject", "Account", "--file", file("import.csv", text), "--wait", "3", "--line-ending", "LF")
    told("import", [made["exit"], made["result"]["successfulRecords"]])
    query = "SELECT Name, External_Id__c, Description FROM Account WHERE External_Id__c LIKE 'S-%' ORDER BY External_Id__c"
    answer = json_of("data", "export", "bulk", "--query", query, "--output-file", "out.csv", "--wait", "3")
    told("export", [answer["exit"], answer["result"]["totalSize"], lines("out.csv")])
    crowd = json_of("data", "export", "bulk", "--query", "SELECT Id, LastName FROM Contact", "--output-file", "crowd.csv", "--wait", "3")
    told("export_pages", [crowd["result"]["totalSize"], len(lines("crowd.csv")), len({line[0] for line in lines("crowd.csv")})])
    crowd = json_of("data", "export", "bulk", "--query", "SELECT Id, LastName FROM Contact", "--output-file", "crowd.json", "--result-format", "json", "--wait", "3")
    told("export_json", [crowd["result"]["totalSize"], len(json.loads((HOME / "crowd.json").read_text("utf-8")))])
    semicolons = json_of("data", "export", "bulk", "--query", "SELECT LastName FROM Contact WHERE LastName = 'Ada'", "--output-file", "s.csv", "--wait", "3",
                         "--column-delimiter", "SEMICOLON", "--all-rows")  # fmt: skip
    told("export_all_rows", [semicolons["exit"], (HOME / "s.csv").read_text("utf-8").split()])
    later = json_of("data", "export", "bulk", "--query", "SELECT LastName FROM Contact WHERE LastName = 'Bob'", "--output-file", "later.csv", "--wait", "0")
    resumed = json_of("data", "export", "resume", "--job-id", later["result"]["jobId"])
    told("export_resume", [later["exit"], resumed["exit"], lines("later.csv")])
    refused = json_of("data", "export", "bulk", "--query", "SELECT Nothing FROM Account", "--output-file", "x.csv", "--wait", "3")
    told("export_refused", [refused["exit"], refused["name"], "No such column 'Nothing' on entity 'Account'" in refused["message"]])


def deletes() -> None:
    rows = json_of("data", "query", "--query", "SELECT Id FROM Account WHERE External_Id__c LIKE 'S-%' ORDER BY External_Id__c")["result"]["records"]
    ids = [row["Id"] for row in rows]
    told("delete", deleted("delete", "bulk", "--wait", "3", rows=ids[:2]))
    again = json_of("data", "delete", "bulk", "--sobject", "Account", "--file", file("again.csv", f"Id\n{ids[0]}\n"), "--wait", "3", "--line-ending", "LF")
    told("delete_twice", [again["exit"], again["name"]])
    told("hard_delete", deleted("delete", "bulk", "--wait", "3", "--hard-delete", rows=ids[2:3]))
    later = json_of("data", "delete", "bulk", "--sobject", "Account", "--file", file("later_delete.csv", f"Id\n{ids[3]}\n"), "--wait", "0", "--line-ending", "LF")
    resumed = json_of("data", "delete", "resume", "--job-id", later["result"]["jobInfo"]["id"], "--wait", "3")
    told("delete_resume", [resumed["exit"], resumed["result"]["jobInfo"]["state"], resumed["result"]["jobInfo"]["numberRecordsProcessed"]])
    left = json_of("data", "query", "--all-rows", "--query", "SELECT Name FROM Account WHERE External_Id__c LIKE 'S-%' ORDER BY External_Id__c")
    told("left", [row["Name"] for row in left["result"]["records"]])


def deleted(*words: str, rows: list[str]) -> list[int]:
    answer = json_of("data", *words, "--sobject", "Account", "--file", file("delete.csv", "Id\n" + "".join(f"{row}\n" for row in rows)), "--line-ending", "LF")
    if "result" not in answer:
        raise SystemExit(f"sf {' '.join(words)}: {answer}")
    return [answer["exit"], answer["result"]["jobInfo"]["numberRecordsProcessed"], answer["result"]["jobInfo"]["numberRecordsFailed"]]


if __name__ == "__main__":
    main()
