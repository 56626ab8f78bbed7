"""The org that a configuration or `--org` names."""

from pathlib import Path

import pytest

from sfchaos.cli import options
from sfchaos.core.errors import BadFile
from sfchaos.org.schema.volume import Volume
from sfchaos.scenario.config import load_config
from sfchaos.scenario.own_org import configured_org, loaded

ORG = "sfchaos_org: 1\nname: small\nobjects: {Part__c: {}}\nrows: {Account: [{Name: Own}]}\n"
TOML = '[org]\nrows = {Lead = "leads.csv"}\npopulate = {Contact = 4, Part__c = {rows = 2, profile = "sparse"}}\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sfchaos.toml").write_text(TOML)
    (tmp_path / "leads.csv").write_text("LastName,Company\nAda,Acme\n")
    (tmp_path / "small.yaml").write_text(ORG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_rows_and_counts_of_the_configuration_go_into_the_org_of_the_command_line(project: Path) -> None:
    model = configured_org(options.configured(None, "small.yaml", None))
    assert model is not None
    assert model.rows == {"Account": [{"Name": "Own"}], "Lead": [{"LastName": "Ada", "Company": "Acme"}]}
    assert model.populate == {"Contact": Volume(4), "Part__c": Volume(2, "sparse")}


def test_counts_of_objects_that_the_org_lacks_are_refused_rather_than_dropped(project: Path) -> None:
    with pytest.raises(BadFile, match="unknown sObject 'Part__c'"):
        configured_org(load_config(None, start=project))


def test_another_spelling_of_a_path_is_the_same_org(project: Path) -> None:
    models = [configured_org(options.configured(None, path, None)) for path in ("small.yaml", "./x/../small.yaml", str(project / "small.yaml"))]
    assert len({model.digest for model in models if model is not None}) == 1
    assert len({model.source for model in models if model is not None}) == 1


def source_tree(folder: Path) -> Path:
    file = folder / "force-app/main/default/flows/Nightly.flow-meta.xml"
    file.parent.mkdir(parents=True)
    file.write_text("<Flow/>")
    own = folder / "force-app/main/default/objects/Bill__c/Bill__c.object-meta.xml"
    own.parent.mkdir(parents=True)
    own.write_text("<CustomObject><label>Bill</label></CustomObject>")
    return folder


def test_what_a_source_holds_and_is_not_read_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "_told", set())
    tree = source_tree(tmp_path / "crm")
    options.configured(None, str(tree), None)
    assert capsys.readouterr().err == "not read: flow (1 file): flows are not run\n"
    options.configured(None, str(tree), None)
    assert capsys.readouterr().err == ""


def test_a_tree_is_read_again_only_when_a_file_of_it_changed(tmp_path: Path) -> None:
    tree = source_tree(tmp_path / "crm")
    first = loaded(tree)
    assert loaded(tree) is first
    (tree / "force-app/main/default/objects/Bill__c/Bill__c.object-meta.xml").write_text("<CustomObject><label>Another bill</label></CustomObject>")
    again = loaded(tree).schema.find("Bill__c")
    assert again is not None
    assert again.label == "Another bill"
