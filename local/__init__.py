"""The same program on this machine, against an embedded AWS."""
