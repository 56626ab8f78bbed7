"""An org with an administrator's session, and the SOAP doors in front of it."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from sfchaos.core.messages import Request, Response
from sfchaos.org.org import Org

METADATA = "http://soap.sforce.com/2006/04/metadata"
HOST = "https://acme.my.salesforce.com"


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


@dataclass
class Desk:
    """`say` is one SOAP call of the door `letter`, answered as its body's XML without namespaces; `ask` one over REST."""

    org: Org
    token: str

    def say(self, name: str, inner: str = "", *, letter: str = "m", namespace: str = METADATA, headers: str = "", token: str | None = None, version: str = "62.0") -> Any:
        session = f'<SessionHeader xmlns="{namespace}"><sessionId>{self.token if token is None else token}</sessionId></SessionHeader>'
        body = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f'<e:Header>{session}{headers}</e:Header><e:Body><{name} xmlns="{namespace}">{inner}</{name}></e:Body></e:Envelope>'
        )
        path = f"{letter}/{version}" if len(letter) == 1 else letter
        return plain(self.send("POST", f"/services/Soap/{path}", body.encode(), "text/xml; charset=UTF-8"))

    def send(self, method: str, path: str, body: bytes = b"", kind: str = "application/json", **headers: str) -> Response:
        given = (("Content-Type", kind), ("SOAPAction", '""'), *headers.items())
        reply = self.org.handle(Request(method, HOST + path, given, body))
        assert "defect" not in self.org.receipt.facts, self.org.receipt.facts["defect"]
        return reply

    def rest(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> Response:
        return self.send(method, f"/services/data/v62.0{path}", body, kind, Authorization=f"Bearer {self.token}")

    def save(self, call: str, kind: str, name: str, inner: str, headers: str = "") -> ET.Element:
        return self.say(call, f'<metadata xsi:type="{kind}"><fullName>{name}</fullName>{inner}</metadata>', headers=headers)

    def read(self, kind: str, name: str) -> ET.Element:
        found = self.say("readMetadata", f"<type>{kind}</type><fullNames>{name}</fullNames>").find(".//records")
        assert found is not None
        return found

    def deploy(self, files: Mapping[str, str | bytes], **options: str) -> ET.Element:
        """The result of a deployment when it is done."""
        return self.deploy_bytes(zipped(files), **options)

    def deploy_bytes(self, data: bytes, **options: str) -> ET.Element:
        said = "".join(f"<{key}>{value}</{key}>" for key, value in options.items())
        started = self.say("deploy", f"<ZipFile>{base64.b64encode(data).decode()}</ZipFile><DeployOptions>{said}</DeployOptions>")
        self.org.clock.advance(60)
        return self.status(text(started, ".//id"))

    def status(self, job_id: str) -> ET.Element:
        return self.say("checkDeployStatus", f"<asyncProcessId>{job_id}</asyncProcessId><includeDetails>true</includeDetails>")


def plain(reply: Response) -> ET.Element:
    """The SOAP body, names without namespaces."""
    root = ET.fromstring(reply.body)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        for key in list(element.attrib):
            element.attrib[re.sub(r"\{.*\}", "", key)] = element.attrib.pop(key)
    found = root.find("Body")
    assert found is not None
    found.set("status", str(reply.status))
    return found


def text(element: ET.Element, path: str) -> str:
    found = element.find(path)
    assert found is not None, f"{path} in {ET.tostring(element).decode()[:2000]}"
    return found.text or ""


@pytest.fixture
def desk() -> Desk:
    org = Org(seed=7)
    return Desk(org, org.sessions.open(org.admin_user_id, grant="jwt-bearer").token)


@pytest.fixture
def xml() -> Any:
    """`xml(kind, inner)`: a metadata file."""
    return lambda kind, inner: f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} xmlns="{METADATA}">{inner}</{kind}>'


@pytest.fixture
def manifest(xml: Any) -> Any:
    """`manifest(CustomObject=["A__c"])`: package.xml."""
    return lambda **types: xml("Package", "".join(
        f"<types>{''.join(f'<members>{name}</members>' for name in names)}<name>{kind}</name></types>" for kind, names in types.items()) + "<version>62.0</version>")  # fmt: skip


@pytest.fixture
def said() -> Any:
    return text


@pytest.fixture
def zip_of() -> Any:
    return zipped
