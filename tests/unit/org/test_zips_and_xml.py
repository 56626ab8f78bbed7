"""Zip files and XML as clients send them, broken and hostile ones above all."""

import io
import zipfile

import pytest

from sfchaos.org.files.zips import BadZip, unzipped
from sfchaos.org.xml_parsing import MOST_LEVELS, BadXml, parsed


def zipped(files, method=zipfile.ZIP_DEFLATED):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return made.getvalue()


def take_all(entries):
    """No objection."""


def test_a_zip_gives_its_files_by_path_and_no_folders():
    assert unzipped(zipped({"a/": b"", "a/b.txt": b"one", "c.bin": b"\0"}), take_all, most_bytes=4) == {"a/b.txt": b"one", "c.bin": b"\0"}


def test_a_damaged_content_is_a_bad_zip():
    """zlib's own error is none of zipfile's."""
    data = bytearray(zipped({"a.txt": b"the same again and again " * 40}))
    data[30 + len("a.txt")] |= 0b110  # the kind of the first deflate block: there is no fourth
    with pytest.raises(BadZip, match=r"^a\.txt: .*invalid block type"):
        unzipped(bytes(data), take_all, most_bytes=10_000)


def test_no_zip_is_a_bad_zip():
    with pytest.raises(BadZip, match="not a zip file"):
        unzipped(b"PK nothing", take_all, most_bytes=10)


def test_more_than_may_come_out_is_not_unpacked():
    with pytest.raises(BadZip, match="more comes out"):
        unzipped(zipped({"a": b"0" * 6, "b": b"0" * 6}), take_all, most_bytes=11)


def test_who_opens_it_may_object_to_the_entries():
    def object_to(entries):
        raise KeyError(entries[0].filename)

    with pytest.raises(KeyError, match="a"):
        unzipped(zipped({"a": b"1"}), object_to, most_bytes=1)


@pytest.mark.parametrize(("body", "why"), [
    (b"", "no element found"),
    (b"<a>", "no element found"),
    (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "DOCTYPE is not allowed"),
    (b"<a>" * (MOST_LEVELS + 1) + b"</a>" * (MOST_LEVELS + 1), "more than 100 levels deep"),
    (b"\xff\xfe\x00", "partial character|unclosed token|not well-formed|no element"),
    (b'<?xml version="1.0" encoding="klingon"?><a/>', "klingon|encoding"),
])  # fmt: skip
def test_xml_that_is_not_taken_says_why(body, why):
    with pytest.raises(BadXml, match=why):
        parsed(body)


def test_a_hundred_levels_are_taken():
    assert parsed(b"<a>" * MOST_LEVELS + b"</a>" * MOST_LEVELS).tag == "a"
