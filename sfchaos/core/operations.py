"""Requests by the name of what they do: path -> operation, target, kind.

Judges, points, the upstream proxy and cassettes need these names without an org, so the table stands here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from urllib.parse import parse_qs, unquote

from sfchaos.core.messages import Request
from sfchaos.core.soap_operations import call_of, kind_of_call, object_of, statement_of

Kind = Literal["read", "idem", "nonidem", "transition", "session", "stream"]
TargetKind = Literal["object", "job", "query", "none"]

OPERATIONS: dict[str, Kind] = {
    **dict.fromkeys(("auth.password", "auth.jwt", "auth.client", "auth.refresh", "auth.code", "auth.soap", "auth.revoke", "auth.introspect"), "session"),
    **dict.fromkeys(("meta.versions", "meta.limits", "meta.describe", "meta.describe_global"), "read"),
    **dict.fromkeys(("query.first", "query.more", "query.all", "search.run", "repl.updated", "repl.deleted"), "read"),
    "row.get": "read", "row.update": "idem", "row.upsert": "idem", "row.delete": "idem", "row.create": "nonidem",
    "coll.get": "read", "coll.update": "idem", "coll.upsert": "idem", "coll.delete": "idem", "coll.create": "nonidem",
    "tree.create": "nonidem", "comp.composite": "nonidem", "comp.batch": "nonidem", "comp.graph": "nonidem",
    "bulk2.create": "nonidem", "bulk2.upload": "transition", "bulk2.close": "transition", "bulk2.abort": "transition",
    "bulk2.delete": "transition", "bulk2.poll": "read", "bulk2.list": "read", "bulk2.ok": "read", "bulk2.failed": "read", "bulk2.unprocessed": "read",
    "bulk2q.create": "nonidem", "bulk2q.poll": "read", "bulk2q.results": "read", "bulk2q.abort": "transition", "bulk2q.delete": "transition",
    "bulk2q.list": "read",
    "bulk1.job": "nonidem", "bulk1.batch": "nonidem", "bulk1.close": "transition", "bulk1.spec": "transition", "bulk1.poll": "read", "bulk1.result": "read",
    "soap.call": "nonidem", "metadata.deploy": "nonidem", "metadata.status": "read", "metadata.cancel": "transition",
    "event.handshake": "stream", "event.subscribe": "stream", "event.connect": "stream", "event.publish": "nonidem",
    "event.topic": "read", "event.schema": "read", "event.fetch": "stream",
    "blob.get": "read", "blob.put": "nonidem", "apex.call": "nonidem", "graphql.query": "read", "graphql.mutation": "nonidem", "other": "read",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Operation:
    """`op` is a key of OPERATIONS (`soap.<call>` besides). `target` is raw: an object name, a job id, SOQL text or a
    locator; `target_kind` says which, so that the rig can give jobs and queries their aliases. "" is no target."""

    op: str
    kind: Kind
    target: str = ""
    target_kind: TargetKind = "none"


def kind_of(op: str) -> Kind:
    """Kind of an operation; `soap.<call>` counts by its call."""
    if op in OPERATIONS:
        return OPERATIONS[op]
    return kind_of_call(op.removeprefix("soap."))


def is_operation(op: str) -> bool:
    return op in OPERATIONS or op.startswith("soap.")


_DATA = re.compile(r"^/services/data(?:/v(?P<version>[\d.]+))?(?P<rest>/.*)?$", re.IGNORECASE)
_GRANTS = {
    "password": "auth.password", "client_credentials": "auth.client", "refresh_token": "auth.refresh", "authorization_code": "auth.code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer": "auth.jwt", "device": "auth.code",
}  # fmt: skip


_LOGIN_PAGES = ("/secur/", "/setup/secur/remoteaccess", "/setup/connect")  # what a person's browser does on the way to a code


def classify(request: Request) -> Operation:
    """The operation a request asks for. Never raises; what it does not know is `other`."""
    return _of_url(request.method, request.url) or _of_request(request)


@lru_cache(maxsize=1024)
def _of_url(method: str, url: str) -> Operation | None:
    """The operation where the URL says it all; None where the body has a say. URLs repeat, from run to run above all."""
    request = Request(method, url)
    found = _DATA.match(request.path)
    resource = (found["rest"] or "").strip("/").partition("/")[0].lower() if found else ""
    return _of_request(request) if resource in _BY_URL else None


def _of_request(request: Request) -> Operation:
    path = request.path.rstrip("/") or "/"
    lowered = path.lower()
    if lowered.startswith("/services/oauth2/"):
        return _oauth(request, lowered.rpartition("/")[2])
    if lowered.startswith(_LOGIN_PAGES) or (lowered == "/" and request.method == "POST"):
        return _named("auth.code")
    if lowered.startswith("/services/soap/"):
        return _soap(request)
    if lowered.startswith("/services/async/"):
        return _bulk1(request, path)
    if lowered.startswith("/services/apexrest/"):
        return _named("apex.call")
    if lowered == "/cometd" or lowered.startswith("/cometd/"):
        return _cometd(request)
    if lowered.startswith("/eventbus.v1.pubsub/"):
        return _pubsub(request, lowered.rpartition("/")[2])
    found = _DATA.match(path)
    if found:
        parts = [unquote(part) for part in (found["rest"] or "").strip("/").split("/") if part]
        return _data(request, parts)
    return _named("other")


def _named(op: str, target: str = "", target_kind: TargetKind = "none") -> Operation:
    return Operation(op, kind_of(op), target, target_kind if target else "none")


def _oauth(request: Request, last: str) -> Operation:
    if last == "token":
        form = parse_qs(request.body.decode("utf-8", "replace"))
        grant = (form.get("grant_type") or [request.query.get("grant_type", "")])[0]
        return _named(_GRANTS.get(grant, "auth.code"))
    return _named({"revoke": "auth.revoke", "introspect": "auth.introspect"}.get(last, "auth.code"))


def _soap(request: Request) -> Operation:
    call = call_of(request.body)
    if call == "login":
        return _named("auth.soap")
    statement = normal_soql(statement_of(call, request.body))
    return _named(f"soap.{call}", statement or object_of(call, request.body), "query" if statement else "object")


def _bulk1(request: Request, path: str) -> Operation:
    parts = [part for part in path.split("/") if part][3:]
    job = parts[1] if len(parts) > 1 else ""
    match (request.method, _lowered(parts)):
        case ("POST", ["job"]):
            return _named("bulk1.job", _bulk1_object(request.body), "object")
        case ("POST", ["job", _]):
            return _named("bulk1.close", job, "job")
        case ("POST", ["job", _, "batch"]):
            return _named("bulk1.batch", job, "job")
        case ("POST", ["job", _, "spec"]):
            return _named("bulk1.spec", job, "job")
        case (_, ["job", _, "batch", _, "result", *_]):
            return _named("bulk1.result", job, "job")
    return _named("bulk1.poll", job, "job")


def _bulk1_object(body: bytes) -> str:
    """Of a jobInfo in XML or JSON."""
    found = re.search(rb"<(?:\w+:)?object>\s*(\w+)", body) or re.search(rb'"object"\s*:\s*"(\w+)"', body)
    return found[1].decode() if found else ""


def _cometd(request: Request) -> Operation:
    for name in ("handshake", "subscribe", "connect"):
        if f"/meta/{name}".encode() in request.body:
            return _named(f"event.{name}")
    return _named("event.connect")


def _pubsub(request: Request, method: str) -> Operation:
    """A gRPC message. A subscription's first is event.subscribe, what follows in its stream event.fetch."""
    if method in ("subscribe", "managedsubscribe"):
        op = "event.fetch" if request.header("pubsub-stage") else "event.subscribe"
    else:
        op = {"gettopic": "event.topic", "getschema": "event.schema", "publish": "event.publish", "publishstream": "event.publish"}.get(method, "other")
    topic = "" if op in ("event.schema", "other") else request.header("pubsub-topic") or _first_text(request.body)
    return _named(op, topic.rpartition("/")[2], "object")


