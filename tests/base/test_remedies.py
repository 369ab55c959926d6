"""Every remedy is tried: pasted into the situation that raised it, it helps.

Situations are kept by the function that raises them, as ``room/module.function``: a new remedy
that is a line of code needs one in ``tests/remedies``.
"""

import ast
import re
from collections import Counter
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pandas as pd
import pytest
import remedies as tried
from conftest import ROOT

import povstudy as ps
from povstudy.base.checks import (
    need_between,
    need_columns,
    need_one_of,
    need_positive,
    need_whole,
)

PARTS = [import_module(f"remedies.{one.name}") for one in iter_modules(tried.__path__)]
SITUATIONS = [one for part in PARTS for one in getattr(part, "SITUATIONS", ())]

SCOPE = {"ps": ps, "pd": pd, "np": np, "need_columns": need_columns, "need_whole": need_whole, "need_one_of": need_one_of,
         "need_positive": need_positive, "need_between": need_between}  # fmt: skip


@pytest.mark.parametrize(("place", "scope", "call", "again"), SITUATIONS)
def test_a_remedy_that_is_pasted_helps(place, scope, call, again):
    scope = {**SCOPE, **scope}
    with pytest.raises(ps.base.errors.PovstudyError) as told:
        exec(call, scope)
    remedy = told.value.remedy
    trace = [one.name for one in told.traceback]
    assert place.rpartition(".")[2] in trace
    table = scope.get("table")
    whole = isinstance(table, pd.DataFrame) and "income" in table
    before = table["income"].notna().sum() if whole else 0
    if again is None or "{}" not in again:
        exec(remedy, scope)  # a line of its own
        exec(again or call, scope)
        if before:
            assert scope["table"]["income"].notna().sum() >= before - 1  # no column is emptied
    else:
        exec(again.replace("{}", re.sub(r"\s+# .*", "", remedy)), scope)


@cache
def remedies():
    """Functions with remedies that are a line of code, by place; how many remedies in all."""
    found, every = Counter(), 0
    for path in sorted((ROOT / "povstudy").rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            inner = [one for one in ast.walk(function) if isinstance(one, ast.FunctionDef)]
            theirs = {id(one) for other in inner[1:] for one in ast.walk(other)}
            for call in ast.walk(function):
                if id(call) in theirs:
                    continue
                for given in getattr(call, "keywords", ()):
                    if given.arg != "remedy":
                        continue
                    every += 1
                    if is_code(given.value):
                        place = path.relative_to(ROOT / "povstudy").with_suffix("").as_posix()
                        found[f"{place}.{function.name}"] += 1
    return found, every


def is_code(value):
    """Whether a remedy is a line that Python reads: names and values stand for what is put in."""
    if isinstance(value, ast.Constant):
        text = str(value.value)
    elif isinstance(value, ast.JoinedStr):
        text = "".join(
            str(part.value) if isinstance(part, ast.Constant)
            else "'x'" if part.conversion == 114 else "x"
            for part in value.values
        )  # fmt: skip
    else:
        return False
    for line in (text, f"f({text})"):
        try:
            tree = ast.parse(line)
        except SyntaxError:
            continue
        if any(isinstance(one, ast.Call | ast.Assign | ast.keyword) for one in ast.walk(tree.body[0])
               ) and (line == text or "=" in text):  # fmt: skip
            return True
    return False


def test_every_remedy_that_is_a_line_of_code_is_tried():
    """A new one needs a situation."""
    found, every = remedies()
    assert every > 400
    assert not set(found) - {place for place, *_ in SITUATIONS}
