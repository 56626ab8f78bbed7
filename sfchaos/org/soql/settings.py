"""What of a user's and an org's settings changes the answer to a statement: time zone, locale, currency.

A statement asks for them only where it uses them (`is_personal`), and its plan is then kept under them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from sfchaos.org.org import Org

_PERSONAL = re.compile(r"\b(?:format|converttimezone|convertcurrency)\s*\(", re.IGNORECASE)

# Countries whose weeks start on Sunday or Saturday; all others start on Monday. Source: CLDR, weekData
_SUNDAY = (
    "AG AS BD BR BS BT BW BZ CA CO DM DO ET GT GU HK HN ID IL IN JM JP KE KH KR LA MH MM MO MT MX MZ NI NP PA PE PH PK PR PT PY SA SG SV TH TT TW UM US "
    "VE VI WS YE ZA ZW"
)
_SATURDAY = "AE AF BH DJ DZ EG IQ IR JO KW LY OM QA SD SY"
SUNDAY, SATURDAY, MONDAY = 6, 5, 0  # as date.weekday() counts


@dataclass(frozen=True, slots=True)
class Settings:
    """`zone` is a key of the time zone database, `currency` the user's ISO code."""

    zone: str = "GMT"
    locale: str = "en_US"
    currency: str = "USD"

    @property
    def tz(self) -> tzinfo:
        try:
            return ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):  # a zone that this machine's database lacks
            return UTC


PLAIN = Settings()


def is_personal(statement: str) -> bool:
    """True when the settings of the user may change what the statement compiles to."""
    return _PERSONAL.search(statement) is not None


def settings_of(org: Org, user_id: str) -> Settings:
    user = org.schema.find("User")
    if user is None:
        return PLAIN
    names = ("TimeZoneSidKey", "LocaleSidKey", "DefaultCurrencyIsoCode")
    row = org.store.one(f'SELECT {", ".join(n if user.find(n) else "NULL" for n in names)} FROM "User" WHERE Id = ?', (user_id,)) or (None,) * 3
    return Settings(row[0] or PLAIN.zone, row[1] or PLAIN.locale, row[2] or PLAIN.currency)


def first_weekday(locale: str) -> int:
    """The day that weeks of a locale start on, 0 for Monday: `de_DE`, `en_US`, `sr_Latn_RS`."""
    country = locale.rpartition("_")[2] if "_" in locale else "US" if locale == "en" else ""
    if len(country) != 2:
        return MONDAY
    return SUNDAY if country in _SUNDAY else SATURDAY if country in _SATURDAY else MONDAY
