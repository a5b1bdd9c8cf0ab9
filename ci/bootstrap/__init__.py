"""What lets GitHub Actions into an AWS account: a Pulumi project of its own, run once in each by an administrator."""
