"""Field values on their way in and out: what a client sends, what the store keeps, what a reply shows.

Stored forms: text trimmed and never empty (null instead), booleans 0 or 1, ints and floats, datetimes as
`2024-05-01T10:00:00.000+0000` in UTC, dates as `2024-05-01`, ids with 18 characters. All of them sort as they should.
Sources: wire reference 1.5, 3.5, 8.1 and 8.2; error texts 4.3.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from sfchaos.core.gate import Refusal
from sfchaos.org.files.blob import Blob, blob_of
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.schema.model import NUMBER_TYPES, Field

Coercer = Callable[[Any], Any]

_SPACES = "".join(map(chr, range(33)))  # what Java's trim takes off
_EMAIL = re.compile(r"^[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+\.[^\s@<>,;:\"()\[\]\\.]+$")
_NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
_DATE = re.compile(r"^(\d{4})-(\d\d)-(\d\d)$")
_DATETIME = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)$")
_TIME = re.compile(r"^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,3}))?Z?$")
_INT_RANGE = range(-(2**31), 2**31)
_LONG_RANGE = range(-(2**63), 2**63)
_MOST_DIGITS = 18
OLDEST_YEAR, NEWEST_YEAR = 1700, 4000


class BadValue(Exception):
    """A value that its field cannot take. `kind` says why: "type" (not of the field's type; JSON parsing already fails
    there), or "row" (the row is refused)."""

    def __init__(self, kind: str, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.kind, self.refusal = kind, refusal


def row_refusal(code: str, message: str, *fields: str) -> Refusal:
    """A DML error: its item carries `fields` even when that is empty (wire reference 4.1, R)."""
    return Refusal(code, message, fields, None, {"dml": True})


@lru_cache(maxsize=8192)
def coercer(field: Field) -> Coercer:
    """The function that turns a sent value into the stored one; it raises BadValue. Null and "" become None."""
    build = _BUILDERS.get(field.type, _text)
    return build(field)


def _wrong_type(field: Field, value: Any) -> BadValue:
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return BadValue("type", row_refusal("INVALID_TYPE_ON_FIELD_IN_RECORD", f"{field.label or field.name}: value not of required type: {shown}", field.name))


def _refused(code: str, message: str, field: Field) -> BadValue:
    return BadValue("row", row_refusal(code, f"{field.label or field.name}: {message}", field.name))


def _out_of_range(field: Field, value: Any) -> BadValue:
    return _refused("NUMBER_OUTSIDE_VALID_RANGE", f"value outside of valid range on numeric field: {value}", field)


def clean_text(value: str) -> str:
    """Trimmed; half surrogates, which no UTF-8 text can hold, become `?`."""
    if not value.isascii():
        value = value.encode("utf-8", "replace").decode("utf-8")
    return value.strip(_SPACES)


def _text(field: Field) -> Coercer:
    check = _TEXT_CHECKS.get(field.type)
    length = field.length

    def coerce(value: Any) -> str | None:
        if value is None:
            return None
        if type(value) is not str:
            raise _wrong_type(field, value)
        text = clean_text(value)
        if not text:
            return None
        if length and len(text) > length:
            # text K: wire reference 4.3
            raise _refused("STRING_TOO_LONG", f"data value too large: {text} (max length={length})", field)
        if check is not None:
            check(field, text)
        return text

    return coerce


def _multipicklist(field: Field) -> Coercer:
    """Values each once, in the order of the field's definition; those it does not know at the end (K)."""
    check = _text(field)
    places = {value.lower(): place for place, value in enumerate(field.picklist)}

    def coerce(value: Any) -> str | None:
        text = check(value)
        if text is None:
            return None
        parts = dict.fromkeys(part.strip() for part in text.split(";") if part.strip())
        return ";".join(sorted(parts, key=lambda part: places.get(part.lower(), len(places)))) or None

    return coerce


def _check_email(field: Field, text: str) -> None:
    if not _EMAIL.match(text):
        raise _refused("INVALID_EMAIL_ADDRESS", f"invalid email address: {text}", field)


