"""What the checks of a codebook find in a cleaned table, as proposals."""

import re

import pandas as pd

from . import checks
from .keys import nunique
from .person.personal import known_only

_FAILS_ZH = {
    "order": "日期先后颠倒",
    "one_status": "同一时点有不同状态",
    "members": "人数与成员行数不符",
    "parts": "分项之和不等于合计",
    "flow": "期初减期末不等于变化量",
    "incidence": "人数除以人口不等于发生率",
}


def identities(table, book, raw, codes_of):
    """What the checks of the codebook find, as proposals.

    ``table`` needs no more than its length, and its columns by their names; ``raw`` holds, by
    these names, their cells as they stood in the file.
    """
    parts = []
    for rule in book["checks"]:
        options = {key: value for key, value in rule.items() if key != "check"}
        if options.get("time") == "date" and "date" not in table:
            options["time"] = "year"
        names = [
            name
            for value in options.values()
            for name in ([value] if isinstance(value, str) else value)
        ]
        if any(name not in table for name in names):
            continue
        if rule["check"] == "members":
            # without codes of persons: a household that stands twice is no two persons
            found = _members(table[[*names, "person_id"]], **options) if "person_id" in table else ()  # fmt: skip
        else:
            function = {"order": checks.check_order, "one_status": checks.one_status,
                        "parts": checks.check_parts, "flow": checks.check_flow,
                        "incidence": checks.check_incidence}[rule["check"]]  # fmt: skip
            found = function(table[list(dict.fromkeys(names))], **options) if len(table) else ()
        if len(found):
            new = [None if pd.isna(one) else f"{one:g}" for one in found["proposed"]]
            old = [
                str(raw[column].at[row]) if column in raw else None
                for row, column in zip(found["row"], found["column"], strict=True)
            ]
            why = [
                re.sub(r"(?<=^household )\S+", lambda one: codes_of[one[0]], text)
                for text in found["why"]
            ]
            parts.append({"row": found["row"].to_numpy(), "column": found["column"].to_numpy(),
                          "old": [one and known_only(one) for one in old], "new": new,
                          "action": "proposed", "reason": "identity",
                          "why": why, "why_zh": _FAILS_ZH[rule["check"]]})  # fmt: skip
    return parts


def _members(table, household, time, size):
    """Households of which the file has another number of persons than their size says."""
    count = pd.Series(nunique(table, [household, time], "person_id"), index=table.index, copy=False)
    told = table[size]
    odd = table[(count > 1) & told.notna() & (told != count)]
    return pd.DataFrame(
        {"row": odd.index, "column": size, "found": told[odd.index].astype(float),
         "proposed": count[odd.index].astype(float),
         "why": [f"household {one} has {n} persons here" for one, n in zip(odd[household], count[odd.index], strict=True)]}
    )  # fmt: skip
