"""What the OAuth doors share: the form, the connected app that asks, the shape of replies. Source: wire reference 2.1, 2.4."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from sfchaos.core.messages import Headers, Response
from sfchaos.org.call import dumps
from sfchaos.org.refusals import JSON_TYPE, Refused, escape, refuse

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.identity.apps import App

Form = Mapping[str, str]
# Headers of the token endpoint beside the common ones. Source: wire reference 1.3 (R).
OWN_HEADERS: Headers = (("X-Xss-Protection", "1; mode=block"), ("X-Readonlymode", "false"), ("Expires", "Thu, 01 Jan 1970 00:00:00 GMT"),
                        ("Cache-Control", "no-cache,must-revalidate,max-age=0,no-store,private"))  # fmt: skip


def form_of(call: Call) -> dict[str, str]:
    """Form fields, with query parameters beside them (wire reference 2.1, K); of a repeated name the first counts."""
    fields = dict(call.request.query)
    found: dict[str, str] = {}
    for name, value in parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True):
        found.setdefault(name, value)
    return {**fields, **found}


def needed(form: Form, name: str) -> str:
    """Raises Refused: invalid_request."""
    if not form.get(name):
        raise refuse("invalid_request", f"missing required parameter: {name}")
    return form[name]


def basic(call: Call) -> tuple[str, str]:
    """Client id and secret of HTTP Basic; two empty strings for any other Authorization, which clients send along (wire 17, m)."""
    scheme, _, text = call.request.header("authorization").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        client_id, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError:  # neither base64 nor UTF-8
        return "", ""
    return client_id, secret


def client(call: Call, form: Form, *, may_lack_secret: Callable[[App], bool] = lambda app: False) -> App:
    """The connected app that the caller proves to be. A secret that is sent must be right, even where the app lets it be left out.

    A public app (no secret of its own) proves nothing; it sends none, or an empty one.
    """
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    if not client_id:
        client_id, basic_secret = basic(call)
        secret = secret or basic_secret
    if not client_id:
        raise refuse("invalid_request", "missing required parameter: client_id")
    app = call.org.apps.named(client_id)
    if not app.client_secret and not secret:
        return app
    if (secret or not may_lack_secret(app)) and not hmac.compare_digest(secret.encode("utf-8", "surrogatepass"), app.client_secret.encode()):
        raise refuse("invalid_client", "invalid client credentials")
    return app


def label(call: Call, secret: str, what: str) -> None:
    """Tell the journal which credential was used."""
    if secret:
        call.receipt.facts["credential"] = call.org.secrets.label(secret, what)


def refused_reply(call: Call, refused: Refused, form: Form) -> Response:
    """Rendered by the endpoint itself: an exception would undo the row of LoginHistory."""
    first = refused.refusals[0]
    call.receipt.error_codes = tuple(r.code for r in refused.refusals)
    return written({"error": first.code, "error_description": first.message}, first.status or 400, form, call)


def written(values: Mapping[str, Any], status: int, form: Form, call: Call, *, root: str = "OAuth") -> Response:
    """JSON, or what `format` or Accept ask for (wire reference 2.1, K). `root` is the element of the XML form."""
    accept = call.request.header("accept")
    shape = form.get("format") or ("xml" if accept.startswith("application/xml") else "urlencoded" if "form-urlencoded" in accept else "json")
    if shape == "xml":
        body, kind = f'<?xml version="1.0" encoding="UTF-8"?>{_element(root, values)}'.encode(), "application/xml;charset=UTF-8"
    elif shape == "urlencoded":
        body, kind = urlencode(_flat(values)).encode(), "application/x-www-form-urlencoded;charset=UTF-8"
    else:
        body, kind = dumps(dict(values), spaced=call.request.header("x-prettyprint") == "1"), JSON_TYPE
    return Response(status, body, (("Content-Type", kind), *OWN_HEADERS), call.work_s)


def _element(name: str, value: object) -> str:
    if value is None:
        return f"<{name}/>"
    if isinstance(value, Mapping):
        return f"<{name}>{''.join(_element(str(key), item) for key, item in value.items())}</{name}>"
    return f"<{name}>{escape(_word(value))}</{name}>"


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested names joined by dots (a guess: only flat replies were seen in this form)."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found.update(_flat(value, f"{prefix}{name}."))
        else:
            found[prefix + name] = "" if value is None else _word(value)
    return found


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
