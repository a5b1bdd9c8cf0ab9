"""Looks for a change of `authorizer/` that no test notices: `python -m mutation`, or `make mutants`."""
