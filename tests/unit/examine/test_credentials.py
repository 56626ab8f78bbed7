"""What is found in sources and configuration, and what is left alone."""

import json
import time

import pytest

from sfchaos.controls.judges import judge
from sfchaos.core.errors import BadFile
from sfchaos.core.history import History
from sfchaos.core.redact import SecretBook
from sfchaos.examine.credentials import digest_of, scan_credentials
from sfchaos.examine.rules import credentials_in, entropy_bits, is_random, tls_switches_in

SESSION = "00D5e0000000001!" + "AQ8AQkd83hskwoQPzmxnc7492hfksqwe.UTYRE83hdkwls02kdnIOPQ83jsk20dkw8s3kdjfu"
CONSUMER = "3MVG9" + "pIOmQ8x7Kd02.LskeYTR93jdkEOWPqmZnx81_73hdkslwOPQ27snxkqPLMz91jdk47shwqkeRTY8"
REFRESH = "5Aep861" + "kd83hskwoQPzmxnc7492hfksqweUTYRE83hdkwls02kdnIOP"


def rules(line, quoted_only=True):
    return [hit.rule for hit in credentials_in(line, quoted_only=quoted_only)]


@pytest.mark.parametrize(("rule", "line"), [
    ("sf-session-id", f"sf = Salesforce(session_id='{SESSION}')"),
    ("sf-consumer-key", f"# key {CONSUMER}"),
    ("sf-refresh-token", f"headers: {REFRESH}"),
    ("private-key", "-----BEGIN RSA PRIVATE KEY-----"),
    ("private-key", 'key = "-----BEGIN PRIVATE KEY-----\\nMIIE"'),
    ("sfdx-auth-url", "force://PlatformCLI::5Aep8hdkwls02kdnIOPQ83jsk20dk@acme.my.salesforce.com"),
    ("url-password", "postgres://sync:hR7gg2pLq@db/crm"),
    ("credential-assignment", 'PASSWORD = "Sommer2026!"'),
    ("credential-assignment", "Salesforce(username=user, password='Winter!2025', security_token=token)"),
    ("credential-assignment", 'client_secret: "0F3A9C77D1E2B4"'),
    ("credential-assignment", '{"sf_password": "correct-horse7"}'),
    ("credential-assignment", "const clientSecret = `aQ72jdkL0`;"),
    ("credential-assignment", 'SF_SECURITY_TOKEN = "kdU83hsQpzL20skd"'),
    ("high-entropy", 'X = "kD83hskwoQPzmxN7492hFksqWeUTYRE83HdkwLs"'),
    ("aws-access-key", "AKIAQ2W3E4R5T6Y7U8I9"),
    ("github-token", "ghp_kd83hskwoQPzmxN7492hFksqWeUTYRE83Hdk"),
])  # fmt: skip
def test_a_credential_is_found(rule, line):
    assert rules(line) == [rule]


@pytest.mark.parametrize(("rule", "line"), [
    ("credential-assignment", "password=Sommer2026!"),
    ("credential-assignment", "SF_CLIENT_SECRET: 0F3A9C77D1E2B4"),
    ("credential-assignment", "  security_token: kdU83hsQpzL20skd   # sandbox"),
])  # fmt: skip
def test_configuration_needs_no_quotes(rule, line):
    assert rules(line, quoted_only=False) == [rule]
    assert rules(line, quoted_only=True) == []


