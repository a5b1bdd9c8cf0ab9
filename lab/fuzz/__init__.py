"""Searches for an input that makes the authorizer break a promise of `tests.testkit.promises`: `python -m lab.fuzz`."""