def _first_text(body: bytes) -> str:
    """Field 1 of a protobuf message when it is a short text: the name of the topic in all messages that have one."""
    if len(body) < 2 or body[0] != 0x0A or body[1] > 127:
        return ""
    return body[2 : 2 + body[1]].decode("utf-8", "replace")


def _data(request: Request, parts: list[str]) -> Operation:
    if not parts:
        return _named("meta.versions")
    reader = _RESOURCES.get(parts[0].lower())
    return reader(request, parts) if reader else _named("other")


def _query(request: Request, parts: list[str]) -> Operation:
    if len(parts) > 1:
        return _named("query.more", parts[1].rpartition("-")[0] or parts[1], "query")
    op = "query.all" if parts[0].lower() == "queryall" else "query.first"
    return _named(op, normal_soql(request.query.get("q", request.query.get("explain", ""))), "query")


def _sobjects(request: Request, parts: list[str]) -> Operation:
    method = request.effective_method
    sobject = parts[1] if len(parts) > 1 else ""
    match _lowered(parts[2:]):
        case [] if not sobject:
            return _named("meta.describe_global")
        case []:
            return _named(_created(sobject) if method == "POST" else "meta.describe", sobject, "object")
        case ["describe" | "listviews", *_]:
            return _named("meta.describe", sobject, "object")
        case ["quickactions", *_]:
            return _actions(request, parts)
        case ["eventschema"]:
            return _named("event.schema", sobject, "object")
        case ["updated" | "deleted" as what]:
            return _named(f"repl.{what}", sobject, "object")
        case [_]:
            # POST .../Account/Id creates through an Id upsert (wire 3.7)
            return _named({"PATCH": "row.update", "DELETE": "row.delete", "POST": "row.create"}.get(method, "row.get"), sobject, "object")
        case [_, "body" | "versiondata" | "logfile"] if method in ("GET", "HEAD"):
            return _named("blob.get", sobject, "object")
        case [_, "password"] if sobject.lower() == "user":
            return _named("row.get" if method in ("GET", "HEAD") else "row.update", sobject, "object")
        case [_, _, _, *_]:  # from a row to its relatives
            return _named({"PATCH": "row.update", "DELETE": "row.delete"}.get(method, "row.get"), sobject, "object")
        case [_, _]:
            verb = {"PATCH": "row.upsert", "PUT": "row.upsert", "DELETE": "row.delete"}.get(method, "row.get")
            return _named(verb, sobject, "object")
    return _named("other")


