"""Codes of households that a spreadsheet has damaged: mended where nothing else they can have been."""

import re
from collections import Counter

from ..cell.cell import plain

_FULL = re.compile(r"([0-9])\.([0-9]+)[eE]\+?([0-9]{1,2})")
_FEW = 3  # codes of one length that tell how long the codes of a column are


def mended(frame, names):
    """Codes with blanks, without the zeros before them or in powers of ten, as they were.

    A code in powers of ten is mended where all its figures stand there (4.22801123456E+11); one
    with blanks where it is as long without them as the others are; one that lacks figures at
    its beginning where others begin with zeros and none is written with them. Codes of more than
    fifteen figures that nearly all end in zeros were rounded: they are refused.

    Parameters
    ----------
    frame : DataFrame
        Columns of categories of text. It is not changed.
    names : dict
        Columns of identifiers, and how a report calls them.

    Returns
    -------
    frame : DataFrame
    parts : list of dict
        For the report.
    """
    parts = []
    for head, name in names.items():
        cells = frame[head]
        known = cells.cat.remove_unused_categories().cat.categories
        texts = [str(one) for one in known.to_numpy(dtype=object)]
        lengths = set(map(len, texts))
        if len(lengths) == 1 and max(lengths) < 16 and "".join(texts).isdigit():
            continue  # as a register has them
        new, unsure = _mended({one: _figures(one) for one in texts})
        for told, reason, action in ((new, "", "changed"), (unsure, "zeros_uncertain", "proposed")):
            for why in sorted({reason or why for _, why in told.values()}):
                which = [one for one, (_, kind) in told.items() if kind == why]
                rows = cells.index[cells.isin(which).to_numpy()]
                if why != "precision_lost":  # the reader refuses these, and says so
                    parts.append({"row": rows.to_numpy(), "column": name, "old": None, "new": None,
                                  "action": action, "reason": why})  # fmt: skip
        if new:
            texts = cells.astype(object)
            texts = texts.map({one: fixed for one, (fixed, _) in new.items()}).fillna(texts)
            frame = frame.assign(**{head: texts.astype("category")})
    return frame, parts


def _figures(text):
    if text.isascii() and text.isdigit():
        return text
    return re.sub(r"(?<=[0-9])\.0+$", "", re.sub(r'^="(.*)"$', r"\1", plain(text)).lstrip("'"))


def _mended(flat):
    """For each damaged code what it was, and how it was damaged; and those that may be damaged."""
    whole = {one for one in flat.values() if one.isascii() and one.isdigit()}
    lengths = Counter(map(len, whole))
    usual, times = max(lengths.items(), key=lambda one: one[1], default=(0, 0))
    usual = usual if times >= _FEW and times >= 0.6 * len(whole) else 0
    zeros = usual and any(one[0] == "0" and len(one) == usual for one in whole)
    long = [one for one in whole if len(one) > 15]
    rounded = len(long) >= _FEW and sum(not one[15:].strip("0") for one in long) >= 0.9 * len(long)
    new, unsure = {}, {}
    if not (rounded or zeros):  # then plain figures need no mending
        flat = {text: code for text, code in flat.items() if code not in whole}
    for text, code in flat.items():
        power = _FULL.fullmatch(code)
        if power and len(power[2]) == int(power[3]) and 7 < len(power[2]) < 15:
            new[text] = power[1] + power[2], "code_form"
        elif re.fullmatch("[0-9]+(?: +[0-9]+)+", code) and len(code.replace(" ", "")) == usual:
            new[text] = code.replace(" ", ""), "blanks"
        elif rounded and len(code) > 15 and code in whole and not code[15:].strip("0"):
            new[text] = f"{int(code):.5E}", "precision_lost"
        elif zeros and code in whole and usual - 3 <= len(code) < usual:
            certain = code.zfill(usual) not in whole
            (new if certain else unsure)[text] = code.zfill(usual), "leading_zeros" if certain else "zeros_uncertain"  # fmt: skip
    return new, unsure
