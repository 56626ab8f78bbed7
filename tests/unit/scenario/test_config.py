import pytest

from sfchaos.core.errors import BadFile, UsageError
from sfchaos.org.schema.volume import Volume
from sfchaos.scenario.config import Port, load_config

FLOW = """
[[flow]]
id = "contacts"
direction = "to-salesforce"
sobject = "Contact"
external_id = "External_Id__c"
operations = ["upsert"]
source = {csv = "rows.csv", key = "erp_id"}
fields = {LastName = "surname"}
"""


def read(tmp_path, text, name="sfchaos.toml"):
    (tmp_path / name).write_text(text)
    return load_config(tmp_path / name)


def test_a_full_file_becomes_values(tmp_path):
    config = read(tmp_path, f"""name = "crm"
target = "sync:main"
timeout_s = 7
env = {{CRM_USER = "$SF_USERNAME"}}
{FLOW}
rejects = {{jsonl = "out/r.jsonl", key = "erp_id"}}
[org]
populate = {{Contact = 5, Account = {{rows = 7, profile = "skewed"}}}}
[sla]
rto_s = 60
[thresholds]
max_attempts = 9
""")
    flow = config.declaration.flows[0]
    assert (config.target, config.timeout_s, config.root, dict(config.env)) == ("sync:main", 7, tmp_path, {"CRM_USER": "$SF_USERNAME"})
    assert (flow.sobject, flow.external_id, flow.has_source, flow.has_rejects, flow.has_sink) == ("Contact", "External_Id__c", True, True, False)
    assert config.ports["contacts"].source == Port("csv", "rows.csv", "erp_id")
    assert dict(config.org.populate) == {"Contact": Volume(5), "Account": Volume(7, "skewed")}
    assert (config.declaration.rto_s, config.declaration.thresholds["max_attempts"]) == (60, 9)


@pytest.mark.parametrize(("text", "line", "words"), [
    ('name = "a"\ntagret = "a:b"\n', 2, ["unknown key 'tagret'", "did you mean 'target'?"]),
    ('target = "a:b"\ncommand = ["x"]\n', 2, ["both `target` and `command`"]),
    ('target = "sync.main"\n', 1, ["'sync.main' is not of the form module:function"]),
    ('\ntimeout_s = "long"\n', 2, ["timeout_s: 'long' is not a number"]),
    ('grants = ["jwt-baerer"]\n', 1, ["'jwt-baerer' is none of", "did you mean 'jwt-bearer'?"]),
    ('\n[thresholds]\nmax_attemps = 3\n', 3, ["max_attemps", "max_attempts"]),
    ('[[not_applicable]]\nobjective = "SFC-INT-99"\nreason = "r"\nowner = "o"\n', 2, ["SFC-INT-99"]),
    ('[org]\npopulate = {Contact = "many"}\n', 2, ["org.populate", "counts"]),
    (FLOW + FLOW, 12, ["two flows are called 'contacts'"]),
    (FLOW.replace("to-salesforce", "to-salesfroce"), 4, ["'to-salesfroce' is none of", "did you mean 'to-salesforce'?"]),
    (FLOW.replace('csv = "rows.csv", ', ""), 8, ["flow.0.source needs exactly one of csv, jsonl, sqlite, python"]),
    (FLOW.replace('csv = "rows.csv"', 'sqlite = "a.db"'), 8, ["names no table"]),
    ("name = \n", 1, ["not TOML"]),
])  # fmt: skip
def test_a_mistake_names_file_line_and_the_nearest_valid_word(tmp_path, text, line, words):
    with pytest.raises(BadFile) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(("sfchaos.toml:", str(tmp_path)))
    assert caught.value.line == line
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert caught.value.remedy


def test_the_table_of_a_pyproject_is_read_and_its_mistakes_have_its_lines(tmp_path):
    assert read(tmp_path, '[project]\nname = "p"\n[tool.sfchaos]\ntarget = "a:b"\n', "pyproject.toml").target == "a:b"
    with pytest.raises(BadFile) as caught:
        read(tmp_path, '[project]\nname = "p"\n[tool.sfchaos]\ntimout_s = 3\n', "pyproject.toml")
    assert caught.value.line == 4


def test_the_nearest_file_above_is_found_and_without_one_the_folder_is_the_root(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert load_config(None, start=inner).root == inner
    (tmp_path / "sfchaos.toml").write_text('target = "a:b"\n')
    assert load_config(None, start=inner).root == tmp_path


def test_a_file_that_is_not_there_is_named_with_its_neighbour(tmp_path):
    (tmp_path / "sfchaos.toml").write_text("")
    with pytest.raises(UsageError, match=r"did you mean 'sfchaos.toml'"):
        load_config(tmp_path / "sfchoas.toml")
