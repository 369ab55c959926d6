"""Codes of households that a spreadsheet has damaged: mended where nothing else they can have been."""

import re
from collections import Counter
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..cell.cell import plain

_FULL = re.compile(r"([0-9])\.([0-9]+)[eE]\+?([0-9]{1,2})")
_FEW = 3  # codes of one length that tell how long the codes of a column are


class Codes(NamedTuple):
    """A column of millions of codes: no text of it becomes one of Python but those that are odd.

    Attributes
    ----------
    which : ndarray of int
        Number of the text of each row.
    texts : Array
        Of Arrow: the distinct texts, each of some row.
    """

    which: np.ndarray
    texts: pa.Array

    @classmethod
    def of(cls, which, texts):
        """Without texts that no row has."""
        used = np.zeros(len(texts), dtype=bool)
        used[which] = True
        if used.all():
            return cls(which, texts)
        return cls((np.cumsum(used) - 1)[which], texts.filter(pa.array(used)))

    def rows(self, texts):
        """Which rows hold some of the texts."""
        return np.isin(self.which, np.flatnonzero(self._among(texts)))

    def _among(self, texts):
        wanted = pa.array(list(texts), self.texts.type)
        return pc.is_in(self.texts, value_set=wanted).to_numpy(zero_copy_only=False)

    def figures(self):
        """Texts of plain figures, as nearly all are, as an array; and a list of all others."""
        usual = pc.match_substring_regex(self.texts, "^[0-9]+$")
        return self.texts.filter(usual), self.texts.filter(pc.invert(usual)).to_pylist()

    def replaced(self, new):
        """The column with other texts in place of some."""
        at = pa.array(self._among(new))
        put = pa.array([new[one] for one in self.texts.filter(at).to_pylist()], self.texts.type)
        texts = pc.replace_with_mask(self.texts, at, put).dictionary_encode()
        return Codes(texts.indices.to_numpy()[self.which], texts.dictionary)


def mended(columns, names, index):
    """Codes with blanks, without the zeros before them or in powers of ten, as they were.

    A code in powers of ten is mended where all its figures stand there (4.22801123456E+11); one
    with blanks where it is as long without them as the others are; one that lacks figures at
    its beginning where others begin with zeros and none is written with them. Codes of more than
    fifteen figures that nearly all end in zeros were rounded: they are refused.

    Parameters
    ----------
    columns : dict of Codes
        Columns of identifiers, by their heads.
    names : dict
        How a report calls them.
    index : Index
        Numbers of the rows.

    Returns
    -------
    columns : dict of Codes
    parts : list of dict
        For the report.
    """
    made, parts = {}, []
    for head, cells in columns.items():
        figures, others = cells.figures()
        new, unsure = _mended(figures, {one: _figures(one) for one in others})
        for told, reason, action in ((new, "", "changed"), (unsure, "zeros_uncertain", "proposed")):
            for why in sorted({reason or why for _, why in told.values()}):
                if why != "precision_lost":  # the reader refuses these, and says so
                    rows = index[cells.rows(one for one, (_, kind) in told.items() if kind == why)]
                    parts.append({"row": rows.to_numpy(), "column": names[head], "old": None, "new": None,
                                  "action": action, "reason": why})  # fmt: skip
        made[head] = cells.replaced({one: code for one, (code, _) in new.items()}) if new else cells
    return made, parts


def _figures(text):
    return re.sub(r"(?<=[0-9])\.0+$", "", re.sub(r'^="(.*)"$', r"\1", plain(text)).lstrip("'"))


def _mended(figures, flat):
    """For each damaged code what it was, and how it was damaged; and those that may be damaged.

    ``figures`` are the codes that stand as plain figures, ``flat`` what all others are without
    marks and blanks.
    """
    more = {one for one in flat.values() if one.isascii() and one.isdigit()}
    more -= _among(more, figures)
    sizes = pc.binary_length(figures)
    lengths = Counter(map(len, more))
    for one in pc.value_counts(sizes).to_pylist():
        lengths[one["values"]] += one["counts"]
    total = lengths.total()
    usual, times = max(lengths.items(), key=lambda one: one[1], default=(0, 0))
    usual = usual if times >= _FEW and times >= 0.6 * total else 0
    led = pc.and_(pc.starts_with(figures, "0"), pc.equal(sizes, usual))
    zeros = usual and (
        pc.any(led).as_py() or any(one[0] == "0" and len(one) == usual for one in more)
    )
    lost = pc.match_substring_regex(figures, "^.{15}0+$")
    long = [one for one in more if len(one) > 15]
    many = len(long) + pc.sum(pc.greater(sizes, 15), min_count=0).as_py()
    round_ones = sum(not one[15:].strip("0") for one in long) + pc.sum(lost, min_count=0).as_py()
    rounded = many >= _FEW and round_ones >= 0.9 * many
    new, unsure = {}, {}
    if rounded or zeros:
        short = pc.and_(pc.less(sizes, usual), pc.greater_equal(sizes, usual - 3))
        which = lost if rounded and not zeros else short if not rounded else pc.or_(short, lost)
        flat = {one: one for one in figures.filter(which).to_pylist()} | flat
    else:  # then plain figures need no mending
        flat = {text: code for text, code in flat.items() if not (code.isascii() and code.isdigit())}  # fmt: skip
    whole = {one for one in flat.values() if one.isascii() and one.isdigit()}
    there = _among({one.zfill(usual) for one in whole}, figures) | more if zeros else set()
    for text, code in flat.items():
        power = _FULL.fullmatch(code)
        if power and len(power[2]) == int(power[3]) and 7 < len(power[2]) < 15:
            new[text] = power[1] + power[2], "code_form"
        elif re.fullmatch("[0-9]+(?: +[0-9]+)+", code) and len(code.replace(" ", "")) == usual:
            new[text] = code.replace(" ", ""), "blanks"
        elif rounded and len(code) > 15 and code in whole and not code[15:].strip("0"):
            new[text] = f"{int(code):.5E}", "precision_lost"
        elif zeros and code in whole and usual - 3 <= len(code) < usual:
            certain = code.zfill(usual) not in there
            (new if certain else unsure)[text] = code.zfill(usual), "leading_zeros" if certain else "zeros_uncertain"  # fmt: skip
    return new, unsure


def _among(codes, figures):
    """Those of some codes that stand among many."""
    codes = pa.array(sorted(codes), figures.type)
    return set(codes.filter(pc.is_in(codes, value_set=figures)).to_pylist()) if len(codes) else set()  # fmt: skip