def _check_picklist(field: Field, text: str) -> None:
    if not field.restricted_picklist:
        return
    known = {value.lower() for value in field.picklist} - {value.lower() for value in field.inactive_values}
    for part in text.split(";") if field.type == "multipicklist" else (text,):
        if part.strip().lower() not in known:
            raise _refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", f"bad value for restricted picklist field: {part}", field)


_TEXT_CHECKS: dict[str, Callable[[Field, str], None]] = {
    "email": _check_email, "picklist": _check_picklist, "multipicklist": _check_picklist,
}  # fmt: skip


def _boolean(field: Field) -> Coercer:
    words = {"true": 1, "1": 1, "false": 0, "0": 0}

    def coerce(value: Any) -> int | None:
        if value is True or value is False:
            return int(value)
        if value is None:
            return 0  # a checkbox is never null (wire reference 3.5)
        found = words.get(value.strip().lower()) if isinstance(value, str) else None
        if found is None:
            raise _wrong_type(field, value)
        return found

    return coerce


def _whole(field: Field) -> Coercer:
    allowed = _LONG_RANGE if field.type == "long" else _INT_RANGE
    most = 10**field.digits  # a field of 8 digits ends at 99,999,999 (K)

    def coerce(value: Any) -> int | None:
        number = _number_of(field, value)
        if number is None:
            return None
        if number != number.to_integral_value():
            raise _wrong_type(field, value)
        if int(number) not in allowed or (field.digits and abs(number) >= most):
            raise _out_of_range(field, value)
        return int(number)

    return coerce


def _farthest(field: Field) -> int:
    """Degrees that a part of an address or location may have; 0 for other numbers."""
    if not field.compound:
        return 0
    stem = field.name.removesuffix("__s")
    return 90 if stem.endswith("Latitude") else 180 if stem.endswith("Longitude") else 0


def _decimal(field: Field) -> Coercer:
    farthest = _farthest(field)
    digits = min(field.precision or _MOST_DIGITS, _MOST_DIGITS) - field.scale
    most = max(digits, 1)  # before the point
    step = Decimal(1).scaleb(-field.scale) if field.precision else None

    def coerce(value: Any) -> float | None:
        number = _number_of(field, value)
        if number is None:
            return None
        if number.adjusted() < most and step is not None:
            number = number.quantize(step, ROUND_HALF_UP)  # before the check: 999.995 rounds to a 1000 that may have no room
        if number.adjusted() >= most and number != 0:
            raise _out_of_range(field, value)
        if farthest and abs(number) > farthest:  # code and text are a guess
            raise _refused("NUMBER_OUTSIDE_VALID_RANGE", f"value not in the valid range of -{farthest} to {farthest}: {value}", field)
        return float(number)

    return coerce


