"""What a delegated administrator may not write: users elsewhere, rights beyond those of the group, the own rights.

The codes are those of any row or reference that is out of reach (wire reference 10.1); that they are used here too is a guess, and
so are the refusal to touch the own rights and users who may modify all data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sfchaos.org.access import kinds
from sfchaos.org.access.checks import READ_ONLY
from sfchaos.org.rows.row_input import RowRefused
from sfchaos.org.rows.values import row_refusal
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.access.delegated import Delegated
    from sfchaos.org.org import Org
    from sfchaos.org.rows.row_work import Work


def check_delegated(work: Work, values: Mapping[str, Any], record_id: str) -> None:
    """Raises RowRefused for a write that only delegated administration opens, where that does not reach so far."""
    rights, sobject = work.org.rights.of(work.user_id), work.plan.sobject
    given = rights.delegated
    if given is None or rights.unbound or rights.has(kinds.write_permission(sobject, "create")):
        return
    if sobject.name == "User":
        _check_user(work, given, values, record_id)
    elif sobject.name == "PermissionSetAssignment" and not record_id:
        _check_assignment(work, given, values)
    elif sobject.name == "GroupMember" and not record_id:
        _check_reached(values.get("GroupId"), given.groups)
        _check_reached(values.get("UserOrGroupId"), _users(work.org, given, work.user_id))
    elif sobject.name == "Group" and values.get("Type", "Regular") != "Regular":
        raise RowRefused(READ_ONLY)


def may_administer(org: Org, user_id: str, other: str) -> bool:
    """Whether the user is a delegated administrator of the other one."""
    given = org.rights.of(user_id).delegated
    return given is not None and other in _users(org, given, user_id) and not _is_strong(org, other)


def _check_user(work: Work, given: Delegated, values: Mapping[str, Any], record_id: str) -> None:
    if record_id == work.user_id:
        if any(name.lower() in kinds.OTHERS_FIELDS for name in values):
            raise RowRefused(READ_ONLY, record_id=record_id)
        return
    if record_id and _is_strong(work.org, record_id):
        raise RowRefused(READ_ONLY, record_id=record_id)
    before = _present(work.org, record_id) if record_id else {}
    role = values.get("UserRoleId", before.get("UserRoleId"))
    if role is None:  # "None Specified" is not theirs to choose (D)
        raise RowRefused(READ_ONLY, record_id=record_id)
    _check_reached(role, given.roles)
    profile = values.get("ProfileId", before.get("ProfileId"))
    if profile != before.get("ProfileId"):
        _check_reached(profile, given.profiles)


def _present(org: Org, user_id: str) -> dict[str, Any]:
    names = ("UserRoleId", "ProfileId")
    found = org.store.one(f'SELECT {", ".join(map(quoted, names))} FROM "User" WHERE "Id" = ?', (user_id,))
    return dict(zip(names, found, strict=True)) if found else {}


def _check_assignment(work: Work, given: Delegated, values: Mapping[str, Any]) -> None:
    _check_reached(values.get("AssigneeId"), _users(work.org, given, work.user_id))
    for name in ("PermissionSetId", "PermissionSetGroupId"):
        if values.get(name):
            _check_reached(values[name], given.sets)


def _users(org: Org, given: Delegated, user_id: str) -> frozenset[str]:
    """Ids of the users in the roles, without the administrator."""
    return frozenset(row[0] for row in org.store.all(f'SELECT u."Id" FROM "User" AS u WHERE {given.rows("User", "u", user_id)}'))


def _check_reached(record_id: Any, reached: frozenset[str]) -> None:
    if record_id not in reached:
        short = str(record_id or "")[:15]
        raise RowRefused(row_refusal("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", f"insufficient access rights on cross-reference id: {short}"))


def _is_strong(org: Org, user_id: str) -> bool:
    return org.rights.of(user_id).has("ModifyAllData")
