"""The AWS resources, as components that `__main__.py` combines."""
