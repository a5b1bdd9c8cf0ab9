"""Benchmarks, fuzzing, mutation tests, the cost model, and questions to AWS. Ctrl-C ends each with one line."""

import os
import sys
from types import TracebackType


def _report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    print("stopped", file=sys.stderr, flush=True)
    os._exit(130)


sys.excepthook = _report
