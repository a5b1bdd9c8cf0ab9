"""The resources in Auth0: a separate Pulumi project, for the same routes."""
