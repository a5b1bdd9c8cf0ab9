"""`authorizer.log`: a line, and what is said of an error."""

import pytest

from authorizer.log import place, write


def test_a_line_is_one_json_object_without_a_space_to_spare(capsys: pytest.CaptureFixture[str]) -> None:
    write(event="decision", reason="a\nb", kid=None)
    assert capsys.readouterr().out == '{"event":"decision","reason":"a\\nb","kid":null}\n'


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert place(ValueError("words")) == "?"
