"""What django-salesforce offers beyond the story: lookups, aggregates, relations, bulk work, refusals, raw cursors, inspectdb."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["salesforce"],
    DATABASE_ROUTERS=["salesforce.router.ModelRouter"],
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
        "salesforce": {
            "ENGINE": "salesforce.backend", "CONSUMER_KEY": os.environ["SF_CLIENT_ID"], "CONSUMER_SECRET": os.environ["SF_CLIENT_SECRET"],
            "USER": os.environ["SF_USERNAME"], "PASSWORD": os.environ["SF_PASSWORD"] + os.environ["SF_SECURITY_TOKEN"], "HOST": os.environ["SF_LOGIN_URL"],
        },
    },
    SF_LAZY_CONNECT=True, USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)  # fmt: skip
django.setup()

from django.core.management import call_command  # noqa: E402 -- models need settings first
from django.db import connections  # noqa: E402
from django.db.models import Avg, Count, Max, Min, Q, Sum  # noqa: E402
from salesforce import models  # noqa: E402
from salesforce.dbapi.exceptions import SalesforceError  # noqa: E402

NOW = datetime.now(UTC)


class User(models.Model):
    Username = models.CharField(max_length=80)

    class Meta:
        app_label = "deep"
        db_table = "User"
        managed = False


class Account(models.Model):
    Name = models.CharField(max_length=255)
    Industry = models.CharField(max_length=40, null=True)
    AnnualRevenue = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    NumberOfEmployees = models.IntegerField(null=True)
    External_Id__c = models.CharField(max_length=64, null=True, db_column="External_Id__c")
    CreatedDate = models.DateTimeField(sf_read_only=models.READ_ONLY)
    owner = models.ForeignKey(User, models.DO_NOTHING, db_column="OwnerId", sf_read_only=models.NOT_UPDATEABLE, default=models.DEFAULTED_ON_CREATE)
    parent = models.ForeignKey("self", models.DO_NOTHING, db_column="ParentId", null=True)

    class Meta:
        app_label = "deep"
        db_table = "Account"
        managed = False


class Contact(models.Model):
    LastName = models.CharField(max_length=80)
    FirstName = models.CharField(max_length=40, null=True)
    Email = models.EmailField(null=True)
    Birthdate = models.DateField(null=True)
    DoNotCall = models.BooleanField(default=False)
    account = models.ForeignKey(Account, models.DO_NOTHING, db_column="AccountId", null=True, related_name="contacts")

    class Meta:
        app_label = "deep"
        db_table = "Contact"
        managed = False


def told(step: str, value: Any) -> None:
    print(json.dumps({"step": step, "value": value}), flush=True)


def refused(act: Callable[[], Any]) -> str:
    try:
        act()
    except SalesforceError as error:
        found = re.search(r"\b[A-Z]+(?:_[A-Z]+)+\b", str(error))
        return found[0] if found else str(error)
    return "nothing was refused"


def names(found: Any, field: str = "Name") -> list[str]:
    return list(found.order_by(field).values_list(field, flat=True))


def main() -> None:
    lookups()
    relations()
    many()
    raw()
    inspected()


def lookups() -> None:
    for name, industry, revenue, staff in (("Alpha 50%", "Energy", 10, 5), ("alphabet_", "Banking", 20, 15), ("O'Beta \\ 'x'", None, None, None)):
        Account(Name=name, Industry=industry, AnnualRevenue=revenue, NumberOfEmployees=staff).save()
    ours = Account.objects.exclude(Name="Parent")
    told("contains", names(ours.filter(Name__icontains="ALPHA")))
    told("startswith", names(ours.filter(Name__startswith="O'Beta")))
    told("wild", [names(ours.filter(Name__contains="50%")), names(ours.filter(Name__endswith="t_")), names(ours.filter(Name="O'Beta \\ 'x'"))])
    told("in", names(ours.filter(Industry__in=["Energy", "Banking"])))
    told("isnull", [names(ours.filter(Industry__isnull=True)), len(ours.filter(Industry__isnull=False))])
    told("range", [names(ours.filter(AnnualRevenue__range=(10, 15))), names(ours.filter(NumberOfEmployees__gte=6))])
    told("date", [ours.filter(CreatedDate__gt=NOW - timedelta(hours=1)).count(), ours.filter(CreatedDate__gt=NOW + timedelta(hours=1)).count()])
    told("or", names(ours.filter(Q(Industry="Energy") | Q(Name__startswith="O'"))))
    told("not", names(ours.filter(~Q(Industry="Energy"), Industry__isnull=False)))
    totals = ours.aggregate(Sum("AnnualRevenue"), Avg("NumberOfEmployees"), Min("AnnualRevenue"), Max("AnnualRevenue"), Count("pk"))
    told("aggregate", [float(totals[key]) for key in ("AnnualRevenue__sum", "NumberOfEmployees__avg", "AnnualRevenue__min", "AnnualRevenue__max", "pk__count")])
    grouped = ours.values("Industry").annotate(n=Count("pk")).filter(n__gte=1).order_by("Industry")
    told("group", [[row["Industry"], row["n"]] for row in grouped])
    told("slice", [list(ours.order_by("-Name").values_list("Name", flat=True)[1:2]), ours.order_by("Name").first().Name, ours.order_by("Name").last().Name])
    told("exists", [ours.filter(Name="Nobody").exists(), ours.filter(Industry="Energy").exists()])
    told("none", [type(error).__name__ for error in [caught(lambda: Account.objects.get(Name="Nobody")), caught(lambda: ours.get(Name__contains="lpha"))]])


def caught(act: Callable[[], Any]) -> Exception | None:
    try:
        act()
    except (Account.DoesNotExist, Account.MultipleObjectsReturned) as error:
        return error
    return None


def relations() -> None:
    told("select_related", [c.account.owner.Username for c in Contact.objects.select_related("account__owner").filter(account__Name="Parent")])
    found = Account.objects.filter(Name="Parent").prefetch_related("contacts")
    told("prefetch", [sorted(c.LastName for c in account.contacts.all()) for account in found])
    told("semi_join", names(Account.objects.filter(pk__in=Contact.objects.filter(LastName="Ada").values("account"))))
    told("through_parent", names(Contact.objects.filter(account__owner__Username__contains="@acme.example"), "LastName"))
    told("defer", list(Contact.objects.filter(LastName="Ada").values("LastName", "account__Name")))
    parent = Account.objects.get(Name="Parent")
    child = Account(Name="Child", parent=parent)
    child.save()
    told("self", Account.objects.select_related("parent").get(pk=child.pk).parent.Name)
    told("owner_defaulted", Account.objects.get(pk=child.pk).owner.Username == os.environ["SF_USERNAME"])
    person = Contact(LastName="Typed", Birthdate=datetime(1990, 2, 28, tzinfo=UTC).date(), DoNotCall=True, account=child)
    person.save()
    read = Contact.objects.get(pk=person.pk)
    told("typed", [read.Birthdate.isoformat(), read.DoNotCall])


def many() -> None:
    made = Contact.objects.bulk_create([Contact(LastName=f"Bulk {n:03}") for n in range(401)])
    told("bulk_create", [len(made), Contact.objects.filter(LastName__startswith="Bulk").count()])
    people = list(Contact.objects.filter(LastName__startswith="Bulk"))
    for person in people:
        person.FirstName = "Many"
    Contact.objects.bulk_update(people, ["FirstName"])
    told("bulk_update", Contact.objects.filter(FirstName="Many").count())
    told("queryset_update", Contact.objects.filter(FirstName="Many", LastName__lt="Bulk 010").update(Email="m@any.example"))
    told("delete_too_many", refused(lambda: Contact.objects.filter(FirstName="Many").delete()))
    for start in ("Bulk 0", "Bulk 1", "Bulk 2", "Bulk 3"):
        Contact.objects.filter(FirstName="Many", LastName__startswith=start).delete()
    told("queryset_delete", [Contact.objects.filter(FirstName="Many").delete()[0], Contact.objects.filter(FirstName="Many").count()])
    for step, all_or_none in (("each_for_itself", False), ("all_or_none", True)):
        two = [Contact(LastName=step), Contact(LastName="Part", Email="nobody")]
        told(step, [refused(lambda: Contact.objects.sf(all_or_none=all_or_none).bulk_create(two)), Contact.objects.filter(LastName=step).count()])  # noqa: B023
    told("query_all", Contact.objects.sf(query_all=True).filter(FirstName="Many").count())
    gone = Account(Name="Gone")
    gone.save()
    key = gone.pk
    gone.delete()
    again = Account(pk=key, Name="Back")
    told("save_gone", refused(lambda: again.save(force_update=True)))
    Account(Name="Keyed", External_Id__c="D-1").save()
    told("duplicate", refused(lambda: Account(Name="Twin", External_Id__c="D-1").save()))
    told("too_long", refused(lambda: Account(Name="x" * 256).save()))


def raw() -> None:
    cursor = connections["salesforce"].cursor()
    cursor.execute("SELECT LastName, Account.Name FROM Contact WHERE LastName = %s", ("Ada",))
    told("cursor", [list(row) for row in cursor.fetchall()])
    cursor.execute("SELECT Id FROM Contact WHERE LastName = 'Crowd'")
    told("cursor_pages", [cursor.rowcount, len(set(cursor.fetchall()))])
    cursor.execute("SELECT COUNT(Id) n, MAX(LastName) z FROM Contact WHERE Account.Name = 'Parent'")
    told("cursor_aggregate", [list(row) for row in cursor.fetchall()])
    told("cursor_refused", [refused(lambda: cursor.execute("SELECT Nope FROM Contact")), refused(lambda: cursor.execute("SELECT Id FROM Nope__c"))])
    told("raw", [row.LastName for row in Contact.objects.raw("SELECT Id, LastName FROM Contact WHERE LastName = 'Bob'")])


def inspected() -> None:
    out = io.StringIO()
    call_command("inspectdb", database="salesforce", stdout=out)
    text = out.getvalue()
    compile(text, "models.py", "exec")
    classes = set(re.findall(r"^class (\w+)\(models\.Model\):", text, re.MULTILINE))
    told("inspectdb", [len(classes) > 50, {"Account", "Contact", "Opportunity", "User", "Invoice"} <= classes])
    account = text[text.index("class Account(") :].split("\nclass ", 1)[0]
    told("inspected_account", [
        "    name = models.CharField(db_column='Name', max_length=255," in account,
        "    parent = models.ForeignKey('self', models.DO_NOTHING, db_column='ParentId'," in account,
        "    annual_revenue = models.DecimalField(db_column='AnnualRevenue', max_digits=18, decimal_places=0," in account,
        "choices=[" in account, "external_id = models.CharField" in account,
    ])  # fmt: skip


if __name__ == "__main__":
    main()
