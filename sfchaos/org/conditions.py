"""Conditional requests on rows: If-Modified-Since, If-Unmodified-Since and, for Account rows alone, ETags.

A false If-Modified-Since is 304 on GET; a false If-Unmodified-Since or If-Match is 412; an If-None-Match that hits is 304
on GET and 412 on PATCH. DELETE knows none of them. Source: wire reference 1.7 (D); the error texts and the code of the
412 are guesses.
"""

from __future__ import annotations

import base64
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from sfchaos.core.canonical import canonical_value
from sfchaos.core.chance import digest_of
from sfchaos.core.messages import Headers
from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.schema.model import SObject

_CONDITIONS = frozenset({"if-modified-since", "if-unmodified-since", "if-match", "if-none-match"})
ETAG_OBJECTS = frozenset({"Account"})


def unchanged(call: Call, sobject: SObject, record_id: str) -> bool:
    """Whether a GET is to be answered 304, or a PATCH may go on (then False). Raises Refused: 412, or 400 for a bad date."""
    asked = {name.lower(): value for name, value in call.request.headers if name.lower() in _CONDITIONS}
    if not asked:
        return False
    writing = call.request.effective_method not in ("GET", "HEAD")
    changed_ms = _changed_ms(call, sobject, record_id)
    if changed_ms is None:
        return False
    if "if-unmodified-since" in asked:
        limit_ms = _date_ms(asked["if-unmodified-since"])
        if limit_ms is None and writing:
            raise refuse("INVALID_HEADER_VALUE", f"If-Unmodified-Since header is not a valid date: {asked['if-unmodified-since']}", status=400)
        if limit_ms is not None and changed_ms > limit_ms:
            raise _precondition()
    if writing:
        _check_tags(asked)
    if sobject.name in ETAG_OBJECTS and _tags_stop(asked, etag(record_id, changed_ms), writing=writing):
        return True
    since_ms = _date_ms(asked.get("if-modified-since", "")) if not writing else None
    return since_ms is not None and changed_ms <= since_ms


_TAGS = re.compile(r'\s*(\*|(W/)?"[^"]*"(\s*,\s*(W/)?"[^"]*")*)\s*\Z')


def _check_tags(asked: dict[str, str]) -> None:
    """A write whose tags are none is refused (status D)."""
    for name, shown in (("if-match", "If-Match"), ("if-none-match", "If-None-Match")):
        if name in asked and not _TAGS.match(asked[name]):
            raise refuse("INVALID_HEADER_VALUE", f"{shown} header is not a valid list of entity tags: {asked[name]}", status=400)


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
    """Whether a list of ETags has this one (or is `*`); a compressed reply's tag ends in -gzip and is the same."""
    tags = [tag.strip().removeprefix("W/").replace("-gzip", "") for tag in listed.split(",")]
    return "*" in tags or own in tags


def validators(call: Call, sobject: SObject, record_id: str) -> Headers:
    """The ETag of a row's reply, where the object has one."""
    if sobject.name not in ETAG_OBJECTS:
        return ()
    changed_ms = _changed_ms(call, sobject, record_id)
    return () if changed_ms is None else (("ETag", etag(record_id, changed_ms)),)


def etag(record_id: str, changed_ms: int) -> str:
    return f'"{base64.b64encode(digest_of(0, record_id, changed_ms, size=20)).decode()}"'


def _precondition() -> Refused:
    return refuse("PRECONDITION_FAILED", "The condition of the request headers is not met by the record", status=412)


def _changed_ms(call: Call, sobject: SObject, record_id: str) -> int | None:
    if sobject.find("LastModifiedDate") is None:
        return None
    row = call.org.store.one(f"SELECT LastModifiedDate FROM {quoted(sobject.name)} WHERE Id = ?", (record_id,))
    return None if row is None or row[0] is None else int(canonical_value(row[0], "datetime") or 0)


def _date_ms(text: str) -> int | None:
    """An HTTP date in milliseconds; None for anything else."""
    try:
        return round(parsedate_to_datetime(text).timestamp() * 1000)
    except (TypeError, ValueError, IndexError):
        return None
