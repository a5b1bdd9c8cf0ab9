"""Runs the program on this machine, against an embedded AWS."""
