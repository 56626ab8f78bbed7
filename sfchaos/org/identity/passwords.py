"""What a new password has to be, who may set another's, and how one is made. REST and SOAP set passwords alike.

The policy is the default one: eight characters, letters and digits (its first sentence D: REST guide, "sObject User Password").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfchaos.core import chance
from sfchaos.org import access
from sfchaos.org.access.delegation_checks import may_administer
from sfchaos.org.refusals import refuse

if TYPE_CHECKING:
    from sfchaos.org.org import Org

FEWEST_CHARACTERS = 8
_LETTERS, _DIGITS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"
_MADE_CHARACTERS = 10


def manages(org: Org, own_id: str, user_id: str) -> bool:
    """A delegated administrator needs the right to reset passwords besides (Salesforce Help 000385384, D)."""
    return access.has_system(org, own_id, "ManageUsers") or (access.has_system(org, own_id, "ResetPasswords") and may_administer(org, own_id, user_id))


def check_policy(password: str) -> None:
    """Raises Refused INVALID_NEW_PASSWORD."""
    if len(password) < FEWEST_CHARACTERS:
        raise refuse("INVALID_NEW_PASSWORD", f"Your password must be at least {FEWEST_CHARACTERS} characters long.")  # K
    if not any(char.isalpha() for char in password) or not any(char.isdigit() for char in password):
        raise refuse("INVALID_NEW_PASSWORD", "Your password must have a mix of letters and numbers.")


def made(org: Org) -> str:
    """A new password by chance."""
    number = org.registers.next("password")
    pool = [_LETTERS] * (_MADE_CHARACTERS - 2) + [_DIGITS] * 2
    return "".join(chars[chance.below(len(chars), org.seed, "password", number, place)] for place, chars in enumerate(pool))
