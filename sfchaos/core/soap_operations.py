"""SOAP requests by the call in their body, without parsing them: its name, what it asks about, and what repeating it may do."""

from __future__ import annotations

import re
from html import unescape
from typing import Literal

# call -> what a repeat may do; every other call only reads
NONIDEM = frozenset({
    "create", "merge", "convertLead", "undelete", "sendEmail", "sendEmailMessage", "process", "performQuickActions", "resetPassword",
    "createMetadata", "renameMetadata", "deploy", "deployRecentValidation", "executeAnonymous", "compileAndTest", "compileClasses", "compileTriggers", "runTests",
})  # fmt: skip
IDEM = frozenset({
    "update", "upsert", "delete", "deleteByExample", "emptyRecycleBin", "setPassword", "changeOwnPassword",
    "updateMetadata", "upsertMetadata", "deleteMetadata", "cancelDeploy",
})  # fmt: skip
SESSION = frozenset({"logout", "invalidateSessions"})

_NAME = rb"(?:[\w.-]+:)?"  # a prefix may be anybody's: `soap-env:`
_CALL = re.compile(rb"<" + _NAME + rb"Body[^>]*>\s*<" + _NAME + rb"(\w+)")
_TYPE = re.compile(rb"<" + _NAME + rb"type(?:\s[^>]*)?>\s*(\w+)\s*<")
_XSI_TYPE = re.compile(rb"<" + _NAME + rb"sObjects?\b[^>]*?:type\s*=\s*[\"'](?:[\w.-]+:)?(\w+)[\"']")
_OBJECT = re.compile(rb"<" + _NAME + rb"sObjectType(?:\s[^>]*)?>\s*(\w+)\s*<")
_STATEMENT = re.compile(rb"<" + _NAME + rb"queryString(?:\s[^>]*)?>(.*?)</", re.DOTALL)
_PLAIN_TYPES = (b"sObject", b"anyType")


def call_of(body: bytes) -> str:
    """The name of the call, "call" where there is none to be seen."""
    found = _CALL.search(body)
    return found[1].decode("ascii", "replace") if found else "call"


def object_of(call: str, body: bytes) -> str:
    """The sObject that a call is about: of the first row it brings, or the one it names. "" where neither says."""
    if call in ("create", "update", "upsert", "merge"):
        typed = _XSI_TYPE.search(body)
        found = typed if typed and typed[1] not in _PLAIN_TYPES else _TYPE.search(body)
    elif call == "convertLead":
        return "Lead"
    else:
        found = _OBJECT.search(body)
    return found[1].decode("ascii", "replace") if found else ""


def statement_of(call: str, body: bytes) -> str:
    """The SOQL of a query, "" for any other call."""
    found = _STATEMENT.search(body) if call in ("query", "queryAll") else None
    return unescape(found[1].decode("utf-8", "replace")) if found else ""


def kind_of_call(call: str) -> Literal["read", "idem", "nonidem", "session"]:
    if call in NONIDEM:
        return "nonidem"
    if call in IDEM:
        return "idem"
    return "session" if call in SESSION else "read"
