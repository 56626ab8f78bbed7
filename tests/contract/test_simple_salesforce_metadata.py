"""simple-salesforce's Metadata API (zeep over its own WSDL): it creates, reads, changes, lists, deploys and deletes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from simple_salesforce import Salesforce

from sfchaos.core.errors import UnknownName


@pytest.fixture(scope="module")
def mdapi_of() -> Any:
    """`mdapi_of(place)`: the client's mdapi of an administrator."""

    def made(place: Any) -> Any:
        token = place.org.sessions.open(place.org.admin_user_id, grant="jwt-bearer").token
        return place.with_token(token).mdapi

    return made


def test_an_object_and_a_field_come_and_go(open_place: Any, mdapi_of: Any) -> None:
    with open_place("urllib3") as place:
        mdapi = mdapi_of(place)
        mdapi.CustomObject.create(mdapi.CustomObject(
            fullName="Parcel__c", label="Parcel", pluralLabel="Parcels", deploymentStatus=mdapi.DeploymentStatus("Deployed"), sharingModel=mdapi.SharingModel("ReadWrite"),
            nameField=mdapi.CustomField(label="Name", type=mdapi.FieldType("Text"))))  # fmt: skip
        mdapi.CustomField.create(mdapi.CustomField(fullName="Parcel__c.Weight__c", label="Weight", type=mdapi.FieldType("Number"), precision=8, scale=2))
        place.org.admin.create("Parcel__c", Name="A", Weight__c=2.5)
        read = mdapi.CustomField.read("Parcel__c.Weight__c")
        changed = mdapi.CustomObject.read("Parcel__c")
        changed.label = "Box"
        mdapi.CustomObject.update(changed)
        listed = [one.fullName for one in mdapi.list_metadata([mdapi.ListMetadataQuery(type="CustomObject")]) if one.fullName == "Parcel__c"]

        assert (read.fullName, read.label, read.precision, read.type) == ("Parcel__c.Weight__c", "Weight", 8, "Number")
        assert (place.org.schema.objects["parcel__c"].label, listed) == ("Box", ["Parcel__c"])
        assert place.org.admin.rows("Parcel__c")[0]["Weight__c"] == 2.5

        mdapi.CustomObject.delete(["Parcel__c"])
        with pytest.raises(UnknownName):
            place.org.admin.rows("Parcel__c")


def test_a_zip_is_deployed_and_its_failures_are_told(open_place: Any, tmp_path: Path) -> None:
    with open_place("urllib3") as place:
        sf: Salesforce = place.with_token(place.org.sessions.open(place.org.admin_user_id, grant="jwt-bearer").token)
        fine, broken = (tmp_path / name for name in ("fine.zip", "broken.zip"))
        fine.write_bytes(zip_with("<label>Sync</label>"))
        broken.write_bytes(zip_with("<label>Sync</label><objectPermissions><object>Nowhere__c</object><allowRead>true</allowRead></objectPermissions>"))
        jobs = [sf.deploy(str(path), sandbox=True)["asyncId"] for path in (fine, broken)]
        place.rig.clock.advance(60)
        states = [sf.checkDeployStatus(job, sandbox=True) for job in jobs]

        assert [state["state"] for state in states] == ["Succeeded", "Failed"]
        assert states[1]["deployment_detail"]["errors"][0]["message"] == "In field: field - no CustomObject named Nowhere__c found"  # type: ignore[index]
        assert place.org.admin.count("PermissionSet", Name="Sync") == 1


def zip_with(inside: str) -> bytes:
    """A package with the permission set Sync."""
    held = io.BytesIO()
    space = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("package.xml", f"<Package {space}><types><members>Sync</members><name>PermissionSet</name></types><version>62.0</version></Package>")
        archive.writestr("permissionsets/Sync.permissionset", f"<PermissionSet {space}>{inside}</PermissionSet>")
    return held.getvalue()
