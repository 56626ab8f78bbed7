from sfchaos.core.messages import Request
from sfchaos.rig.points import Namer
from sfchaos.rig.storm import StormWatch

CREATE = Request("POST", "https://acme.my.salesforce.com/services/data/v62.0/sobjects/Contact", (("Content-Type", "application/json"),), b"{}")


def login(user, n=0):
    return Request("POST", "https://login.salesforce.com/services/oauth2/token", (), f"grant_type=password&username={user}&password=p{n}".encode())


def watch(requests, *, every_s=1.0, succeed=lambda n: False, most=None):
    """The number of the request at which the storm was called, 0 for none, and what was said."""
    storms, namer = StormWatch(most), Namer()
    for number, request in enumerate(requests, 1):
        said = storms.note(namer.name(request), request, (number - 1) * every_s, succeeded=succeed(number), number=number)
        if said:
            return number, said
    return 0, ""


def test_twenty_refused_repeats_within_a_minute_are_a_storm():
    number, said = watch([CREATE] * 40)
    assert number == 20
    assert said == "20 refused repeats of row.create/Contact#1 within 60 s"


def test_a_client_that_waits_is_no_storm():
    assert watch([CREATE] * 100, every_s=3.5) == (0, "")


def test_a_success_between_starts_the_count_anew():
    assert watch([CREATE] * 38, succeed=lambda n: n == 19)[0] == 0
    assert watch([CREATE] * 39, succeed=lambda n: n == 19)[0] == 39


def test_polls_that_are_answered_never_count():
    assert watch([CREATE] * 500, succeed=lambda n: True) == (0, "")


def test_different_requests_are_no_repeats():
    many = [Request("POST", CREATE.url, CREATE.headers, b'{"LastName":"%d"}' % n) for n in range(200)]
    assert watch(many, every_s=0.01) == (0, "")


def test_refused_logins_count_by_user_whatever_the_secret():
    assert watch([login("a", n) for n in range(30)])[0] == 20
    assert watch([login(f"user{n % 2}") for n in range(38)])[0] == 0
    assert "refused logins" in watch([login("a", n) for n in range(30)])[1]


def test_a_run_has_a_most_of_requests():
    number, said = watch([CREATE] * 50, succeed=lambda n: True, most=33)
    assert number == 33
    assert said.startswith("33 requests")
