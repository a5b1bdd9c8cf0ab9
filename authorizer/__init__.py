"""The code that runs in Lambda. `authorizer.handler.handler` is the function's entry point."""
