"""Searches for an input that violates an invariant of `tests.testkit.invariants`: `python -m lab.fuzz`."""
