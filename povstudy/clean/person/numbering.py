"""Codes of households that are cards, identities or telephones: a number stands in their place."""

import hmac
import re
import secrets
from collections import Counter
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from ...base.errors import DataError
from ...base.files import whole_file
from ...base.private import REMOVED, card, like_id, look, luhn, plain_signs, valid_id

# Rounded by a spreadsheet: whose it was cannot be told, and those of two persons would be one.
_LOST = re.compile(r"[0-9](?:\.[0-9]+)?[eE] ?\+?[0-9]+")

# Figures alone that may be a telephone, an identity or a card; no others can.
_DOUBTFUL = re.compile("(?:(?:00)?86)?(?:0?1[3-9][0-9]{9}|0[0-9]{9,11})|[0-9]{15,20}")

# GB/T 2260: cities 01-70 and 90, counties 00-89.
_COUNTY = re.compile(
    "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])(?:0[1-9]|[1-6][0-9]|70|90)[0-8][0-9]"
)


def numbered(columns, names, index, key=None):
    """Put numbers in place of identifiers that are a person's, the same for the same everywhere.

    Parameters
    ----------
    columns : dict of Codes
        Columns of identifiers, by their heads.
    names : dict
        How a report calls them.
    index : Index
        Numbers of the rows.
    key : str or Path, optional
        File of a secret key. With it a number is a keyed hash (HMAC with SHA-256, FIPS 198-1)
        of the identifier, and the same in every file that is cleaned with it; it is made where
        it is not there yet. Without it numbers run from 1 in the order of the rows.

    Returns
    -------
    columns : dict of Codes
    parts : list of dict
        For the report.
    """
    found = {head: _personal(cells) for head, cells in columns.items()}
    if not any(found.values()):
        return columns, []
    taken = {one for cells in columns.values() for one in cells.figures()[1]}
    secret = _secret(key) if key is not None else None
    given, parts, made = {}, [], {**columns}

    def number(link):
        if link not in given:
            if secret is not None:
                given[link] = "h" + hmac.new(secret, link.encode(), "sha256").hexdigest()[:16]
            else:
                at = len(given) + 1
                while f"n{at}" in taken:
                    at += 1
                taken.add(f"n{at}")
                given[link] = f"n{at}"
        return given[link]

    for head, cells in columns.items():
        at = cells.rows(found[head])
        if not at.any():
            continue
        links = {one: found[head][cells.texts[one].as_py()] for one in np.unique(cells.which[at])}
        new = [number(links[one]) for one in cells.which[at]]
        made[head] = cells.replaced({one: number(link) for one, link in found[head].items()})
        parts.append({"row": index[at].to_numpy(), "column": names[head], "old": REMOVED, "new": new,
                      "action": "changed", "reason": "personal_code"})  # fmt: skip
    return made, parts


def _personal(cells):
    """What links each personal text of a column of identifiers; texts that are codes are not in it.

    Figures that make an identity, a card or a telephone are codes all the same where the whole
    column is made so and check digits fail as often as chance lets them.
    """
    figures, others = cells.figures()
    perhaps = pc.match_substring_regex(figures, f"^(?:{_DOUBTFUL.pattern})$")
    doubtful = {
        one: re.sub(r"^([0-9]+)\.0+$", r"\1", plain_signs(one).strip())
        for one in [*figures.filter(perhaps).to_pylist(), *others]
    }
    figures = figures.filter(pc.invert(perhaps))
    kinds = {one: look(flat)[0][:1] for one, flat in doubtful.items() if not _LOST.fullmatch(flat)}
    ids = [one for one in doubtful.values() if one.isdigit() and len(one) == 18 and like_id(one)]
    by_chance = len(ids) >= 10 and sum(map(valid_id, ids)) < 0.3 * len(ids)
    lengths = Counter(len(one) for one in doubtful.values() if one)
    for one in pc.value_counts(pc.binary_length(figures)).to_pylist():
        lengths[one["values"]] += one["counts"]
    filled = lengths.total()
    long = [one for one in doubtful.values() if one.isdigit() and 16 <= len(one) <= 19]
    usual = lengths.most_common(1)[0][0] if filled else 0
    cards = sum(map(luhn, long)) >= 0.5 * len(long)
    odd = 2 * len(long) <= filled and filled > 1
    codes = chain(doubtful.values(), (one.as_py() for one in figures))
    villages = villages_of(codes, filled) if any(kinds.values()) else set()
    links = {}
    for text in kinds:
        flat = doubtful[text]
        kind = kinds[text][0][2] if kinds[text] else None
        if kind == "phone" and flat[:6] in villages and len(flat) == 11:
            kind = None
        elif re.fullmatch("[0-9]{17}[Xx]", flat) and not by_chance:
            kind = "id_number"
        elif flat.isdigit() and len(flat) == 18 and like_id(flat):
            kind = None if by_chance else "id_number"
        elif flat.isdigit() and 16 <= len(flat) <= 19:
            another = len(flat) != usual and card(flat)
            kind = "bank_card" if odd or another or (cards and card(flat)) else None
        if kind is not None:
            links[text] = _link(flat, kinds[text], kind)
    return links


def villages_of(cells, total):
    """First six figures, those of a place, that most of the ``total`` codes of a column share with others.

    13052700001 is a code among its like, though it is formed as a telephone is: telephones of one
    place differ in these figures, and those of codes are a county of GB/T 2260.
    """
    starts = Counter(one[:6] for one in cells if one.isdigit() and len(one) >= 11)
    shared = {one for one, times in starts.items()
              if times >= max(3, total / 10) and _COUNTY.fullmatch(one)}  # fmt: skip
    return shared if 2 * sum(starts[one] for one in shared) > total else set()


def _link(text, found, kind):
    """The identifier alone, however it is written: what makes two cells one person's."""
    start, end, _ = found[0] if found else (0, len(text), kind)
    part = text[start:end]
    figures = re.sub(r"[^0-9Xx]", "", part).upper()
    if kind == "id_number":  # the old form has two figures of the year less; the last one checks
        return figures[:6] + "19" + figures[6:] if len(figures) == 15 else figures[:17]
    if kind == "phone" and len(figures) >= 11 and figures[-11] == "1":
        return figures[-11:]
    return figures if kind in ("phone", "bank_card") and figures else "".join(part.split()).lower()


def _secret(key):
    """The key in the file; a new one is written where there is no such file."""
    try:
        path = Path(key)
        if not path.exists():
            path.parent.stat()  # a folder that is misspelt would get a key of its own
            with whole_file(path, 0o600) as part:  # for its owner alone
                part.write_text(secrets.token_hex(32), encoding="utf-8")
        with path.open(encoding="utf-8") as file:
            found = file.read(4096).strip()
    except (OSError, TypeError, ValueError) as error:
        raise DataError(
            "The file of the key cannot be read or made.", where=key,
            found=getattr(error, "strerror", None) or type(error).__name__,
            remedy='key="household.key"',
        ) from None  # fmt: skip
    if len(found) < 32:
        raise DataError(
            "A key has 32 signs or more.", where=key, found=f"{len(found)} signs",
            remedy='key="new.key"  # it is made where it is not there yet',
        )  # fmt: skip
    return found.encode()
