"""`python -m tools.explain`: why a token would get 200, 401, 403 or 500 on each route."""
