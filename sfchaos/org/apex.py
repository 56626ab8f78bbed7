"""What a team's own Apex would answer, as Python functions: REST classes and invocable actions.

    def place(call: ApexCall) -> dict[str, str]:
        return {"id": call.create("Order__c", Number__c=call.params["number"])}

    org.apexrest("POST", "orders/{number}", place)

Handlers are part of the set-up like the schema: a reset keeps them. What they write is written as the calling user, so it meets
rights, validation, locks and faults, and it is undone when the handler raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote

from sfchaos.core.errors import UsageError
from sfchaos.core.messages import Headers, headers_of
from sfchaos.org.refusals import Refused

if TYPE_CHECKING:
    from sfchaos.core.gate import Verb
    from sfchaos.org.call import Call
    from sfchaos.org.org import Org

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ACTION_KINDS = ("flow", "apex", "quickAction", "emailAlert", "sendNotification")
_NAME = re.compile(r"\w+")


class ApexException(Exception):
    """An exception that the Apex code does not catch: `raise ApexException("OrderException", "no such order")`.

    `kind` is the exception's type as Apex names it, `where` a line of the stack trace.
    """

    def __init__(self, kind: str, message: str, where: str = "") -> None:
        super().__init__(message)
        self.kind, self.message, self.where = kind, message, where


@dataclass(frozen=True)
class ApexReply:
    """What RestContext.response says, where a handler wants more than 200 and a value. `body` is JSON's, or text as it is."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = ""

    @property
    def pairs(self) -> Headers:
        return headers_of(self.headers)


@dataclass(frozen=True)
class ApexCall:
    """One call of a handler. `params` are the named parts of the template, or an action's inputs; `query` the URL's parameters;
    `headers` by lower-case name; `user_id` who calls. `json()` is the body.

    The verbs below work as the calling user. A row that the org refuses raises ApexException, as DML does in Apex.
    """

    method: str
    path: str
    params: Mapping[str, Any]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    user_id: str
    _call: Call = field(repr=False)

    def json(self) -> Any:
        """The body as JSON. Raises Refused (400 JSON_PARSER_ERROR) when it is not."""
        return self._call.json_value()

    def create(self, sobject: str, **fields: Any) -> str:
        """The new row's id."""
        return self._write("create", "Insert", sobject, fields)

    def update(self, sobject: str, record_id: str, **fields: Any) -> None:
        self._write("update", "Update", sobject, {**fields, "Id": record_id})

    def delete(self, sobject: str, record_id: str) -> None:
        self._write("delete", "Delete", sobject, {"Id": record_id})

    def query_rows(self, soql: str) -> list[dict[str, Any]]:
        """Rows of a SOQL query as the calling user sees them, without `attributes`. A statement that is refused raises ApexException."""
        from sfchaos.org.soql import run

        try:
            result = run(self._call.org, soql, user_id=self.user_id)
        except Refused as refused:
            raise ApexException("System.QueryException", refused.refusals[0].message.strip()) from None
        self._call.receipt.read.extend(result.reads())
        return result.rows

    def _write(self, verb: Verb, word: str, sobject: str, row: Mapping[str, Any]) -> str:
        try:
            [result] = self._call.org.dml.write(verb, sobject, [row], user_id=self.user_id, call=self._call)
        except Refused as refused:  # an object or field that is not there: Apex code that names one does not compile, dynamic code gets this (a guess)
            raise ApexException("System.SObjectException", refused.refusals[0].message) from None
        if result.ok:
            return result.id
        first = result.refusals[0]  # the sentence of a DmlException (K)
        raise ApexException("System.DmlException", f"{word} failed. First exception on row 0{f' with id {result.id}' if result.id else ''}; "
                            f"first error: {first.code}, {first.message}: [{', '.join(first.fields)}]")  # fmt: skip


def apex_call(call: Call, params: Mapping[str, Any], body: bytes | None = None) -> ApexCall:
    """`body` stands for the request's, where Apex gets something else."""
    request = call.request
    headers = {name.lower(): value for name, value in request.headers}
    return ApexCall(request.method, request.path, params, request.query, headers, call.body if body is None else body, call.user_id, call)


