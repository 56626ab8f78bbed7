"""USING SCOPE. Source: SOQL reference, "USING SCOPE" (D); which objects have which scope: their describes (R)."""

from __future__ import annotations

from sfchaos.org.soql import ast
from sfchaos.org.soql.errors import malformed
from sfchaos.org.soql.scope import Scope
from sfchaos.org.store import quoted

_BY_OWNER_KIND = ("Case", "Lead")  # describe shows queue_owned and user_owned for these
_DELEGATED = ("Event", "Task")
_KNOWN = frozenset({
    "delegated", "genericteam", "mine", "mine_and_my_groups", "my_team_territory", "my_territory", "queue_owned", "scopingrule", "team", "team_by_role",
    "user_owned",
})  # fmt: skip


def scope_condition(query: ast.Query, scope: Scope) -> str:
    """SQL of the rows within the scope, "" for all. Raises Refused for a scope that the object has not (the texts are guesses).

    Teams, territories and scoping rules are not kept, so their scopes are refused.
    """
    if query.scope == "everything":
        return ""
    name, user_id = scope.sobject.name, f"'{scope.context.user_id}'"
    owner = scope.table.column("OwnerId") if scope.sobject.find("OwnerId") else ""
    match query.scope:
        case "mine" if owner:
            return f"{owner} = {user_id}"
        case "delegated" if owner and name in _DELEGATED:  # "delegated to another user for action": made by the user for somebody else
            return f"{scope.table.column('CreatedById')} = {user_id} AND {owner} != {user_id}"
        case "queue_owned" if owner and name in _BY_OWNER_KIND and scope.context.schema.find("Group"):
            return f"{owner} IN (SELECT q.Id FROM {quoted('Group')} q WHERE q.Type = 'Queue')"
        case "user_owned" if owner and name in _BY_OWNER_KIND:
            return f"{owner} IN (SELECT u.Id FROM {quoted('User')} u)"
        case "mine_and_my_groups" if name.lower() == "processinstanceworkitem" and scope.sobject.find("ActorId"):  # of no other object (D)
            return f"{scope.table.column('ActorId')} IN ({_groups_of(user_id)})"
    if query.scope in _KNOWN:
        raise malformed(scope.context.statement, query.at, f"Scope '{query.scope}' is not supported for entity '{name}'")
    raise malformed(scope.context.statement, query.at, f"Invalid scope: '{query.scope}'")


def _groups_of(user_id: str) -> str:
    """The user, and the groups and queues that the user is in, directly or through other groups."""
    return (f"WITH RECURSIVE g(Id) AS (SELECT {user_id} UNION SELECT m.GroupId FROM {quoted('GroupMember')} m JOIN g ON m.UserOrGroupId = g.Id) "
            "SELECT Id FROM g")  # fmt: skip
