"""Ours and its peers side by side, in one run, on one machine. `python -m lab.benchmarks --help`."""
