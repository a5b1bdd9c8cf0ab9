"""Looks for an input that makes the authorizer break a promise of `tests.authorizer.promises`: `python -m fuzz`."""
