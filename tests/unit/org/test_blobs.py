"""Files: multipart and base64 in, bytes out; versions, documents and links."""

import base64
import hashlib
import json

import pytest

from sfchaos.org.files import multipart

BYTES = bytes(range(256)) + b"\r\n--not the boundary\r\n\n\r"


def form(*parts, boundary="b0und"):
    """A body of (name, kind, data) parts."""
    body = b""
    for name, kind, data in parts:
        extra = f'; filename="{name}.bin"' if kind != "application/json" else ""
        typed = f"Content-Type: {kind}\r\n" if kind else ""
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n{typed}\r\n'.encode() + data + b"\r\n"
    return body + f"--{boundary}--\r\n".encode()


def send(caller, method, path, raw, boundary='"b0und"'):
    return caller(method, path, raw=raw, headers=(("Content-Type", f"multipart/form-data; boundary={boundary}"),))


def fields(**values):
    return ("entity", "application/json", json.dumps(values).encode())


def upload(caller, data=BYTES, **values):
    send(caller, "POST", "/sobjects/ContentVersion", form(fields(**{"PathOnClient": "dir/report.final.pdf", **values}), ("VersionData", "application/octet-stream", data)))
    assert caller.last.status == 201, caller.last.body
    return caller.json["id"]


def row(caller, sobject, record_id):
    caller("GET", f"/sobjects/{sobject}/{record_id}")
    return caller.json


def rows(org, sobject):
    return org.admin.rows(sobject)


def test_a_file_makes_a_version_a_document_and_links(caller, org):
    account = caller.create("Account", Name="Acme")
    version = row(caller, "ContentVersion", upload(caller, FirstPublishLocationId=account))
    assert (version["Title"], version["FileExtension"], version["FileType"]) == ("report.final", "pdf", "PDF")
    assert (version["ContentSize"], version["Checksum"]) == (len(BYTES), hashlib.md5(BYTES).hexdigest())
    assert (version["IsLatest"], version["VersionNumber"]) == (True, "1")
    assert version["VersionData"] == f"/services/data/v62.0/sobjects/ContentVersion/{version['Id']}/VersionData"
    document = row(caller, "ContentDocument", version["ContentDocumentId"])
    assert document["Id"].startswith("069")
    assert (document["Title"], document["LatestPublishedVersionId"], document["ContentSize"], document["FileType"]) == ("report.final", version["Id"], len(BYTES), "PDF")
    links = {link["LinkedEntityId"]: link["ShareType"] for link in rows(org, "ContentDocumentLink") if link["ContentDocumentId"] == document["Id"]}
    assert links == {org.integration_user_id: "I", account: "V"}


def test_the_bytes_come_back_whole(caller):
    version = upload(caller)
    reply = caller("GET", f"/sobjects/ContentVersion/{version}/VersionData")
    assert (reply.status, reply.body, reply.header("Content-Type")) == (200, BYTES, "application/octetstream")
    assert caller("HEAD", f"/sobjects/contentversion/{version[:15]}/versiondata").body == b""


def test_a_next_version_takes_over(caller, org):
    first = row(caller, "ContentVersion", upload(caller))
    second = row(caller, "ContentVersion", upload(caller, b"new", ContentDocumentId=first["ContentDocumentId"], PathOnClient="b.TXT", Title="Second", ReasonForChange="why"))
    assert second["ContentDocumentId"] == first["ContentDocumentId"]
    assert (second["VersionNumber"], second["IsLatest"], second["FileType"]) == ("2", True, "TEXT")
    assert row(caller, "ContentVersion", first["Id"])["IsLatest"] is False
    document = row(caller, "ContentDocument", first["ContentDocumentId"])
    assert (document["LatestPublishedVersionId"], document["Title"], document["ContentSize"]) == (second["Id"], "Second", 3)
    assert len(rows(org, "ContentDocument")) == 1
    assert caller("GET", f"/sobjects/ContentVersion/{first['Id']}/VersionData").body == BYTES


def test_a_deleted_document_takes_versions_and_links_along(caller, org):
    version = row(caller, "ContentVersion", upload(caller))
    assert caller("DELETE", f"/sobjects/ContentDocument/{version['ContentDocumentId']}").status == 204
    assert [rows(org, name) for name in ("ContentDocument", "ContentVersion", "ContentDocumentLink")] == [[], [], []]
    assert caller("GET", f"/sobjects/ContentVersion/{version['Id']}/VersionData").status == 404


