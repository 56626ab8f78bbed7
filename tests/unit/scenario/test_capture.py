import logging
import sys

import pytest

from sfchaos.core.clock import VirtualClock
from sfchaos.core.journal import Journal
from sfchaos.core.redact import SecretBook
from sfchaos.rig.notes import Notes
from sfchaos.scenario.capture import captured, note_files, note_line


class Rig(Notes):
    def __init__(self):
        self.journal, self.secrets, self._phases = Journal("r1"), SecretBook(), []
        self.journal.use_clock(VirtualClock().elapsed_s)

    @property
    def logs(self):
        return [line for line in self.journal.lines if line["kind"] == "log"]


@pytest.fixture
def rig():
    return Rig()


def test_logging_stdout_and_stderr_are_heard_line_by_line(rig):
    heard = []
    with captured(rig.note_log, heard.append):
        logging.getLogger("app").warning("row %s refused", 7, extra={"key": "K-1", "host": "h"})
        print("one\ntwo", end="")
        print("ERROR: three", file=sys.stderr)
    assert heard == ["one", "two"]
    assert [(line["level"], line["source"], line["text"]) for line in rig.logs] == [("WARNING", "logging", "row 7 refused"), ("ERROR", "stderr", "ERROR: three")]
    assert (rig.logs[0]["fields"], rig.logs[0]["values"]) == (["key", "host"], {"key": "K-1"})


def test_logging_is_left_as_it_was(rig):
    root, before = logging.getLogger(), (list(logging.getLogger().handlers), logging.getLogger().level)
    with captured(rig.note_log, lambda line: None):
        logging.basicConfig(level=logging.DEBUG, force=True)
        logging.getLogger("app.new").setLevel(logging.DEBUG)
        logging.disable(logging.NOTSET)
    assert (list(root.handlers), root.level) == before
    assert logging.getLogger("app.new").level == logging.NOTSET


def test_a_broken_format_string_does_not_end_the_run(rig, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    with captured(rig.note_log, lambda line: None):
        logging.getLogger("app").error("row %s of %s", 1)
    assert rig.logs[0]["text"] == "row %s of %s"


def test_an_exception_is_logged_with_its_traceback_and_without_its_secret(rig):
    rig.secrets.learn("T0ken-Very-Secret-12345", "access_token")
    with captured(rig.note_log, lambda line: None):
        try:
            raise ValueError("bad token T0ken-Very-Secret-12345")
        except ValueError:
            logging.getLogger("app").exception("failed")
    assert "Traceback" in rig.logs[0]["text"]
    assert "T0ken" not in str(rig.journal.data())
    assert rig.logs[0]["hits"][0]["what"] == "access_token"


def test_a_json_line_gives_level_fields_and_values(rig):
    note_line(rig.note_log, "stdout", '{"level": "error", "event": "row", "rows": 3, "nested": {"a": 1}, "msg": "x"}')
    assert (rig.logs[0]["level"], rig.logs[0]["fields"]) == ("ERROR", ["level", "event", "rows", "nested", "msg"])
    assert rig.logs[0]["values"] == {"event": "row", "rows": "3"}


def test_a_line_that_names_a_business_key_carries_its_digest(rig):
    rig.keys = {"erp-000123": "d1", "erp-000124": "d2"}
    note_line(rig.note_log, "stderr", "ERROR rows ERP-000123, (erp-000124) and ERP-0001234 failed")
    note_line(rig.note_log, "stderr", "nothing to see")
    assert rig.logs[0]["values"]["keys"] == "d1 d2"
    assert "values" not in rig.logs[1]


def test_a_key_among_the_structured_values_counts_too(rig):
    rig.keys = {"erp-000123": "d1"}
    rig.note_log("INFO", "logging", "row delivered", fields=("key",), values={"key": "ERP-000123"})
    assert rig.logs[0]["values"] == {"key": "ERP-000123", "keys": "d1"}


def test_lines_of_a_log_file_stand_at_their_own_time(rig, tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.jsonl").write_text('{"time": "1970-01-01T00:01:30Z", "level": "INFO", "msg": "a"}\n{"ts": 95000, "msg": "b"}\nplain\n')
    assert note_files(rig.note_log, tmp_path, ("logs/*.jsonl", "none/*"), epoch_s=60) == ["logs/a.jsonl"]
    assert [(line["at_ms"], line["source"]) for line in rig.logs] == [(30_000, "logs/a.jsonl"), (94_940_000, "logs/a.jsonl"), (0, "logs/a.jsonl")]


def test_a_program_may_write_bytes_and_ask_stdout_what_it_is(rig, capsys):
    heard = []
    with captured(rig.note_log, heard.append, show=True):
        sys.stdout.reconfigure(encoding="utf-8")
        sys.stdout.buffer.write("Žluťoučký\n".encode())
        sys.stdout.buffer.flush()
        sys.stdout.writelines(["one\n", "two"])
        assert (sys.stdout.encoding, sys.stdout.isatty()) == ("utf-8", False)
    assert heard == ["Žluťoučký", "one", "two"]
    assert capsys.readouterr().out == "Žluťoučký\none\ntwo"
