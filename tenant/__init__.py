"""The resources in Auth0: a Pulumi project of its own, for the same routes."""
