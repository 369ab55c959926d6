"""Which committed files stay: the rule by which what is made anew says what is there.

Another processor or another library of linear algebra changes the last digits. So an exhibit
keeps its files, and a cell its outputs, where the new ones agree with them:

- *Numbers* agree if they differ by at most 1e-8 of the smaller. A difference of 1e-12 is
  nothing, and so is one of 1e-15 of the largest number of the column (of the text, outside
  of tables): that is what rounding leaves of a zero.
- *Words* are the same: title, source line, alt text, columns, and all cells without a number.
- A *picture* has the same elements, style and text in its SVG, none of them moved by more
  than 0.0001 point, and a PNG of the same size. What draws it may have changed; what is
  drawn has not. So a picture that is out of date never stays.
- The file is the one that ``figures/manifest.json`` knows by its checksum: what somebody
  saved over it goes.

Where the data agree and a picture does not, the exhibit is *identical, drawn anew*.
"""

import io
import re

import numpy as np
import pandas as pd

from .execute import code_cells

_ALIKE, _NOTHING, _ROUNDING = 1e-8, 1e-12, 1e-15
_MOVED = 1e-4  # points; a smaller size of letters shows by more
_NUMBER, _TAKEN = re.compile(r"-?\d+\.?\d*(?:[eE][-+]?\d+)?"), "\0"
# Where things are in an SVG. Colours, widths and names of letters are to be the same.
_PLACES = re.compile(r'(?<=\s)(?:d|x|y|width|height|transform|viewBox)="[^"]*"')
# Names that matplotlib makes from the content, last digits and all.
_MADE_NAME = re.compile(r"\b[A-Za-z]\w*?[0-9a-f]{10}\b")
_PNG_HEAD = 33  # signature, and the block that holds the size


def compare(old_folder, new_folder, record, words):
    """Tell whether an exhibit is what is there.

    Parameters
    ----------
    old_folder, new_folder : Path
        Folders with the files of the record.
    record : dict
        Of the exhibit, as `povstudy.publish` makes it.
    words : list or None
        Title, source and alt text that were there, as `words_of` gives them.

    Returns
    -------
    status : str
        For the reader.
    agrees : bool
        Whether the files that are there may stay.
    """
    files = record["files"]
    there = [file for file in files if (old_folder / file).is_file()]
    if not there:
        return "new", False
    tables = [file for file in files if file.endswith(".csv")]
    if not set(tables) <= set(there):
        return "changed (no earlier table to compare with)", False
    pairs = {file: (old_folder / file, new_folder / file) for file in there}
    for file in tables:
        try:
            difference = first_difference(*(one.read_text("utf-8-sig") for one in pairs[file]))
        except ValueError:  # saved by another program, in another encoding or form
            difference = "the earlier table cannot be read"
        if difference:
            return f"changed ({difference})", False
    if words is not None and words != words_of(record):
        return "changed (title, source or alt text)", False
    for file in set(there) - set(tables):
        if not _SAME[file.rpartition(".")[2]](*(one.read_bytes() for one in pairs[file])):
            return "identical, drawn anew", False
    return "identical", True


def words_of(record):
    """Title, source line and alt text of an exhibit."""
    return [record.get(key) for key in ("title", "source", "alt")]


def first_difference(old, new):
    """Tell in words where two tables first differ; empty if they agree.

    Parameters
    ----------
    old, new : str
        Tables as CSV.

    Returns
    -------
    str

    Examples
    --------
    >>> from povstudy.study.keeping import first_difference
    >>> first_difference("year,share\\n2015,5.7\\n", "year,share\\n2015,5.70000000001\\n")
    ''
    >>> first_difference("year,share\\n2015,5.7\\n", "year,share\\n2015,5.8\\n")
    'year 2015, share: 5.7 -> 5.8'
    """
    if old == new:
        return ""
    tables = [pd.read_csv(io.StringIO(one), dtype=str, keep_default_na=False) for one in (old, new)]
    before, after = tables
    if list(before.columns) != list(after.columns):
        return f"columns {', '.join(before.columns)} -> {', '.join(after.columns)}"
    if len(before) != len(after):
        return f"{len(before)} rows -> {len(after)} rows"
    for column in before.columns:
        numbers = [pd.to_numeric(one[column], errors="coerce").to_numpy(float) for one in tables]
        differs = (before[column] != after[column]) & ~_agree(*numbers)
        if differs.any():
            row = differs.idxmax()
            key = (
                f"{before.columns[0]} {before.iloc[row, 0]}, "
                if column != before.columns[0]
                else ""
            )
            return f"{key}{column}: {before[column][row]} -> {after[column][row]}"
    return ""


