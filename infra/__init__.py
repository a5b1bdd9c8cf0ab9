"""What exists in AWS: the components that `__main__.py` puts together."""
