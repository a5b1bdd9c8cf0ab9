"""Benchmarks of the authorizer and its peers, in one run on one machine. `python -m lab.benchmarks --help`."""
