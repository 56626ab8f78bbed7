"""/services/apexrest/...: what a team's own Apex REST classes answer, played by Python functions. Source: wire reference 3.1.

An uncaught exception is 500 APEX_ERROR with Apex's sentence, a path that no class serves 404, a method that the class does not
annotate 405 (K; the codes L restforce).
"""

from __future__ import annotations

from sfchaos.core.messages import Response
from sfchaos.org.apex import METHODS, ApexException, ApexReply, apex_call
from sfchaos.org.call import Call
from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.routes import Route


def answer(call: Call) -> Response:
    found = call.org.apex.find_rest(call.params["path"])
    if found is None:
        raise refuse("NOT_FOUND", "Could not find a match for URL")
    rest, params = found
    method = "GET" if call.request.method == "HEAD" else call.request.method
    handler = rest.handlers.get(method)
    if handler is None:
        allowed = ",".join(name for name in METHODS if name in rest.handlers)
        raise refuse("METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed. Allowed are {allowed}")
    try:
        return _reply(call, handler(apex_call(call, params)))
    except Refused:
        raise
    except ApexException as error:
        raise _apex_error(error.kind, error.message, error.where) from None
    except Exception as error:
        raise _apex_error(f"System.{type(error).__name__}", str(error), "") from error


def _apex_error(kind: str, message: str, where: str) -> Refused:
    """`System.NullPointerException: ...`, a blank line, the stack."""
    return refuse("APEX_ERROR", f"{kind}: {message}\n\n{where or '(System Code)'}")


def _reply(call: Call, value: object) -> Response:
    """A void method answers 200 without a body; a String is a JSON string (K)."""
    told = value if isinstance(value, ApexReply) else ApexReply(body=value)
    if told.body is None:
        return Response(told.status, b"", told.pairs, call.work_s)
    if told.content_type and "json" not in told.content_type:
        body = told.body if isinstance(told.body, bytes) else str(told.body).encode()
        return Response(told.status, body, (("Content-Type", told.content_type), *told.pairs), call.work_s)
    return call.reply(told.body, told.status, told.pairs)


ROUTES = [Route(method, "/services/apexrest/{path*}", answer, source="Apex Developer Guide, \"Exposing Apex Classes as REST Web Services\"") for method in METHODS]
