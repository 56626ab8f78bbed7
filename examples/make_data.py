"""Makes the data of both examples: `python make_data.py`. Same seed, same files; needs Faker.

data/contacts.csv      what the ERP hands over tonight: 300 contacts, 269 of them changed, 60 of those urgent
data/org_contacts.csv  what Salesforce holds before the job: 450 contacts
"""

import csv
from pathlib import Path

from faker import Faker

SEED = 20260115
HERE = Path(__file__).resolve().parent
IN_ORG = range(1, 451)
TONIGHT = range(201, 501)
UNCHANGED = frozenset(range(210, 451, 8))  # in the file, but as Salesforce has it already
URGENT = frozenset(number for number in TONIGHT if number % 9 in (1, 5) and number not in UNCHANGED)
NAMES = ("erp_id", "first_name", "surname", "email", "phone")


def main() -> None:
    fake = Faker("en_US")
    Faker.seed(SEED)
    people = {number: person(fake, number) for number in range(1, 501)}
    tonight = []
    for number in TONIGHT:
        changed = number not in UNCHANGED
        row = {**people[number], "phone": phone(fake)} if changed else people[number]
        tonight.append({**row, "priority": "yes" if number in URGENT else "no", "changed": "yes" if changed else "no"})
    in_org = [
        {"FirstName": p["first_name"], "LastName": p["surname"], "Email": p["email"], "Phone": p["phone"], "External_Id__c": p["erp_id"], "Legacy_Id__c": p["erp_id"]}
        for p in (people[number] for number in IN_ORG)
    ]
    for name in ("crm_sync_weak", "crm_sync_careful"):
        write(HERE / name / "data" / "contacts.csv", tonight)
        write(HERE / name / "data" / "org_contacts.csv", in_org)


def person(fake: Faker, number: int) -> dict[str, str]:
    first, last = fake.first_name(), fake.last_name()
    return dict(zip(NAMES, (f"ERP-{number:06}", first, last, f"{first}.{last}.{number}@example.com".lower(), phone(fake)), strict=True))


def phone(fake: Faker) -> str:
    """A number of the range that is kept free for fiction."""
    return f"+1 {fake.random_int(201, 989)} 555 01{fake.random_int(0, 99):02}"


def write(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