@pytest.mark.parametrize("line", [
    'password = os.environ["SF_PASSWORD"]', 'password = os.getenv("SF_PASSWORD", "")', 'password = "${SF_PASSWORD}"', 'password = "$SF_PASSWORD"',
    'password = "<your password>"', 'password = "changeme"', 'PASSWORD = "change-me-please"', 'password = ""', 'password = "********"', 'password = "xxxxxxxxxx"',
    "password = vault.read('secret/crm')", 'secret = "{{ client_secret }}"', 'client_secret = "%(CLIENT_SECRET)s"', "const secret = process.env.SF_CLIENT_SECRET;",
    'password_field = "user_password"', 'TOKEN_URL = "https://login.salesforce.com/services/oauth2/token"', 'token_path = "/services/oauth2/token"',
    'SECRET_NAME = "crm/salesforce/prod"', 'private_key_file = "keys/server.key"', "def login(username: str, password: str) -> Session:", 'if password == "":',
    'grant = {"refresh_token": refresh}', 'password = "example-password"', "raise ValueError('no password: set SF_PASSWORD')", 'logger.info("token %s refreshed", label)',
    "DIGEST = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'", 'PATH = "/services/data/v62.0/jobs/ingest/7505e000001AbCdAAK"',
    'access_token: "secret:3"', 'CLIENT_SECRET_VARIABLE = "SF_CLIENT_SECRET"', "3MVG9...", "00D5e0000000001!AQ8AQ...", "https://user:$PASSWORD@host/x",
    'key = "ContactSynchronisationIntegrationHandlerV23"', 'id = "003QZ00000AbCdEYAV"',
])  # fmt: skip
def test_placeholders_look_ups_and_names_are_left_alone(line):
    assert rules(line) == []


@pytest.mark.parametrize("line", ["password=${SF_PASSWORD}", "password=$SF_PASSWORD", "password: !vault prod", "client_secret: <set in CI>", "token_url: https://login.salesforce.com",
                                  "password =", "password: os.environ['X']", "password=getpass()"])  # fmt: skip
def test_placeholders_in_configuration_are_left_alone(line):
    assert rules(line, quoted_only=False) == []


@pytest.mark.parametrize(("rule", "line"), [
    ("tls-off-verify", "requests.get(url, verify=False)"), ("tls-off-verify", "session.verify = False"), ("tls-off-verify", "new https.Agent({rejectUnauthorized: false})"),
    ("tls-off-cert-none", "context.verify_mode = ssl.CERT_NONE"), ("tls-off-cert-none", "ssl._create_unverified_context()"),
    ("tls-off-environment", "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'"), ("tls-off-environment", 'os.environ["NODE_TLS_REJECT_UNAUTHORIZED"] = "0"'),
    ("tls-off-environment", "NODE_TLS_REJECT_UNAUTHORIZED=0"), ("tls-off-option", "curl -sk https://acme.my.salesforce.com"), ("tls-off-option", "curl --insecure $URL"),
])  # fmt: skip
def test_a_switch_that_turns_tls_off_is_found(rule, line):
    assert [found for found, _ in tls_switches_in(line)] == [rule]


@pytest.mark.parametrize("line", ["requests.get(url, verify=True)", "verify=ca_bundle", "curl -s https://x", "curl https://x-k --key k.pem", "def verify(falsehood):"])
def test_ordinary_tls_is_left_alone(line):
    assert list(tls_switches_in(line)) == []


def test_entropy_is_measured_in_bits_a_character():
    assert entropy_bits("") == 0
    assert entropy_bits("aaaa") == 0
    assert entropy_bits("abcd") == 2
    assert not is_random("this-is-a-rather-long-sentence-1234")


# Files

@pytest.fixture
def project(tmp_path):
    (tmp_path / "app" / "__pycache__").mkdir(parents=True)
    (tmp_path / "app" / "sync.py").write_text('import os\n\nPASSWORD = "Sommer2026!"\nrequests.get(u, verify=False)\n')
    (tmp_path / "app" / "__pycache__" / "x.py").write_text('PASSWORD = "Sommer2026!"\n')
    (tmp_path / "app" / "data.bin").write_bytes(b"\0\1\2")
    (tmp_path / "app" / "logo.png").write_bytes(b"\x89PNG\0")
    (tmp_path / "app" / "settings.ini").write_text("[sf]\npassword = Winter!2025\n")
    return tmp_path


def test_findings_name_file_line_and_rule_but_never_the_value(project):
    found = scan_credentials(["app/"], root=project)
    assert [(f.rule, f.file, f.line) for f in found.findings] == [
        ("credential-assignment", "app/settings.ini", 2), ("credential-assignment", "app/sync.py", 3), ("tls-off-verify", "app/sync.py", 4)]  # fmt: skip
    assert "Sommer2026!" not in repr(found)
    assert found.findings[1].detail == f"a literal given to PASSWORD, 11 characters, digest {digest_of('Sommer2026!')}"
    assert (found.files, found.skipped, found.rules) == (2, ("app/data.bin (binary)",), "credentials@1")


