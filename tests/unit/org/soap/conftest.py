"""An org and a SOAP client by hand: envelopes as text, replies as trees without namespaces."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

import pytest

from sfchaos.core.messages import Request
from sfchaos.org.org import Org

PARTNER = "urn:partner.soap.sforce.com"
ENTERPRISE = "urn:enterprise.soap.sforce.com"


def _bare(element):
    for each in element.iter():
        each.tag = each.tag.rpartition("}")[2]
        each.attrib = {key.rpartition("}")[2]: value for key, value in each.attrib.items()}
    return element


@dataclass
class Reply:
    status: int
    body: str
    tree: ET.Element = field(init=False)

    def __post_init__(self):
        self.tree = _bare(ET.fromstring(self.body))

    @property
    def fault(self):
        found = self.tree.find(".//faultstring")
        return "" if found is None else found.text

    @property
    def results(self):
        return self.tree.find("Body")[0].findall("result")

    @property
    def result(self):
        assert not self.fault, self.fault
        return self.results[0]

    def texts(self, path):
        return [element.text for element in self.tree.findall(f".//{path}")]

    def saved(self):
        """(id, success, code, message) of each result."""
        return [(r.findtext("id"), r.findtext("success"), r.findtext("errors/statusCode"), r.findtext("errors/message")) for r in self.results]


@dataclass
class Soap:
    org: Org
    version: str = "62.0"
    kind: str = "u"
    session: str = ""

    def __call__(self, body, *, headers="", raw=None, session=None, host="https://acme.my.salesforce.com"):
        namespace = PARTNER if self.kind == "u" else ENTERPRISE
        token = self.session or self.org.credentials.access_token if session is None else session
        text = raw or (
            '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            f'xmlns="{namespace}"><soapenv:Header><SessionHeader><sessionId>{token}</sessionId></SessionHeader>{headers}</soapenv:Header>'
            f"<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
        )
        request = Request("POST", f"{host}/services/Soap/{self.kind}/{self.version}", (("Content-Type", "text/xml; charset=UTF-8"), ("SOAPAction", '""')), text.encode())
        answer = self.org.handle(request)
        assert "defect" not in self.org.receipt.facts, self.org.receipt.facts["defect"]
        return Reply(answer.status, answer.body.decode())

    def rows(self, sobject, fields="Id, Name", where=""):
        from sfchaos.org.soql.run import run

        return run(self.org, f"SELECT {fields} FROM {sobject} {where}", as_admin=True).rows

    def add(self, sobject, **values):
        result = self.org.dml.write("create", sobject, [values], user_id=self.org.admin_user_id)[0]
        assert result.ok, result.refusals
        return result.id


@pytest.fixture
def org():
    return Org(seed=7)


@pytest.fixture
def soap(org):
    return Soap(org)


@pytest.fixture
def enterprise(org):
    return Soap(org, kind="c")
