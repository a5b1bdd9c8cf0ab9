"""The API's resources in Auth0: a separate Pulumi project, which uses the same routes."""
