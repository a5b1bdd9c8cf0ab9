"""Explains each route's response to a token."""
