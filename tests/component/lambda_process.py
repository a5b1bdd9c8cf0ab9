"""Runs the function in FOLDER without this machine's packages: `python -I -S lambda_process.py FOLDER`.

Each line of standard input, `{"handler", "now", "environment", "event"}`, is a cold start at this time with one event.
The line in return has the output, and the answer or the type and the text of an error.
"""

import contextlib
import importlib
import io
import json
import os
import sys
import time

sys.path.insert(0, sys.argv[1])
for line in sys.stdin:
    start = json.loads(line)
    os.environ.clear()
    os.environ.update(start["environment"])
    time.time = lambda now=start["now"]: now
    for name in [name for name in sys.modules if name.startswith("authorizer")]:
        del sys.modules[name]
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        module, _, name = start["handler"].rpartition(".")
        try:
            outcome = getattr(importlib.import_module(module), name)(start["event"], None)
        except Exception as error:  # Lambda reports its type and text
            outcome = [type(error).__name__, str(error)]
    print(json.dumps({"outcome": outcome, "printed": printed.getvalue()}), flush=True)