@pytest.mark.parametrize("missing", ["VersionData", "PathOnClient"])
def test_a_version_without_name_or_content_is_refused(caller, missing):
    body = {"Title": "x", "PathOnClient": "a.txt", "VersionData": "YQ=="}
    del body[missing]
    assert caller("POST", "/sobjects/ContentVersion", body).status == 400
    assert (caller.json[0]["errorCode"], caller.json[0]["fields"]) == ("REQUIRED_FIELD_MISSING", [missing])


def test_base64_in_json_is_a_file_too(caller, org):
    account = caller.create("Account", Name="Acme")
    text = base64.encodebytes(BYTES).decode()  # in lines, as some clients send it
    attachment = caller.create("Attachment", ParentId=account, Name="a.bin", Body=text, ContentType="text/plain")
    assert row(caller, "Attachment", attachment)["BodyLength"] == len(BYTES)
    reply = caller("GET", f"/sobjects/Attachment/{attachment}/Body")
    assert (reply.body, reply.header("Content-Type")) == (BYTES, "text/plain")
    caller("GET", "/query?q=SELECT+Id,Body+FROM+Attachment")
    assert caller.json["records"][0]["Body"] == f"/services/data/v62.0/sobjects/Attachment/{attachment}/Body"
    assert org.store.one("SELECT Body FROM Attachment")[0] == f"sha256:{hashlib.sha256(BYTES).hexdigest()}:{len(BYTES)}"


def test_what_is_no_base64_is_refused(caller):
    account = caller.create("Account", Name="Acme")
    for value in ("%%%", "abc", "\u00e9", 7, {"a": 1}):
        assert caller("POST", "/sobjects/Attachment", {"ParentId": account, "Name": "a", "Body": value}).status == 400
        assert caller.json[0]["errorCode"] == "JSON_PARSER_ERROR"


def test_an_attachments_body_can_be_replaced_by_a_form(caller):
    account = caller.create("Account", Name="Acme")
    attachment = caller.create("Attachment", ParentId=account, Name="a.bin", Body="YQ==")
    assert send(caller, "PATCH", f"/sobjects/Attachment/{attachment}", form(fields(Name="b.bin"), ("Body", "image/png", b"new bytes"))).status == 204
    assert (row(caller, "Attachment", attachment)["Name"], row(caller, "Attachment", attachment)["BodyLength"]) == ("b.bin", 9)
    assert caller("GET", f"/sobjects/Attachment/{attachment}/Body").body == b"new bytes"


def test_attachments_go_with_their_parent(caller, org):
    account = caller.create("Account", Name="Acme")
    caller.create("Attachment", ParentId=account, Name="a.bin", Body="YQ==")
    caller("DELETE", f"/sobjects/Account/{account}")
    assert rows(org, "Attachment") == []


@pytest.mark.parametrize(("raw", "sentence"), [
    (form(("VersionData", "text/plain", b"x")), "Multipart message must include a non-binary part"),
    (form(fields(), ("VersionData", "text/plain", b"x"), ("Title", "", b"y")), "Cannot include more than one binary part"),
    (form(fields(), fields(), ("VersionData", "text/plain", b"x")), "Cannot include more than one non-binary part"),
    (form(fields(), ("Body", "text/plain", b"x")), "The binary part must be named after a blob field of ContentVersion: Body"),
    (form(("entity", "application/json", b"[1]"), ("VersionData", "text/plain", b"x")), "The non-binary part must be a JSON object"),
    (form(fields(), ("VersionData", "text/plain", b"x"))[:-20], "The multipart message has no end"),
    (b"", "The multipart message has no parts"),
    (b"no form at all", "The multipart message has no parts"),
    (b"--b0und\r\nContent-Type: application/json\r\n--b0und--", "A part of the multipart message has no content"),
    (b"--b0und--", "Multipart message must include a non-binary part"),
])  # fmt: skip
def test_a_form_that_is_not_right_is_refused(caller, org, raw, sentence):
    assert send(caller, "POST", "/sobjects/ContentVersion", raw).status == 400
    assert caller.json == [{"message": sentence, "errorCode": "INVALID_MULTIPART_REQUEST"}]
    assert rows(org, "ContentVersion") == []


