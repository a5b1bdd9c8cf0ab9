"""Searches for a change of `authorizer/` that no test notices: `python -m lab.mutation`, or `make mutants`."""