ApexHandler: TypeAlias = Callable[[ApexCall], Any]
ActionHandler: TypeAlias = Callable[[ApexCall], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Rest:
    parts: tuple[str, ...]
    handlers: Mapping[str, ApexHandler]


@dataclass(frozen=True)
class Action:
    kind: str
    name: str
    label: str
    handler: ActionHandler


@dataclass
class Apex:
    """All handlers of an org."""

    org: Org
    _rest: dict[tuple[str, ...], Rest] = field(default_factory=dict)
    actions: dict[tuple[str, str], Action] = field(default_factory=dict)  # by (kind, name) in lower case
    soap_methods: dict[tuple[str, str], ApexHandler] = field(default_factory=dict)  # by (class in lower case, method)
    anonymous_handler: ApexHandler | None = None

    def add_rest(self, methods: str | Sequence[str], template: str, handler: ApexHandler) -> None:
        wanted = [methods.upper()] if isinstance(methods, str) else [method.upper() for method in methods]
        odd = next((method for method in wanted if method not in METHODS), None)
        if odd is not None:
            raise UsageError(f"apexrest: {odd!r} is no method of an Apex REST class", remedy=f"use one of {', '.join(METHODS)}")
        parts = _split(template)
        if not parts or parts[0].startswith("{"):
            raise UsageError(f"apexrest: template {template!r} has no fixed part to begin with", remedy='write "orders", "orders/{number}" or "orders/*"')
        shape = tuple("{}" if part.startswith("{") else part.lower() for part in parts)
        known = self._rest.get(shape)
        self._rest[shape] = Rest(parts, {**(known.handlers if known else {}), **dict.fromkeys(wanted, handler)})

    def add_action(self, kind: str, name: str, handler: ActionHandler, label: str) -> None:
        if kind not in ACTION_KINDS:
            raise UsageError(f"action: {kind!r} is no kind of custom action", remedy=f"use one of {', '.join(ACTION_KINDS)}")
        if not _NAME.fullmatch(name):
            raise UsageError(f"action: {name!r} is no API name", remedy="use letters, digits and underscores")
        self.actions[(kind.lower(), name.lower())] = Action(kind, name, label or name.replace("_", " "), handler)

    def anonymous(self, handler: ApexHandler) -> None:
        """Let `handler` stand in for anonymous Apex: it gets the text as `call.body`, and returns the debug log (see `apex_anonymous.py`)."""
        self.anonymous_handler = handler

    def soap(self, class_name: str, method: str, handler: ApexHandler) -> None:
        """Answer a `webservice` method of `/services/Soap/class/<class_name>` with `handler`; its arguments are `call.params`.

        Raises UsageError for names that no class or method has.
        """
        for name in (class_name, method):
            if not _NAME.fullmatch(name):
                raise UsageError(f"soap: {name!r} is no name of an Apex class or method", remedy="use letters, digits and underscores")
        self.soap_methods[(class_name.lower(), method)] = handler

    def find_rest(self, path: str) -> tuple[Rest, dict[str, str]] | None:
        """The class whose template fits best: fixed parts before named ones, named ones before `*`."""
        parts = [unquote(part) for part in path.strip("/").split("/")]
        best: tuple[tuple[int, ...], Rest, dict[str, str]] | None = None
        for rest in self._rest.values():
            params = _matched(rest.parts, parts)
            if params is None:
                continue
            rank = tuple(2 if part == "*" else 1 if part.startswith("{") else 0 for part in rest.parts)
            if best is None or rank < best[0]:
                best = (rank, rest, params)
        return None if best is None else (best[1], best[2])


def _split(template: str) -> tuple[str, ...]:
    text = template.strip("/")
    return tuple(text.removeprefix("services/apexrest/").split("/")) if text else ()


def _matched(template: Iterable[str], parts: Sequence[str]) -> dict[str, str] | None:
    """The named parts. `*` at the end of an urlMapping stands for anything, also for nothing."""
    params: dict[str, str] = {}
    wants = list(template)
    for index, want in enumerate(wants):
        if want == "*" and index == len(wants) - 1:
            return {**params, "*": "/".join(parts[index:])}
        if index >= len(parts):
            return None
        if want.startswith("{"):
            params[want.strip("{}")] = parts[index]
        elif want.lower() != parts[index].lower():
            return None
    return params if len(parts) == len(wants) else None