def _agree(old, new):
    """Which of two rows of numbers are the same but for rounding."""
    sizes = np.abs([old, new])
    nothing = max(_NOTHING, _ROUNDING * sizes.max(initial=0, where=np.isfinite(sizes)))
    with np.errstate(invalid="ignore"):  # infinity minus infinity
        gap = np.abs(old - new)
        return (gap <= np.fmax(_ALIKE * sizes.min(axis=0), nothing)) & np.isfinite(gap)


def _parted(text):
    """A text with its numbers taken out, and these; blanks are as wide as numbers let them."""
    numbers = np.array(_NUMBER.findall(text), dtype=float)
    return re.sub(r"\s+", " ", _NUMBER.sub(_TAKEN, text)), numbers


def _same_text(old, new):
    (words, numbers), (now, new_numbers) = _parted(old), _parted(new)
    return words == now and bool(_agree(numbers, new_numbers).all())


def _same_picture(old, new):
    (drawn, places), (now, new_places) = (_drawn(one.decode("utf-8")) for one in (old, new))
    return drawn == now and bool((np.abs(places - new_places) <= _MOVED).all())


def _drawn(svg):
    """An SVG without places and made names, and the places."""
    places, names = [], {}

    def taken(found):
        words, numbers = _parted(found[0])
        places.append(numbers)
        return words

    drawn = _PLACES.sub(taken, svg)
    drawn = _MADE_NAME.sub(lambda name: names.setdefault(name[0], f"name {len(names)}"), drawn)
    return drawn, np.concatenate([*places, []])


def _same_size(old, new):
    return old[:_PNG_HEAD] == new[:_PNG_HEAD]


_SAME = {"svg": _same_picture, "png": _same_size}


def keep_outputs(before, after, kept):
    """Put the outputs that were there back into a notebook that ran, where the new ones agree.

    Parameters
    ----------
    before, after : NotebookNode
        The notebook as it was, and as it is; they have the same cells.
    kept : set of str
        Exhibits whose files stay.
    """
    for was, now in zip(code_cells(before), code_cells(after), strict=True):
        if len(was["outputs"]) == len(now["outputs"]):
            for old, new in zip(was["outputs"], now["outputs"], strict=True):
                _keep_output(old, new, kept)


def _keep_output(old, new, kept):
    if old["output_type"] != new["output_type"]:
        return
    if new["output_type"] == "stream":
        if old["name"] == new["name"] and _same_text(old["text"], new["text"]):
            new["text"] = old["text"]
        return
    exhibits = [one.get("metadata", {}).get("povstudy", {}).get("name") for one in (old, new)]
    stays = exhibits[0] == exhibits[1] and exhibits[0] in kept
    data = old.get("data", {}), new.get("data", {})
    if set(data[0]) == set(data[1]) and all(
        _same_mime(kind, data[0][kind], data[1][kind], stays) for kind in data[0]
    ):
        new["data"] = data[0]


def _same_mime(kind, old, new, stays):
    if old == new:
        return True
    if kind.startswith("text/"):
        return _same_text(old, new)
    # The picture of an exhibit is as its SVG is; here it is base64, three bytes in four signs.
    head = _PNG_HEAD * 4 // 3
    return stays and kind == "image/png" and old[:head] == new[:head]
