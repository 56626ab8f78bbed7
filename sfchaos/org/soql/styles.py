"""FORMAT(): values as the user's locale writes them. Source: SOQL reference, "FORMAT ()" (D: `4/10/2025, 3:31 PM`, `$44,000.00`).

Done for the locales in `_LOCALES`; every other one is written as en_US.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sfchaos.org.soql.settings import Settings

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


@dataclass(frozen=True, slots=True)
class _Locale:
    """`date` and `time` are formats for `str.format` with y, m, d and H, h, M, p."""

    thousands: str = ","
    point: str = "."
    date: str = "{m}/{d}/{y}"
    time: str = "{h}:{M:02} {p}"
    symbol_last: bool = False


_LOCALES = {
    "en_US": _Locale(),
    "en_GB": _Locale(date="{d:02}/{m:02}/{y}", time="{H:02}:{M:02}"),
    "de_DE": _Locale(".", ",", "{d:02}.{m:02}.{y}", "{H:02}:{M:02}", symbol_last=True),
}


@dataclass(frozen=True, slots=True)
class Style:
    """How a value of a field type is written. `code_index`: the SQL column with the row's currency, where the org has several;
    `code` is a currency that stands for the row's. One of them makes `USD 1,000.00` of `$1,000.00`."""

    type: str
    scale: int
    settings: Settings
    code: str = ""
    code_index: int = -1

    def shown(self, value: Any, row: Sequence[Any]) -> str | None:
        if value is None:
            return None
        words = _LOCALES.get(self.settings.locale, _LOCALES["en_US"])
        match self.type:
            case "date":
                return _date(date.fromisoformat(value[:10]), words)
            case "datetime":
                moment = datetime.fromisoformat(value[:19]).replace(tzinfo=UTC).astimezone(self.settings.tz)
                return f"{_date(moment.date(), words)}, {_time(moment.time(), words)}"
            case "time":
                return _time(time.fromisoformat(value[:8]), words)
            case "currency":
                code = row[self.code_index] if self.code_index >= 0 else self.code
                return _money(_number(value, self.scale, words), code, self.settings.currency, words)
            case "percent":
                return _number(value, self.scale, words) + "%"
            case "int" | "long" | "double":
                return _number(value, self.scale, words)
        return str(value)


def _number(value: Any, scale: int, words: _Locale) -> str:
    text = f"{Decimal(repr(value)).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP):,}"
    return text.translate({ord(","): words.thousands, ord("."): words.point})


def _money(amount: str, code: str | None, own: str, words: _Locale) -> str:
    if code:
        return f"{code} {amount}"
    symbol = _SYMBOLS.get(own, own)
    if words.symbol_last:
        return f"{amount} {symbol}"
    return f"-{symbol}{amount[1:]}" if amount.startswith("-") else f"{symbol}{amount}"


def _date(day: date, words: _Locale) -> str:
    return words.date.format(y=day.year, m=day.month, d=day.day)


def _time(at: time, words: _Locale) -> str:
    return words.time.format(H=at.hour, h=at.hour % 12 or 12, M=at.minute, p="PM" if at.hour >= 12 else "AM")
