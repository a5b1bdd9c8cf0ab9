"""What runs on a laptop: the same program against an embedded AWS. `python -m local --help`."""
