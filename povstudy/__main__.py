"""``python3 -m povstudy``: starts on the standard library, on any Python 3.8 or newer."""

import sys

from .study.cli import main

if sys.version_info < (3, 11):
    sys.exit(
        "povstudy needs Python 3.11 or newer, and this is Python %d.%d (%s).\n"
        "  remedy: install a newer Python beside it and start with that one: "
        "%s -m povstudy reproduce"
        % (
            sys.version_info[0],
            sys.version_info[1],
            sys.executable,
            "py -3.12" if sys.platform == "win32" else "python3.12",
        )
    )

if __name__ == "__main__":
    sys.exit(main())
