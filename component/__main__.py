"""The plugin that the Pulumi engine starts. It imports the repository's folders as modules."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pulumi.provider import main

from component.provider import PackageProvider

if __name__ == "__main__":
    main(PackageProvider(), sys.argv[1:])
