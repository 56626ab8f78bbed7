import pytest

from sfchaos.core.gate import Receipt
from sfchaos.core.messages import Request, Response
from sfchaos.core.redact import SecretBook
from sfchaos.rig.points import Namer
from sfchaos.rig.tap import Tap, Work, read_receipt

BASE = "https://acme.my.salesforce.com/services/data/v62.0"
YES, NO, PARTLY = Receipt(asked=1, changed=1), Receipt(asked=1), Receipt(asked=2, changed=1)


@pytest.mark.parametrize(
    ("receipts", "applied"),
    [([], "no"), ([YES], "yes"), ([NO], "no"), ([PARTLY], "partly"), ([YES, NO], "yes"), ([YES, PARTLY], "partly"), ([NO, NO], "no")],
)
def test_what_several_calls_did_is_one_answer(receipts, applied):
    assert Work([], receipts).applied == applied


def test_the_tap_keeps_each_reply_before_a_fault_changes_it():
    work = Work()
    tap = Tap(lambda request: Response(201), lambda request, response: YES, work)
    assert tap(Request("POST", BASE)).travelling(fate="lost") != work.response
    tap(Request("POST", BASE))
    assert [reply.status for reply in work.responses] == [201, 201]


def receipt(method, path, status, body):
    request = Request(method, BASE + path)
    return read_receipt(Namer().name(request), request, Response(status, body), SecretBook())


def test_a_read_changes_nothing_and_a_refusal_neither():
    assert receipt("GET", "/sobjects/Account/001", 200, b'{"id":"0015e0000000001AAA"}').applied == "no"
    assert receipt("POST", "/sobjects/Account", 400, b'[{"errorCode":"X"}]').applied == "no"
    assert receipt("DELETE", "/sobjects/Account/001", 204, b"").applied == "yes"


def test_the_id_that_a_reply_names_is_kept_in_json_and_xml():
    assert receipt("POST", "/sobjects/Account", 201, b'{"id":"0015e0000000001AAA"}').facts == {"record": "0015e0000000001AAA"}
    assert receipt("POST", "/jobs/ingest", 200, b"<jobInfo><id>7505e0000000001AAA</id></jobInfo>").facts == {"record": "7505e0000000001AAA"}
