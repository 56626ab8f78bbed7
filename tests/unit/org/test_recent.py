"""What a user looked at lately."""

MRU = (("Sforce-Mru", "updateMru=true"),)


def recent(caller, limit=""):
    caller("GET", f"/recent{limit}")
    return caller.json


def test_an_integration_that_reads_and_writes_looks_at_nothing(caller):
    account = caller.create("Account", Name="Acme")
    caller("GET", f"/sobjects/Account/{account}")
    caller("PATCH", f"/sobjects/Account/{account}", {"Name": "B"})
    assert recent(caller) == []


def test_the_latest_row_stands_first_and_each_row_once(caller, org):
    first, second = caller.create("Account", Name="One"), caller.create("Contact", FirstName="Ada", LastName="Byron")
    schema = org.schema
    org.recent.viewed(org.integration_user_id, schema.find("Account"), first)
    org.recent.viewed(org.integration_user_id, schema.find("Contact"), second)
    org.clock.advance(60)
    org.recent.referenced(org.integration_user_id, schema.find("Account"), first)
    assert recent(caller) == [
        {"attributes": {"type": "Account", "url": f"/services/data/v62.0/sobjects/Account/{first}"}, "Id": first, "Name": "One"},
        {"attributes": {"type": "Contact", "url": f"/services/data/v62.0/sobjects/Contact/{second}"}, "Id": second, "Name": "Ada Byron"},
    ]
    assert len(recent(caller, "?limit=1")) == 1
    [row] = org.admin.rows("Account")
    assert (row["LastViewedDate"], row["LastReferencedDate"]) == ("2026-01-15T09:00:00.000+0000", "2026-01-15T09:01:00.000+0000")
    assert row["SystemModstamp"] == "2026-01-15T09:00:00.000+0000"


def test_rows_of_another_user_and_deleted_rows_are_not_shown(caller, org):
    first, second = caller.create("Account", Name="One"), caller.create("Account", Name="Two")
    org.recent.viewed(org.admin_user_id, org.schema.find("Account"), first)
    assert recent(caller) == []
    org.recent.viewed(org.integration_user_id, org.schema.find("Account"), first, second)
    caller("DELETE", f"/sobjects/Account/{first}")
    assert [item["Id"] for item in recent(caller)] == [second]


def test_a_write_counts_when_its_header_says_so_from_v60_on(caller):
    caller("POST", "/sobjects/Account", {"Name": "Old"}, version="59.0", headers=MRU)
    assert recent(caller) == []
    caller("POST", "/sobjects/Account", {"Name": "New"}, headers=MRU)
    first = caller.json["id"]
    assert [item["Id"] for item in recent(caller)] == [first]
    caller("PATCH", "/sobjects/Account/External_Id__c/K", {"Name": "Up"}, headers=MRU)
    second = caller.json["id"]
    caller("PATCH", f"/sobjects/Account/{first}", {"Name": "Newer"}, headers=MRU)
    assert [item["Name"] for item in recent(caller)] == ["Newer", "Up"]
    assert [item["Id"] for item in recent(caller)] == [first, second]
    caller("POST", "/sobjects/Account", {"Name": "Quiet"}, headers=(("Sforce-Mru", "updateMru=false"),))
    assert len(recent(caller)) == 2


def test_two_hundred_rows_are_kept(caller, org):
    ids = org.admin.create_many("Account", [{"Name": f"A{number}"} for number in range(205)])
    org.recent.viewed(org.integration_user_id, org.schema.find("Account"), *ids)
    assert [item["Id"] for item in recent(caller)] == ids[:4:-1]


def test_a_limit_that_is_no_number_is_refused(caller):
    for text in ("x", "0", "-1", "", "%D9%A3"):
        assert caller("GET", f"/recent?limit={text}").status == 400


def test_recent_items_of_an_object_are_its_own(caller, org):
    account, contact = caller.create("Account", Name="One"), caller.create("Contact", LastName="Byron")
    org.recent.viewed(org.integration_user_id, org.schema.find("Account"), account)
    org.recent.viewed(org.integration_user_id, org.schema.find("Contact"), contact)
    items = org.recent.items(org.integration_user_id, "/services/data/v62.0", sobject=org.schema.find("Account"))
    assert [item["Id"] for item in items] == [account]
    caller("GET", "/sobjects/Account")
    assert caller.json["recentItems"] == items
