"""A zip may be anything: a deployment of it fails in words, and the org stays as it was."""

from __future__ import annotations

import io
import struct
import zipfile
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfchaos.org.mdapi import package
from sfchaos.org.mdapi.package import MOST_FILES, BadPackage, opened, read_package

PACKAGE = '<Package xmlns="http://soap.sforce.com/2006/04/metadata"><types><members>A</members><name>PermissionSet</name></types><version>62.0</version></Package>'
SET = '<PermissionSet xmlns="http://soap.sforce.com/2006/04/metadata"><label>A</label></PermissionSet>'


def good() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("package.xml"), PACKAGE)
        archive.writestr(zipfile.ZipInfo("permissionsets/A.permissionset"), SET)
    return held.getvalue()


GOOD = good()


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip", GOOD[:-30], GOOD[10:]], ids=["empty", "two bytes", "text", "no end", "no beginning"])
def test_what_is_no_zip_fails_in_words(desk: Any, said: Any, data: bytes) -> None:
    status = desk.deploy_bytes(data)

    assert said(status, ".//status") == "Failed"
    assert said(status, ".//errorMessage") in ("UNKNOWN_EXCEPTION: The zip file is not a valid zip archive", "No package.xml found")


@pytest.mark.parametrize("name", ["../package.xml", "a/../../b", "/etc/passwd", "C:/x", "..\\..\\x"])
def test_names_that_lead_out_are_refused(zip_of: Any, name: str) -> None:
    with pytest.raises(BadPackage, match="names a place outside"):
        opened(zip_of({"package.xml": PACKAGE, name: "x"}))


def test_a_zip_without_a_manifest_fails_in_words(desk: Any, said: Any, zip_of: Any) -> None:
    assert said(desk.deploy_bytes(zip_of({"permissionsets/A.permissionset": SET})), ".//errorMessage") == "No package.xml found"


def test_a_manifest_that_is_no_xml_fails_in_words(desk: Any, said: Any, zip_of: Any) -> None:
    assert "Error parsing file: package.xml" in said(desk.deploy_bytes(zip_of({"package.xml": "<Package>"})), ".//errorMessage")


def test_entities_in_a_component_are_refused(desk: Any, zip_of: Any) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><PermissionSet><label>&b;</label></PermissionSet>'
    status = desk.deploy_bytes(zip_of({"package.xml": PACKAGE, "permissionsets/A.permissionset": bomb}))

    assert [one.findtext("problem") for one in status.iter("componentFailures")] == ["Error parsing file: a document type (DOCTYPE) is not taken"]


def test_too_many_files_are_refused(zip_of: Any) -> None:
    with pytest.raises(BadPackage, match="number of files"):
        opened(zip_of({f"f{number}": "" for number in range(MOST_FILES + 1)}))


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(BadPackage, match="39000000 bytes"):
        opened(b"\0" * (package.MOST_BYTES + 1))


def test_a_bomb_is_refused_before_it_is_unpacked(zip_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MOST_UNPACKED_BYTES", 100_000)
    with pytest.raises(BadPackage, match="size of the unpacked files"):
        opened(zip_of({"bomb": b"\0" * 100_001}))


def test_a_bomb_that_lies_about_its_size_is_not_unpacked(zip_of: Any) -> None:
    data = bytearray(zip_of({"bomb": b"\0" * 1_000_000}))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(mark)
        data[at + offset : at + offset + 4] = struct.pack("<I", 10)
    with pytest.raises(BadPackage):
        opened(bytes(data))


@given(at=st.integers(0, len(GOOD) - 1), value=st.integers(0, 255), cut=st.integers(0, len(GOOD)))
def test_a_damaged_zip_is_read_or_refused_and_nothing_else(at: int, value: int, cut: int) -> None:
    data = GOOD[:at] + bytes([value]) + GOOD[at + 1 :]
    for each in (data, GOOD[:cut]):
        with suppress(BadPackage):
            read_package(opened(each))


@given(inside=st.recursive(st.text("<>&;abc_/ \n", max_size=8), lambda kids: st.lists(kids, max_size=3).map(lambda some: f"<label>{''.join(some)}</label>"), max_leaves=6))
def test_any_text_in_a_file_is_an_outcome(inside: str) -> None:
    files = {"package.xml": PACKAGE.encode(), "permissionsets/A.permissionset": f"<PermissionSet>{inside}</PermissionSet>".encode()}
    found = read_package(files)

    assert len(found.components) + len(found.broken) >= 1
