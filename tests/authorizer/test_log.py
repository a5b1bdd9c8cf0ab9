"""`authorizer.log`: what is said of an error."""

from authorizer.log import place


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert place(ValueError("words")) == "?"
