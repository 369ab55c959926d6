"""Fonts, wrapped lines, colours."""

import io
import itertools
import os
import pickle
import re
import subprocess
import sys

import matplotlib
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from fontTools.ttLib import TTFont

import povstudy as ps
from povstudy.figures import style
from povstudy.figures.fonts import build_subset


def test_font_holds_every_character_of_the_script_that_made_it():
    font = TTFont(style.FONT)
    missing = build_subset.characters() - set(font.getBestCmap())
    # A few accented Latin letters that Noto Sans SC itself lacks.
    assert all(0x100 <= code < 0x180 for code in missing)
    assert str(font["name"].getDebugName(1)) == style.FAMILY
    assert "SIL Open Font License" in font["name"].getDebugName(13)
    assert "SIL Open Font License" in style.FONT.with_name("OFL.txt").read_text("utf-8")


def test_font_holds_place_names_beyond_the_common():
    known = TTFont(style.FONT).getBestCmap()
    assert all(ord(sign) in known for sign in "紫云纳雍威宁赫章沿河榕江从江晴隆望谟儋亳鄯郧濮")


def test_settings_are_put_back_even_after_an_error():
    before = dict(matplotlib.rcParams)
    with pytest.raises(RuntimeError), style.context():
        raise RuntimeError
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize(
    "text",
    [
        "Source: " + "State Council Leading Group Office of Poverty Alleviation, " * 4,
        "资料来源：" + "国务院扶贫开发领导小组办公室及其后续部门；保山市。" * 5,
        "资料来源：世界银行 SI.POV.NAHC，" * 6,
    ],
)
def test_long_lines_are_broken_where_a_reader_expects(text):
    lines = style.wrapped(text, width=300, size=7).split("\n")
    assert len(lines) > 1
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    assert not any(line[0] in "，。、；：）" for line in lines)
    assert all(len(line) < 100 for line in lines)
    assert not any("SI.POV.NAHC" in a + b and "SI.POV.NAHC" not in a and "SI.POV.NAHC" not in b
                   for a, b in itertools.pairwise(lines))  # fmt: skip


def test_colours_differ_for_readers_who_do_not_see_red_or_green():
    """Distances after simulating protanopia and deuteranopia (Vienot et al. 1999)."""
    linear = np.array(
        [[int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)] for code in style.COLOURS.values()]
    )
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    to_lms = np.array([[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714],
                       [0.0299566, 0.184309, 1.46709]])  # fmt: skip
    protan = np.array([[0, 2.02344, -2.52581], [0, 1, 0], [0, 0, 1]])
    deutan = np.array([[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]])
    for defect in (protan, deutan):
        seen = linear @ to_lms.T @ defect.T @ np.linalg.inv(to_lms).T
        seen = np.clip(seen, 0, 1) ** (1 / 2.2)
        apart = np.linalg.norm(seen[:, None] - seen[None], axis=2)
        assert apart[~np.eye(len(seen), dtype=bool)].min() > 0.1
    assert len(style.MARKERS) == len(style.COLOURS)


def test_figures_of_a_notebook_go_on_showing():
    code = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "InteractiveShell.instance()\n"
        "import matplotlib\n"
        "from povstudy.figures import style\n"
        "with style.context():\n"
        "    style.new_axes()\n"
        "print(matplotlib.is_interactive())\n"
    )
    env = os.environ | {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True,
                          text=True)  # fmt: skip
    assert told.stdout == "True\n", told.stderr


def test_a_sign_of_money_is_no_formula():
    with ps.figures.context():
        ax = ps.figures.new_axes()
        ps.figures.finish(ax, title="$2.15_x or $3_y", unit="$a_b $", source=ps.Source("register", "$x & _$y"),
                          alt="", data=pd.DataFrame({"a": [1]}), lang="en")  # fmt: skip
    ax.figure.savefig(io.BytesIO(), format="svg")


@pytest.mark.parametrize("unit", ["percent", "percent\nof all", ""])
def test_a_title_that_is_set_later_takes_the_place_of_the_first(unit):
    data = pd.DataFrame({"y": [1]})
    with style.context():
        ax = style.new_axes()
        ax.plot([1, 2])
        style.finish(ax, title="The first", unit=unit, alt="A line.", data=data, lang="zh",
                     source=ps.Source("simulated", "Made up.", "虚构。"))  # fmt: skip
    place = ax.title.get_position(), ax._left_title.get_transform().transform((0, 1)).tolist()
    ax.set_title("我的标题 $5 和 $6")
    assert ax.get_title("left") == "模拟：我的标题 $5 和 $6" and not ax.get_title()
    assert place == (
        ax.title.get_position(),
        ax._left_title.get_transform().transform((0, 1)).tolist(),
    )
    ax.set_title(ax.get_title("left"), fontsize=8)
    assert ax.get_title("left").count("模拟") == 1
    pickle.loads(pickle.dumps(ax.figure))
