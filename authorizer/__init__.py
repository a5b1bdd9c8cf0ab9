"""What runs in Lambda, and only that: `authorizer.handler.handler` is the function's entry point."""
