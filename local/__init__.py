"""What runs on a laptop: the same program against an embedded AWS. `python -m local --help`."""

import os

# Nothing here leaves the loopback interface, whatever proxy this machine is set up with.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
