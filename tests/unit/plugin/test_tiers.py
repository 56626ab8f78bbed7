"""The marker's `tier`: which door the clients of a test come in by."""

BODY = '''
import http.client, os, urllib.request
import pytest, requests

def ask():
    return requests.get(os.environ["SF_INSTANCE_URL"] + "/services/data", timeout=5)

@pytest.mark.sfchaos(tier="wire")
def test_wire(rig):
    assert type(ask().raw._original_response) is http.client.HTTPResponse

def test_fast(rig):
    assert type(ask().raw._original_response) is not http.client.HTTPResponse

@pytest.mark.parametrize("tier", ["fast", "wire"])
def test_programs_without_urllib3_are_served_in_both(rig, tier):
    with urllib.request.urlopen(os.environ["SF_INSTANCE_URL"] + "/services/data", timeout=5) as reply:
        assert reply.status == 200
    assert rig.requests == 1

@pytest.mark.sfchaos(tier="fsat")
def test_wrong(rig):
    pass
'''


pytest_plugins = ["pytester"]


def test_the_marker_chooses_the_tier(project):
    project.makepyfile(BODY)
    result = project.runpytest_subprocess()
    result.assert_outcomes(passed=4, errors=1)
    result.stdout.fnmatch_lines(["*'fsat'*", "*did you mean 'fast'*"])
