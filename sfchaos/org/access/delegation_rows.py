"""DelegateGroup, DelegateGroupMember and DelegateGroupGrant of the Tooling API: the delegated administration groups, to read.

Source: Tooling API guide, the three objects, since version 57.0 (fields D; key prefixes are guesses).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sfchaos.org.ids import make_id

if TYPE_CHECKING:
    from sfchaos.org.org import Org

Row = dict[str, Any]
GROUP_PREFIX, MEMBER_PREFIX, GRANT_PREFIX = "1D0", "1D1", "1D2"


def groups(org: Org) -> Iterator[Row]:
    for number, (group, _) in enumerate(org.delegation.all(), 1):
        yield {"Id": make_id(GROUP_PREFIX, number), "DeveloperName": group.name, "Name": group.label or group.name, "IsLoginAccessEnabled": group.login_access}


def members(org: Org) -> Iterator[Row]:
    found = [(make_id(GROUP_PREFIX, number), member) for number, (_, held) in enumerate(org.delegation.all(), 1) for member in held]
    for number, (group_id, member) in enumerate(found, 1):
        yield {"Id": make_id(MEMBER_PREFIX, number), "DelegateGroupId": group_id, "UserOrGroupId": member}


def grants(org: Org) -> Iterator[Row]:
    found = [(make_id(GROUP_PREFIX, number), one) for number, (group, _) in enumerate(org.delegation.all(), 1) for one in org.delegation.granted_to(group)]
    for number, (group_id, granted) in enumerate(found, 1):
        yield {"Id": make_id(GRANT_PREFIX, number), "DelegateGroupId": group_id, "GrantedId": granted, "KeyPrefix": granted[:3]}
