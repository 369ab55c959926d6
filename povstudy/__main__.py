"""``python3 -m povstudy``: starts on the standard library, on any Python 3.8 or newer."""

import os
import sys

from .base.shadows import hiding, told

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_FIRST = [sys.path[0]]  # before anything of that name is imported
if os.path.isfile(os.path.join(_ROOT, "requirements.lock")):
    _FIRST += [_ROOT, os.path.join(_ROOT, "notebooks")]
for _path in hiding(_FIRST):
    sys.exit("povstudy: %(problem)s\n  where: %(where)s\n  remedy: %(remedy)s" % told(_path))

from .base.errors import message  # noqa: E402

if sys.version_info < (3, 11):  # before anything is imported that needs it
    sys.exit(
        message(
            "povstudy needs Python 3.11 or newer, and this is Python %d.%d (%s)."
            % (sys.version_info[0], sys.version_info[1], sys.executable),
            remedy="install a newer Python beside it and start with that one: "
            "%s -m povstudy reproduce" % ("py -3.12" if sys.platform == "win32" else "python3.12"),
        )
    )

from .study.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