def _number_of(field: Field, value: Any) -> Decimal | None:
    """The number that a JSON number or a text stands for; None for null and ""."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _wrong_type(field, value)
    text = value.strip() if isinstance(value, str) else repr(value)
    if not text:
        return None
    if len(text) > 400 or not _NUMBER.match(text):
        raise _wrong_type(field, value)
    number = Decimal(text)
    if abs(number.adjusted()) > 400:
        raise _out_of_range(field, value)
    return number


def _id(field: Field) -> Coercer:
    def coerce(value: Any) -> str | None:
        if value is None or value == "":
            return None
        if type(value) is not str:
            raise _wrong_type(field, value)
        if not is_id(value):
            raise _refused("MALFORMED_ID", f"id value of incorrect type: {value}", field)
        return to_18(value)

    return coerce


def _date(field: Field) -> Coercer:
    def coerce(value: Any) -> str | None:
        text = _moment_text(field, value)
        if text is None:
            return None
        if _DATE.match(text):
            return _checked_date(field, text)
        return _instant(field, text)[:10]

    return coerce


def _datetime(field: Field) -> Coercer:
    def coerce(value: Any) -> str | None:
        text = _moment_text(field, value)
        if text is None:
            return None
        if _DATE.match(text):
            return _checked_date(field, text) + "T00:00:00.000+0000"
        return _instant(field, text)

    return coerce


def _moment_text(field: Field, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise _wrong_type(field, value)
    return value.strip() or None


def _checked_date(field: Field, text: str) -> str:
    """Range 1700-01-01 to 4000-12-31. Source: wire reference 3.5 (D)."""
    try:
        moment = date.fromisoformat(text)
    except ValueError:
        raise _wrong_type(field, text) from None
    if not OLDEST_YEAR <= moment.year <= NEWEST_YEAR:
        raise _refused("INVALID_TYPE_ON_FIELD_IN_RECORD", f"invalid date: {text}", field)  # text is a guess
    return text


def _instant(field: Field, text: str) -> str:
    """Any documented form in UTC, milliseconds cut off. Source: wire reference 3.5 (D), 8.2 (R)."""
    found = _DATETIME.match(text)
    if not found:
        raise _wrong_type(field, text)
    day, clock, zone = found.groups()
    if zone not in ("Z", "+0000", "+00:00"):
        try:
            moment = datetime.fromisoformat(f"{day}T{clock}{zone}").astimezone(UTC)
        except (ValueError, OverflowError):
            raise _wrong_type(field, text) from None
        day, clock = moment.date().isoformat(), moment.time().isoformat()
    elif clock[:2] > "23" or clock[3:5] > "59" or clock[6:] > "59":
        raise _wrong_type(field, text)
    return f"{_checked_date(field, day)}T{clock}.000+0000"


def _time(field: Field) -> Coercer:
    def coerce(value: Any) -> str | None:
        text = _moment_text(field, value)
        if text is None:
            return None
        found = _TIME.match(text)
        if not found:
            raise _wrong_type(field, value)
        return f"{found[1]}:{found[2]}:{found[3]}.{(found[4] or '').ljust(3, '0')}Z"

    return coerce


def _blob(field: Field) -> Coercer:
    def coerce(value: Any) -> Blob | None:
        if value is None or value == "":
            return None
        if not isinstance(value, str | bytes):
            raise _wrong_type(field, value)
        if isinstance(value, Blob):
            return value
        try:
            return blob_of(value)
        except ValueError:
            raise _wrong_type(field, str(value)[:80]) from None

    return coerce


_BUILDERS: dict[str, Callable[[Field], Coercer]] = {
    "base64": _blob, "multipicklist": _multipicklist,
    "boolean": _boolean, "int": _whole, "long": _whole, "id": _id, "reference": _id, "date": _date, "datetime": _datetime, "time": _time,
    **dict.fromkeys(sorted(NUMBER_TYPES), _decimal),
}  # fmt: skip


def json_token(value: Any) -> str:
    """What Salesforce's JSON parser calls a value that it cannot take (Jackson's token names, K)."""
    if value is True or value is False:
        return f"VALUE_{str(value).upper()} value {str(value).lower()}"
    if isinstance(value, int):
        return f"VALUE_NUMBER_INT value {value}"
    if isinstance(value, float):
        return f"VALUE_NUMBER_FLOAT value {value}"
    if isinstance(value, dict):
        return "START_OBJECT value {"
    if isinstance(value, list):
        return "START_ARRAY value ["
    return f"VALUE_STRING value {value}"


def shown(field_type: str, value: Any) -> Any:
    """A stored value as REST shows it: booleans true or false and never null, doubles with a decimal point.

    In a column of any type (the values of a history row) a boolean is one byte.
    """
    if field_type == "boolean" or (field_type == "anyType" and isinstance(value, bytes)):
        return bool(value) if field_type == "boolean" else value != b"\0"
    if value is not None and field_type in NUMBER_TYPES:
        return float(value)
    if field_type == "string" and type(value) in (int, float):  # a number's column whose field was made a text
        return f"{value:.15g}"
    return value


def seconds_of(stored: str) -> float:
    """Org seconds of a stored datetime."""
    return datetime.strptime(stored, "%Y-%m-%dT%H:%M:%S.000+0000").replace(tzinfo=UTC).timestamp()


@lru_cache(maxsize=256)
def stored_instant(at_s: int) -> str:
    """Org seconds as a stored datetime: `2026-01-15T09:00:00.000+0000`."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