def test_a_form_without_boundary_or_with_bad_json_is_refused(caller):
    assert caller("POST", "/sobjects/ContentVersion", raw=b"--x--", headers=(("Content-Type", "multipart/form-data"),)).status == 400
    assert caller.json[0]["errorCode"] == "INVALID_MULTIPART_REQUEST"
    send(caller, "POST", "/sobjects/ContentVersion", form(("entity", "application/json", b"{"), ("VersionData", "", b"x")))
    assert caller.json[0]["errorCode"] == "JSON_PARSER_ERROR"


def test_lf_alone_ends_lines_too_and_a_preamble_is_ignored(caller):
    raw = b'hello\n--b0und\nContent-Disposition: form-data; name=entity\nContent-Type: application/json\n\n{"PathOnClient": "a.txt"}\n' \
          b'--b0und\nContent-Disposition: form-data; name="VersionData"\n\nA\n\nB\n--b0und--\nbye'  # fmt: skip
    assert send(caller, "POST", "/sobjects/ContentVersion", raw, boundary="b0und").status == 201
    assert caller("GET", f"/sobjects/ContentVersion/{caller.json['id']}/VersionData").body == b"A\n\nB"


def test_files_too_large_are_refused(caller, monkeypatch):
    account = caller.create("Account", Name="Acme")
    monkeypatch.setattr(multipart, "MOST_JSON_BYTES", 200)
    assert caller("POST", "/sobjects/Attachment", {"ParentId": account, "Name": "a", "Body": "YWFh" * 50}).status == 413
    assert caller.json[0]["errorCode"] == "EXCEEDED_MAX_SIZE_REQUEST"
    monkeypatch.setattr(multipart, "MOST_FILE_BYTES", 10)
    for data in (b"x" * 11, b"x" * 500):
        assert send(caller, "POST", "/sobjects/Attachment", form(fields(ParentId=account, Name="a"), ("Body", "", data))).status == 413
    monkeypatch.setattr(multipart, "MOST_FILE_BYTES", 11)
    monkeypatch.setattr(multipart, "MOST_JSON_BYTES", 500)
    assert send(caller, "POST", "/sobjects/Attachment", form(fields(ParentId=account, Name="a"), ("Body", "", b"x" * 11))).status == 201


def test_the_same_bytes_are_kept_once_and_a_reset_drops_them(caller, org):
    account = caller.create("Account", Name="Acme")
    for name in ("a", "b"):
        caller.create("Attachment", ParentId=account, Name=name, Body="YWFh")
    assert org.store.one("SELECT COUNT(*) FROM sfchaos_blobs") == (1,)
    org.reset()
    assert org.store.one("SELECT COUNT(*) FROM sfchaos_blobs") == (0,)


def test_a_log_file_is_csv(caller, org):
    log = org.admin.create("EventLogFile", EventType="API", LogDate="2026-01-14T00:00:00Z", LogFileLength=0, LogFileContentType="text/csv", ApiVersion=62.0,
                           LogFile=base64.b64encode(b'"EVENT_TYPE"\n"API"\n').decode())  # fmt: skip
    assert row(caller, "EventLogFile", log)["LogFile"] == f"/services/data/v62.0/sobjects/EventLogFile/{log}/LogFile"
    reply = caller("GET", f"/sobjects/EventLogFile/{log}/LogFile")
    assert (reply.body, reply.header("Content-Type")) == (b'"EVENT_TYPE"\n"API"\n', "text/csv")


def test_what_a_version_says_of_its_bytes_changes_with_them_and_the_document_follows_its_latest(caller, org):
    first = caller.create("ContentVersion", PathOnClient="a.txt", VersionData="YWFh")
    document = org.admin.rows("ContentVersion", Id=first)[0]["ContentDocumentId"]
    assert caller("PATCH", f"/sobjects/ContentVersion/{first}", {"Title": "Letter", "VersionData": "YWE="}).status == 204
    row, whole = org.admin.rows("ContentVersion", Id=first)[0], org.admin.rows("ContentDocument", Id=document)[0]
    assert (row["ContentSize"], row["Checksum"]) == (2, "4124bc0a9335c27f086f24ba207a4912")  # MD5 of b"aa"
    assert (whole["Title"], whole["ContentSize"]) == ("Letter", 2)
    caller.create("ContentVersion", PathOnClient="b.txt", Title="Second", VersionData="YWFh", ContentDocumentId=document)
    caller("PATCH", f"/sobjects/ContentVersion/{first}", {"Title": "Old letter"})
    assert org.admin.rows("ContentDocument", Id=document)[0]["Title"] == "Second"
