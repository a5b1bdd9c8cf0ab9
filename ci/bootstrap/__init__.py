"""GitHub Actions' access to an AWS account: a separate Pulumi project, which an administrator runs once per account."""
