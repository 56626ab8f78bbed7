"""/tooling: what the org is made of, in rows. Sources: wire reference 3.13 (R for the envelope of a query); Tooling API guide (D).

No Apex runs here: executeAnonymous hands its text to a Python function, or says as a compiler does that there is none; there are no tests to run.
"""

from __future__ import annotations

from sfchaos.core.messages import Response
from sfchaos.org.apex_anonymous import execute
from sfchaos.org.call import Call
from sfchaos.org.metadata import shown
from sfchaos.org.refusals import no_such_resource, refuse
from sfchaos.org.routes import Route
from sfchaos.org.schema.describe import global_entry, object_describe
from sfchaos.org.schema.model import SObject

_RESOURCES = ("completions", "executeAnonymous", "query", "runTestsAsynchronous", "runTestsSynchronous", "search", "sobjects")


def resources(call: Call) -> Response:
    return call.reply({name: f"{call.base}/tooling/{name}" for name in _RESOURCES})


def query(call: Call) -> Response:
    """`size` and `entityTypeName` besides the usual keys; entityTypeName is null when there are no rows (R). Never paged."""
    statement = call.request.query.get("q")
    if statement is None:
        raise refuse("MALFORMED_QUERY", "A query string has to be specified")  # text K
    if call.request.query.get("columns") == "true":
        return call.reply(call.org.metadata.columns(statement, call.user_id))
    result = call.org.metadata.query(statement, call.user_id)
    records = shown(result, f"{call.base}/tooling")
    return call.reply({
        "size": len(records), "totalSize": result.total, "done": True, "queryLocator": None, "entityTypeName": result.sobject if records else None, "records": records,
    })  # fmt: skip


def describe_global(call: Call) -> Response:
    entries = [global_entry(sobject, f"{call.base}/tooling", call.version_number) for sobject in call.org.metadata.schema]
    return call.reply({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": sorted(entries, key=lambda entry: str(entry["name"]))})


def basic_information(call: Call) -> Response:
    return call.reply({"objectDescribe": global_entry(_sobject(call), f"{call.base}/tooling", call.version_number), "recentItems": []})


def describe(call: Call) -> Response:
    sobject = _sobject(call)
    return call.reply(object_describe(
        sobject, sobject.fields, call.org.metadata.schema, base=f"{call.base}/tooling", instance_url=call.instance_url, version=call.version_number))  # fmt: skip


def read(call: Call) -> Response:
    """One row by its id, or by its DurableId where rows are computed."""
    sobject = _sobject(call)
    wanted = call.request.query.get("fields", "")
    names = [part.strip() for part in wanted.split(",")] if wanted else [f.name for f in sobject.fields]
    key = "DurableId" if sobject.find("DurableId") else "Id"
    text = call.params["id"].replace("\\", "\\\\").replace("'", "\\'")
    records = shown(call.org.metadata.query(f"SELECT {', '.join(names)} FROM {sobject.name} WHERE {key} = '{text}'", call.user_id), f"{call.base}/tooling")
    if not records:
        raise no_such_resource()
    return call.reply(records[0])


def write(call: Call) -> Response:
    """Text K: wire reference 10.1."""
    name = _sobject(call).name
    raise refuse("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be inserted: {name}", dml=True)


def execute_anonymous(call: Call) -> Response:
    """Keys D."""
    done = execute(call, call.request.query.get("anonymousBody", ""))
    return call.reply({
        "line": done.line, "column": done.column, "compiled": done.compiled, "success": done.success, "compileProblem": done.compile_problem,
        "exceptionStackTrace": done.exception_stack, "exceptionMessage": done.exception_message,
    })  # fmt: skip


def run_tests(call: Call) -> Response:
    """There are no classes, so no class has tests (code D, text a guess)."""
    call.json_value()
    raise refuse("INVALID_INPUT", "This org has no Apex test classes to run")


def _sobject(call: Call) -> SObject:
    found = call.org.metadata.schema.find(call.params["sobject"])
    if found is None:
        raise no_such_resource()
    return found


_BASE = "/services/data/{v}/tooling"
_GUIDE = 'Tooling API guide, "REST Resources"'
ROUTES = [
    Route("GET", _BASE, resources, source=_GUIDE),
    Route("GET", _BASE + "/query", query, source=_GUIDE),
    Route("GET", _BASE + "/sobjects", describe_global, source=_GUIDE),
    Route("GET", _BASE + "/sobjects/{sobject}", basic_information, source=_GUIDE),
    Route("POST", _BASE + "/sobjects/{sobject}", write, source=_GUIDE),
    Route("GET", _BASE + "/sobjects/{sobject}/describe", describe, source=_GUIDE),
    Route("GET", _BASE + "/sobjects/{sobject}/{id}", read, source=_GUIDE),
    Route("GET", _BASE + "/executeAnonymous", execute_anonymous, source=_GUIDE),
    Route("POST", _BASE + "/runTestsAsynchronous", run_tests, source=_GUIDE),
    Route("POST", _BASE + "/runTestsSynchronous", run_tests, source=_GUIDE),
]
