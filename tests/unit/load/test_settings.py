"""Where a story goes and how it gets in, from the names that `serve` writes."""

import pytest

from sfchaos.core.errors import BadFile, UsageError
from sfchaos.load.settings import entry_of, read_env_file

FULL = {"SFCHAOS_HTTP": "http://127.0.0.1:8700", "SF_INSTANCE_URL": "https://acme.my.salesforce.com", "SF_CLIENT_ID": "id", "SF_CLIENT_SECRET": "secret",
        "SF_USERNAME": "u@x", "SF_PASSWORD": "pw", "SF_SECURITY_TOKEN": "tok"}  # fmt: skip


def test_the_mock_goes_before_the_instance_and_the_host_before_both():
    assert entry_of(None, FULL).origin == "http://127.0.0.1:8700"
    assert entry_of("http://127.0.0.1:9999", FULL).origin == "http://127.0.0.1:9999"


def test_the_security_token_stands_at_the_end_of_the_password():
    assert dict(entry_of(None, FULL).form)["password"] == "pwtok"


def test_a_token_alone_is_enough_and_nothing_is_not():
    entry = entry_of("http://localhost", {"SF_ACCESS_TOKEN": "t"})
    assert (entry.form, entry.access_token) == ((), "t")
    with pytest.raises(UsageError, match="no way into the org"):
        entry_of("http://localhost", {"SF_USERNAME": "u"})


def test_production_is_refused_wherever_its_name_comes_from():
    with pytest.raises(UsageError, match=r"acme\.my\.salesforce\.com may be a production org"):
        entry_of(None, {**FULL, "SFCHAOS_HTTP": ""})
    with pytest.raises(UsageError, match="no org to load"):
        entry_of(None, {"SF_ACCESS_TOKEN": "t"})


def test_secrets_do_not_show():
    assert "secret" not in repr(entry_of(None, FULL))
    assert "pwtok" not in repr(entry_of(None, FULL))


def test_an_env_file_is_read_line_by_line(tmp_path):
    path = tmp_path / "org.env"
    path.write_text("# made by serve\n\nSF_USERNAME=u@x\nSF_PASSWORD=a=b\n")
    assert read_env_file(path) == {"SF_USERNAME": "u@x", "SF_PASSWORD": "a=b"}


def test_a_bad_line_is_named_by_its_number(tmp_path):
    path = tmp_path / "org.env"
    path.write_text("SF_USERNAME=u@x\nexport SF_PASSWORD\n")
    with pytest.raises(BadFile, match=r"org\.env:2"):
        read_env_file(path)
    with pytest.raises(BadFile, match="cannot be read"):
        read_env_file(tmp_path / "none.env")
