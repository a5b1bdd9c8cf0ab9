"""GitHub Actions' access to an AWS account: a Pulumi project of its own, which an administrator runs once in each."""
