"""docs/scaling.md and its picture agree with the model, and `python -m lab.scaling` computes other values."""

import re
import subprocess
import sys

import pytest
import yaml

from infra.bundle.build import ROOT
from lab.scaling import examples, report, tables
from lab.scaling.streams import GROUPS

DOCUMENT = report.DOCUMENT.read_text(encoding="utf-8")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lab.scaling", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_document_has_the_current_results_of_the_model():
    for part in report.model():
        assert part in DOCUMENT, "docs/scaling.md is of another model; run `make scaling`"


def test_the_document_names_the_source_of_every_quota_and_price():
    for table in tables.sources():
        for row in table.rows:
            assert f"| {' | '.join(row)} |" in DOCUMENT


def test_the_picture_shows_the_numbers_of_the_model():
    (name,) = re.findall(r"!\[[^]]+\]\(([^)]+)\)", DOCUMENT)
    assert examples.digest() in (report.DOCUMENT.parent / name).read_text(encoding="utf-8")


def test_every_count_in_the_document_is_within_its_tolerance():
    rows = re.findall(r"^\| (.+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ± (\d+) \|", DOCUMENT, re.MULTILINE)
    assert [row[0] for row in rows] == list(GROUPS)
    for _, requests, invocations, predicted, tolerance in rows:
        counted, expected = (int(text.replace(",", "")) for text in (invocations, predicted))
        assert 0 < counted < int(requests.replace(",", ""))
        assert abs(counted - expected) <= int(tolerance)


def test_every_setting_named_in_the_document_exists():
    known = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    named = set(re.findall(r"`([a-z]+[A-Z]\w+)\b", DOCUMENT))
    assert {"bundleKeys", "throttlingRateLimit"} <= named <= known.keys()


@pytest.mark.parametrize(
    "table", tables.of_loads({"yours": examples.EXAMPLES["a busy product"]}), ids=lambda t: t.title
)
def test_a_row_has_a_cell_for_every_column(table: tables.Table):
    assert {len(row) for row in table.rows} == {len(table.columns)}


def test_the_command_computes_the_document_for_other_numbers():
    answer = run("--rps", "100", "--tokens", "30000", "--ttl", "300", "--bundle-keys")
    assert answer.returncode == 0, answer.stderr
    assert "50.0%" in answer.stdout  # one request per TTL, so that every second one is a hit
    assert "never" in answer.stdout
    assert "**" not in answer.stdout


def test_an_impossible_number_is_an_error_that_names_the_option():
    answer = run("--cold-share", "2")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == "error: --cold-share is 2; use 0 to 1: of the invocations\n"


def test_without_the_drawing_library_the_command_says_how_to_install_it():
    without = (
        "import runpy, sys; sys.modules['matplotlib'] = None; runpy.run_module('lab.scaling', run_name='__main__')"
    )
    answer = subprocess.run([sys.executable, "-c", without], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr == "error: matplotlib is not installed; `make scaling` does that\n"
