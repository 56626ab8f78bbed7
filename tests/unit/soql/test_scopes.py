"""USING SCOPE: whose rows a statement reads."""

from __future__ import annotations

import pytest

from sfchaos.org.org import Org
from sfchaos.org.refusals import Refused
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.soql import run


@pytest.fixture(scope="module")
def org():
    system = tuple(f for f in standard_schema().find("Invoice__c").fields if not f.custom)
    item = SObject("ProcessInstanceWorkitem", "Approval Request", "Approval Requests", "04i", (
        *system, Field("ActorId", "reference", reference_to=("User", "Group"), relationship_name="Actor"), Field("Step", length=20)))  # fmt: skip
    org = Org(schema=standard_schema().with_object(item), seed=4)
    create, me, other = org.admin.create, org.integration_user_id, org.admin_user_id
    queue = create("Group", Name="Cases", Type="Queue")
    team, inner = create("Group", Name="All", Type="Regular"), create("Group", Name="Some", Type="Regular")
    create("GroupMember", GroupId=inner, UserOrGroupId=me)
    create("GroupMember", GroupId=team, UserOrGroupId=inner)
    for sobject in ("Case", "Lead"):
        named = {"Case": lambda n: {"Subject": n}, "Lead": lambda n: {"LastName": n, "Company": "x"}}[sobject]
        for name, owner in (("queue's", queue), ("mine", me), ("other's", other)):
            create(sobject, OwnerId=owner, **named(name))
    for step, actor in (("mine", me), ("nested group's", team), ("queue's", queue), ("other's", other)):
        create("ProcessInstanceWorkitem", ActorId=actor, Step=step)
    for subject, owner, maker in (("given away", other, me), ("kept", me, me), ("given to me", me, other)):
        org.store.all('UPDATE "Task" SET CreatedById = ? WHERE Id = ?', (maker, create("Task", Subject=subject, OwnerId=owner)))
    return org


def names(org, text):
    return ["".join(cells) for cells in run(org, text, user_id=org.integration_user_id).flat_rows()]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SELECT Subject FROM Case USING SCOPE queue_owned", ["queue's"]),
        ("SELECT LastName FROM Lead USING SCOPE Queue_Owned", ["queue's"]),
        ("SELECT Subject FROM Case USING SCOPE user_owned ORDER BY Subject", ["mine", "other's"]),
        ("SELECT Subject FROM Case USING SCOPE mine", ["mine"]),
        ("SELECT COUNT(Id) FROM Case USING SCOPE everything", ["3"]),
        ("SELECT Subject FROM Case USING SCOPE user_owned WHERE Subject LIKE 'm%' OR Subject LIKE 'q%'", ["mine"]),
        ("SELECT Subject FROM Task USING SCOPE delegated", ["given away"]),
        ("SELECT Step FROM ProcessInstanceWorkitem USING SCOPE mine_and_my_groups ORDER BY Step", ["mine", "nested group's"]),
    ],
)
def test_a_scope_chooses_rows(org, text, found):
    assert names(org, text) == found


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("SELECT Id FROM Account USING SCOPE team", "Scope 'team' is not supported for entity 'Account'"),
        ("SELECT Id FROM Account USING SCOPE my_territory", "Scope 'my_territory' is not supported for entity 'Account'"),
        ("SELECT Id FROM Case USING SCOPE mine_and_my_groups", "Scope 'mine_and_my_groups' is not supported for entity 'Case'"),
        ("SELECT Id FROM Account USING SCOPE queue_owned", "Scope 'queue_owned' is not supported for entity 'Account'"),
        ("SELECT Id FROM Organization USING SCOPE mine", "Scope 'mine' is not supported for entity 'Organization'"),
        ("SELECT Id FROM Case USING SCOPE scopingRule", "Scope 'scopingrule' is not supported for entity 'Case'"),
        ("SELECT Id FROM Case USING SCOPE nonsense", "Invalid scope: 'nonsense'"),
    ],
)
def test_a_scope_that_an_object_has_not_is_refused(org, text, sentence):
    with pytest.raises(Refused) as caught:
        names(org, text)
    (refusal,) = caught.value.refusals
    assert (refusal.code, refusal.message.rpartition("\n")[2]) == ("MALFORMED_QUERY", sentence)