def _created(sobject: str) -> str:
    """A platform event is published by creating it: its name ends in __e."""
    return "event.publish" if sobject.lower().endswith("__e") else "row.create"


def _lowered(parts: list[str]) -> list[str]:
    """For comparing with fixed parts of a path: the org takes those in any case, as names of objects."""
    return [part.lower() for part in parts]


def _composite(request: Request, parts: list[str]) -> Operation:
    match _lowered(parts[1:]):
        case ["batch"]:
            return _named("comp.batch")
        case ["graph"]:
            return _named("comp.graph")
        case ["tree", _]:
            return _named("tree.create", parts[2], "object")
        case ["sobjects", *_]:
            return _collection(request, parts[2:])
    return _named("comp.composite" if request.method == "POST" else "other")


def _collection(request: Request, rest: list[str]) -> Operation:
    if len(rest) == 2:
        return _named("coll.upsert", rest[0], "object")
    if len(rest) == 1:
        return _named("coll.get", rest[0], "object")
    op = {"PATCH": "coll.update", "DELETE": "coll.delete", "GET": "coll.get"}.get(request.effective_method, "coll.create")
    return _named(op, _first_type(request.body), "object")


def _first_type(body: bytes) -> str:
    found = re.search(rb'"type"\s*:\s*"(\w+)"', body)
    return found[1].decode() if found else ""


def _jobs(request: Request, parts: list[str]) -> Operation:
    family = parts[1].lower() if len(parts) > 1 else ""
    if family not in ("ingest", "query"):
        return _named("other")
    prefix = "bulk2" if family == "ingest" else "bulk2q"
    job = parts[2] if len(parts) > 2 else ""
    if not job:
        created = request.method == "POST"
        return _named(f"{prefix}.create", _bulk_object(request.body), "object") if created else _named(f"{prefix}.list")
    return _named(f"{prefix}.{_job_step(request, prefix, parts[3:])}", job, "job")


_RESULTS = {"batches": "upload", "successfulresults": "ok", "failedresults": "failed", "unprocessedrecords": "unprocessed",
            "results": "results", "resultpages": "results"}  # fmt: skip


def _job_step(request: Request, prefix: str, rest: list[str]) -> str:
    if rest:
        return _RESULTS.get(rest[0].lower(), "poll")
    if request.method == "DELETE":
        return "delete"
    if request.method in ("PATCH", "POST"):
        aborted = re.search(rb'"state"\s*:\s*"Aborted"', request.body) or prefix == "bulk2q"
        return "abort" if aborted else "close"
    return "poll"


def _bulk_object(body: bytes) -> str:
    found = re.search(rb'"object"\s*:\s*"(\w+)"', body) or re.search(rb"\bfrom\s+(\w+)", body, re.IGNORECASE)
    return found[1].decode() if found else ""


