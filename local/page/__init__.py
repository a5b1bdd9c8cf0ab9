"""The page of `make up`, which calls the API from another origin and shows each response with its reason."""
