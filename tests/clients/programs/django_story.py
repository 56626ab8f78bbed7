"""The story as told by django-salesforce: models, the ORM, and no SOQL written by hand."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from typing import Any

import django
from django.conf import settings

TEXT = "Zoë said \"1 < 2\" & 'so' — 日本\n\U0001f600 \\ %41"

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

from django.db import connections  # noqa: E402 -- models need settings first
from django.db.models import Count  # noqa: E402
from salesforce import models  # noqa: E402
from salesforce.dbapi.exceptions import SalesforceError  # noqa: E402


class Account(models.Model):
    Name = models.CharField(max_length=255)
    Industry = models.CharField(max_length=40, null=True)
    Description = models.TextField(null=True)

    class Meta:
        app_label = "story"
        db_table = "Account"
        managed = False


class Contact(models.Model):
    LastName = models.CharField(max_length=80)
    Email = models.EmailField(null=True)
    account = models.ForeignKey(Account, models.DO_NOTHING, db_column="AccountId", null=True)

    class Meta:
        app_label = "story"
        db_table = "Contact"
        managed = False


def told(step: str, value: Any) -> None:
    print(json.dumps({"step": step, "value": value}), flush=True)


def code(act: Callable[[], Any]) -> str:
    try:
        act()
    except SalesforceError as error:
        found = re.search(r"\b[A-Z]+(?:_[A-Z]+)+\b", str(error))
        return found[0] if found else str(error)
    return "nothing was refused"


def main() -> None:
    made = Account(Name="Acme")
    made.save()
    told("create", [made.pk[:3], len(made.pk)])
    told("read", Account.objects.get(pk=made.pk).Name)
    made.Industry = "Banking"
    made.save()
    told("update", Account.objects.get(pk=made.pk).Industry)
    made.Industry, made.Description = None, TEXT
    made.save()
    again = Account.objects.get(pk=made.pk)
    told("null", again.Industry)
    told("text", again.Description)
    told("query", list(Account.objects.filter(Name__startswith="Acm").values_list("Name", flat=True)))
    told("pages", len(set(Contact.objects.filter(LastName="Crowd").values_list("pk", flat=True))))
    told("parent", Contact.objects.select_related("account").get(LastName="Ada").account.Name)
    told("children", list(Contact.objects.filter(account__Name="Parent").order_by("LastName").values_list("LastName", flat=True)))
    grouped = Contact.objects.filter(account__Name="Parent").values("LastName").annotate(n=Count("pk")).order_by("LastName")
    told("group", [[row["LastName"], row["n"]] for row in grouped])
    told("count", Contact.objects.filter(account__Name="Parent").count())
    cursor = connections["salesforce"].cursor()
    told("bad_field", code(lambda: cursor.execute("SELECT Nope FROM Account")))
    told("no_name", code(lambda: Account(Industry="Banking").save()))
    told("bad_email", code(lambda: Contact(LastName="X", Email="nobody").save()))
    two = [Account(Name="Acne"), Account(Name="Acre")]
    told("bulk", len(Account.objects.bulk_create(two)))
    told("bulk_update", Account.objects.filter(Name__in=["Acne", "Acre"]).update(Industry="Energy"))
    told("bulk_delete", Account.objects.filter(Name__in=["Acne", "Acre"]).delete()[0])
    made.delete()
    told("delete", Account.objects.filter(pk=made.pk).count())


if __name__ == "__main__":
    main()
