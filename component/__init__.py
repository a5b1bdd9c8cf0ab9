"""The component package: the authorizer for Pulumi programs in every language."""