def _actions(request: Request, parts: list[str]) -> Operation:
    """Invocable and quick actions, rules and approvals: what is there, or code of the org that runs."""
    if request.method == "POST":
        return _named("apex.call")
    return _named("meta.describe")


def _tooling(request: Request, parts: list[str]) -> Operation:
    match _lowered(parts[1:]):
        case ["query" | "queryall", *_]:
            return _query(request, parts[1:])
        case ["sobjects", *_]:
            return _sobjects(request, parts[1:])
        case ["composite", *_]:
            return _composite(request, parts[1:])
        case ["executeanonymous" | "runtestsasynchronous" | "runtestssynchronous", *_]:
            return _named("apex.call")
    return _named("other")


def _ui_api(request: Request, parts: list[str]) -> Operation:
    match _lowered(parts[1:]):
        case ["records"]:
            found = re.search(rb'"apiName"\s*:\s*"(\w+)"', request.body)
            return _named("row.create" if request.method == "POST" else "row.get", found[1].decode() if found else "", "object")
        case ["records", *_]:
            return _named({"PATCH": "row.update", "DELETE": "row.delete"}.get(request.effective_method, "row.get"))
        case ["object-info", name, *_] if name != "batch":
            return _named("meta.describe", parts[2], "object")
    return _named("meta.describe")


_MUTATION = re.compile(rb'"query"\s*:\s*"(?:[^"\\]|\\.)*?\bmutation\b[^"]*?\{')


def _graphql(request: Request, _parts: list[str]) -> Operation:
    return _named("graphql.mutation" if _MUTATION.search(request.body) else "graphql.query")


def _metadata(request: Request, parts: list[str]) -> Operation:
    """Deployments over REST: `/metadata/deployRequest[/<id>]`."""
    if _lowered(parts[1:2]) != ["deployrequest"]:
        return _named("other")
    job = parts[2] if len(parts) > 2 else ""
    op = {"POST": "metadata.deploy", "PATCH": "metadata.cancel"}.get(request.effective_method, "metadata.status")
    return _named(op, job, "job")


_RESOURCES: dict[str, Callable[[Request, list[str]], Operation]] = {
    "query": _query, "queryall": _query, "sobjects": _sobjects, "composite": _composite, "jobs": _jobs,
    "limits": lambda _request, _parts: _named("meta.limits"),
    "event": lambda _request, _parts: _named("event.schema"),
    "search": lambda _request, _parts: _named("search.run"),
    "parameterizedsearch": lambda _request, _parts: _named("search.run"),
    **dict.fromkeys(("compactlayouts", "tabs", "theme"), lambda _request, _parts: _named("meta.describe")),
    "actions": _actions, "quickactions": _actions, "process": _actions, "tooling": _tooling, "ui-api": _ui_api, "graphql": _graphql, "metadata": _metadata,
}  # fmt: skip
_BY_URL = frozenset({"query", "queryall", "sobjects", "limits", "search", "parameterizedsearch"})


def normal_soql(text: str) -> str:
    """SOQL with white space folded, so that a query keeps its alias whatever its layout."""
    return " ".join(text.split())


RETRY_CLASSES: dict[str, str] = {
    **dict.fromkeys(("UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "TooManyLockFailure", "TOO_MANY_APEX_REQUESTS"), "backoff"),
    **dict.fromkeys(("REQUEST_LIMIT_EXCEEDED", "EXCEEDEDQUOTA", "ExceededQuota", "LIMIT_EXCEEDED", "STORAGE_LIMIT_EXCEEDED"), "window"),
    **dict.fromkeys(("INVALID_SESSION_ID", "InvalidSessionId"), "reauth"),
    "UNKNOWN_EXCEPTION": "once",
}  # fmt: skip
"""Class of an error code by `controls.md` 6.2; a code that is not here goes by its status (`retry_class`)."""


def retry_class(status: int, codes: tuple[str, ...] | list[str]) -> str:
    """How a refusal may be repeated: backoff, window, reauth, once, or never (unchanged). "" for a success.

    Source: the retry table of the control catalogue (status classes 408, 429, 5xx retry; other 4xx never unchanged).
    """
    for code in codes:
        if code in RETRY_CLASSES:
            return RETRY_CLASSES[code]
    if status in (408, 420, 429, 500, 502, 503, 504):
        return "backoff"
    if status == 401:
        return "reauth"
    return "never" if status >= 400 else ""
