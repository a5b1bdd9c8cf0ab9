"""What continuous integration needs beyond this repository."""