def test_a_file_named_itself_and_a_folder_holding_it_count_once(project):
    assert scan_credentials(["app/sync.py", "app"], root=project).files == 2


def test_the_secrets_of_a_run_are_found_exactly(project):
    book = SecretBook()
    book.learn("correct horse battery staple", "password")
    (project / "app" / "notes.txt").write_text("pw: correct horse battery staple\n")
    found = scan_credentials(["app/notes.txt"], root=project, book=book)
    assert [(f.rule, f.detail.split(",")[0]) for f in found.findings] == [("run-secret", "the password of this run (plain)")]


def test_reviewed_literals_stay_out(project, tmp_path):
    baseline = tmp_path / "baseline.json"
    baseline.write_text(json.dumps([{"file": "app/sync.py", "rule": "credential-assignment", "digest": digest_of("Sommer2026!")}]))
    found = scan_credentials(["app/sync.py"], root=project, baseline=baseline)
    assert [f.rule for f in found.findings] == ["tls-off-verify"]


def test_an_allowed_line_stays_out(project):
    (project / "a.py").write_text('password = "Sommer2026!"  # sfchaos: allow-literal\n')
    assert scan_credentials(["a.py"], root=project).findings == ()


def test_a_path_that_is_not_there_is_an_error(project):
    with pytest.raises(BadFile, match="missing: does not exist"):
        scan_credentials(["missing"], root=project)


def test_a_bad_baseline_is_an_error(project):
    (project / "b.json").write_text('{"file": 1}')
    with pytest.raises(BadFile, match="is no baseline"):
        scan_credentials(["app"], root=project, baseline=project / "b.json")


def test_too_large_and_unreadable_files_are_counted_as_skipped(project, monkeypatch):
    monkeypatch.setattr("sfchaos.examine.credentials.MOST_BYTES", 20)
    found = scan_credentials(["app/sync.py"], root=project)
    assert found.files == 0
    assert found.skipped[0].startswith("app/sync.py (")


def test_files_outside_the_project_are_named_without_their_folder(project, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "other.py"
    outside.write_text('password = "Sommer2026!"\n')
    assert [f.file for f in scan_credentials([outside], root=project).findings] == ["other.py"]


@pytest.mark.parametrize("before", [19_985, 30_000, 39_200, 400_000])
def test_a_credential_in_one_very_long_line_is_found_and_soon(project, before):
    filler = ("abcdefghij0123456789" * 20_000)[:before]
    (project / "bundle.js").write_text(f'var a="{filler}";var password="Sommer2026!";var b="{filler}"\n')
    began = time.process_time()
    found = scan_credentials(["bundle.js"], root=project)
    assert [f.rule for f in found.findings] == ["credential-assignment"]
    assert time.process_time() - began < 10  # a quadratic pattern takes minutes


def test_utf16_files_are_read(project):
    (project / "w.ini").write_text("password = Winter!2025\n", encoding="utf-16")
    assert len(scan_credentials(["w.ini"], root=project).findings) == 1


# With the judge

def verdict(found):
    return judge("SFC-SEC-01", History("r1", (), clean=True, examined=found))


def test_the_judge_fails_a_literal_and_ignores_tls_switches(project):
    judged = verdict(scan_credentials(["app"], root=project))
    assert (judged.verdict, judged.exceptions_total) == ("fail", 2)
    assert [(e.file, e.line) for e in judged.exceptions] == [("app/settings.ini", 2), ("app/sync.py", 3)]


def test_the_judge_passes_clean_files_and_doubts_skipped_ones(project):
    (project / "clean.py").write_text('password = os.environ["SF_PASSWORD"]\n')
    assert verdict(scan_credentials(["clean.py"], root=project)).verdict == "pass"
    assert verdict(scan_credentials(["clean.py", "app/data.bin"], root=project)).verdict == "inconclusive"
