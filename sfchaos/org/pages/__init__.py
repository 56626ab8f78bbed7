"""The pages a person sees: login, consent, device code. Plain forms, no script; all that is shown is escaped."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from sfchaos.core.messages import Headers, Response

if TYPE_CHECKING:
    from jinja2 import Environment

_ORIGIN = re.compile(r"(https?)://([A-Za-z0-9.-]+(?::\d+)?)(?=[/?#]|$)")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


def page(name: str, *, title: str, status: int = 200, headers: Headers = (), leads_to: str = "", **values: Any) -> Response:
    """A page by the name of its template. `leads_to` is the redirect URI that sending its form may end at: browsers count
    redirects of a form as its action."""
    text = _templates().get_template(f"{name}.html.j2").render(title=title, style=_style(), **values)
    return Response(status, text.encode("utf-8", "replace"), (("Content-Type", "text/html;charset=UTF-8"), *_safety(leads_to), *headers))


def _safety(leads_to: str) -> Headers:
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'{_source_of(leads_to)}; frame-ancestors 'none'; base-uri 'none'"
    return (("Content-Security-Policy", policy), ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"))


def _source_of(uri: str) -> str:
    """A URI as a source of a content security policy, "" for none; never more of it than scheme, host and port."""
    found = _ORIGIN.match(uri)
    if found:
        return f" {found[1]}://{found[2]}"
    scheme = _SCHEME.match(uri)
    return f" {scheme[1]}:" if scheme and scheme[1].lower() not in ("http", "https") else ""


@cache
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(loader=PackageLoader(__name__, "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


@cache
def _style() -> str:
    """Marked as safe: it is ours, and its hash is in the policy as it stands."""
    from markupsafe import Markup

    return Markup((resources.files(__name__) / "style.css").read_text("utf-8"))
