"""The page of `make up`: try the API from another origin than its own, and see what is answered and why."""
