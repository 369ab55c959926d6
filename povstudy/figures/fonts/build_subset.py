"""Make the Chinese font that figures are drawn with: a subset of Noto Sans SC.

Run it only to change the set of characters or the release of the font::

    npm pack @expo-google-fonts/noto-sans-sc
    python povstudy/figures/fonts/build_subset.py expo-google-fonts-noto-sans-sc-*.tgz

The subset holds every Chinese character of GB 2312 (6,763 of them, so that most place
names render), Latin letters with accents, punctuation and the signs that figures use.
The family is renamed: a system copy of Noto Sans SC must not be picked up in its place.
The licence (SIL OFL 1.1) goes with it, in OFL.txt.
"""

import io
import sys
import tarfile
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "povstudy Sans SC"
MEMBER = "package/400Regular/NotoSansSC_400Regular.ttf"
SIGNS = "‐–—‘’“”…‰′″€−≈≠≤≥×÷±→←↑↓△▲●○■□②③①④⑤⑥⑦⑧⑨⑩"


def characters() -> set[int]:
    """Code points that the subset keeps."""
    latin = set(range(0x20, 0x7F)) | set(range(0xA0, 0x180))
    rows = [*range(1, 4), *range(16, 88)]  # punctuation and full-width forms; then Chinese
    gb2312 = {
        ord(text)
        for row in rows
        for cell in range(1, 95)
        if (text := bytes([0xA0 + row, 0xA0 + cell]).decode("gb2312", errors="ignore"))
    }
    return latin | gb2312 | set(map(ord, SIGNS))


def build(archive: Path, target: Path) -> None:
    """Cut the subset out of the font in ``archive`` and write it to ``target``."""
    with tarfile.open(archive) as package:
        font = TTFont(io.BytesIO(package.extractfile(MEMBER).read()))
    options = subset.Options(
        hinting=False, layout_features=["kern", "mark", "ccmp"], name_IDs=["*"]
    )
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters())
    cutter.subset(font)
    names = {1: FAMILY, 3: f"{FAMILY} subset", 4: FAMILY, 6: FAMILY.replace(" ", ""), 16: FAMILY}
    for record in font["name"].names:
        if record.nameID in names:
            record.string = names[record.nameID]
    font["head"].modified = font["head"].created  # same bytes from run to run
    font.recalcTimestamp = False
    font.save(target)


if __name__ == "__main__":
    here = Path(__file__).parent
    build(Path(sys.argv[1]), here / "povstudySansSC-Regular.ttf")
