"""The embedded AWS works without, and in spite of, the AWS settings of this machine."""

from pathlib import Path

import pytest

from local.cloud.session import session_of_emulator


@pytest.mark.parametrize("variable", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CONFIG_FILE", "AWS_CA_BUNDLE"])
def test_no_aws_setting_of_this_machine_is_read(variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    config = tmp_path / "config"
    config.write_text("not a section", encoding="utf-8")
    monkeypatch.setenv(variable, str(config))
    client = session_of_emulator("eu-west-1").client("apigateway", endpoint_url="http://127.0.0.1:9")
    assert (client.meta.region_name, client.meta.endpoint_url) == ("eu-west-1", "http://127.0.0.1:9")
