"""Searches for an input that makes the authorizer break a promise of `tests.testkit.invariants`: `python -m lab.fuzz`."""
