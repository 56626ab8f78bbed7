"""Conditional requests on rows: If-Modified-Since, If-Unmodified-Since and, for Account rows alone, ETags.

A false If-Modified-Since is 304 on GET; a false If-Unmodified-Since or If-Match is 412; an If-None-Match that hits is 304
on GET and 412 on PATCH. DELETE knows none of them. Source: wire reference 1.7 (D); the error texts and the code of the
412 are guesses. An ETag is of the row's content (D), so that two changes within a second have two; that replies of Account rows
alone have a Last-Modified is as in the guide's example, "Execute Dependent Requests in a Single API Call" (D).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sfchaos.core.chance import digest_of
from sfchaos.core.messages import Headers
from sfchaos.org import access
from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.rows.values import seconds_of
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.schema.model import SObject

_CONDITIONS = frozenset({"if-modified-since", "if-unmodified-since", "if-match", "if-none-match"})
ETAG_OBJECTS = frozenset({"Account"})


def unchanged(call: Call, sobject: SObject, record_id: str) -> bool:
    """Whether a GET is to be answered 304, or a PATCH may go on (then False). Raises Refused: 412, or 400 for a bad header."""
    asked = _asked(call)
    if not asked:
        return False
    check_headers(call)
    content = _content(call, sobject, record_id)
    changed_ms = _changed_ms(content)
    if changed_ms is None or not access.may_row(call.org, call.user_id, sobject, record_id):
        return False  # the write itself says that there is no such row
    writing = _is_writing(call)
    limit_ms = _date_ms(asked.get("if-unmodified-since", ""))
    if limit_ms is not None and changed_ms > limit_ms:
        raise _precondition()
    if sobject.name in ETAG_OBJECTS and _tags_stop(asked, _etag(content), writing=writing):
        return True
    since_ms = _date_ms(asked.get("if-modified-since", "")) if not writing else None
    return since_ms is not None and changed_ms <= since_ms


def check_headers(call: Call) -> None:
    """A PATCH or POST whose condition cannot be read is refused, whatever it asks for (status D)."""
    asked = _asked(call)
    if not asked or not _is_writing(call):
        return
    if "if-unmodified-since" in asked and _date_ms(asked["if-unmodified-since"]) is None:
        raise refuse("INVALID_HEADER_VALUE", f"If-Unmodified-Since header is not a valid date: {asked['if-unmodified-since']}", status=400)
    for name, shown in (("if-match", "If-Match"), ("if-none-match", "If-None-Match")):
        if name in asked and not _TAGS.match(asked[name]):
            raise refuse("INVALID_HEADER_VALUE", f"{shown} header is not a valid list of entity tags: {asked[name]}", status=400)


def _asked(call: Call) -> dict[str, str]:
    return {name.lower(): value for name, value in call.request.headers if name.lower() in _CONDITIONS}


def _is_writing(call: Call) -> bool:
    return call.request.effective_method not in ("GET", "HEAD")


_COMPRESSED = re.compile(r'--?gzip"$')
_TAGS = re.compile(r'\s*(\*|(W/)?"[^"]*"(\s*,\s*(W/)?"[^"]*")*)\s*\Z')


def _tags_stop(asked: dict[str, str], own: str, *, writing: bool) -> bool:
    """True for a 304. Raises Refused for a 412."""
    if "if-match" in asked and not _names(asked["if-match"], own):
        raise _precondition()
    if "if-none-match" in asked and _names(asked["if-none-match"], own):
        if writing:
            raise _precondition()
        return True
    return False


def _names(listed: str, own: str) -> bool:
    """Whether a list of ETags has this one (or is `*`); a compressed reply's tag ends in -gzip or --gzip (both D) and is the same."""
    tags = [_COMPRESSED.sub('"', tag.strip().removeprefix("W/")) for tag in listed.split(",")]
    return "*" in tags or own in tags


def validators(call: Call, sobject: SObject, record_id: str) -> Headers:
    """ETag and Last-Modified of a row's reply, where the object has them."""
    if sobject.name not in ETAG_OBJECTS:
        return ()
    content = _content(call, sobject, record_id)
    return (("ETag", _etag(content)), ("Last-Modified", _http_date(content[0]))) if content and content[0] else ()


def _etag(content: Sequence[Any]) -> str:
    return f'"{base64.b64encode(digest_of(0, content, size=20)).decode()}"'


def _precondition() -> Refused:
    return refuse("PRECONDITION_FAILED", "The condition of the request headers is not met by the record", status=412)


def _content(call: Call, sobject: SObject, record_id: str) -> Sequence[Any]:
    """LastModifiedDate, then all that the row stores; empty without a row, or for an object that does not keep the date."""
    if sobject.find("LastModifiedDate") is None:
        return ()
    return call.org.store.one(f"SELECT LastModifiedDate, * FROM {quoted(sobject.name)} WHERE Id = ?", (record_id,)) or ()


def _changed_ms(content: Sequence[Any]) -> int | None:
    return round(seconds_of(content[0]) * 1000) if content and content[0] else None


@lru_cache(maxsize=1024)
def _http_date(stored: str) -> str:
    return formatdate(seconds_of(stored), usegmt=True)


def _date_ms(text: str) -> int | None:
    """An HTTP date in milliseconds; None for anything else."""
    try:
        return round(parsedate_to_datetime(text).timestamp() * 1000)
    except (TypeError, ValueError, IndexError):
        return None
