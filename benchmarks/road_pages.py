"""What is told of road.csv and peers.csv: tables and a figure on docs/scale.md, a line in each README.

    python benchmarks/road.py --docs

All numbers of these are taken from the two files; a test holds them to it.
"""

import hashlib
import re
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
CSV, PAGE, FIGURE = ROOT / "benchmarks/road.csv", ROOT / "docs/scale.md", ROOT / "docs/road.png"
PEERS = ROOT / "benchmarks/peers.csv"
SMALL = 100_000
STEPS = {  # name of a step: what it is, and its call
    "clean": ("clean", 'ps.clean.households("raw.csv")'),
    "opening": ("a survey is opened: its design", 'svy = ps.Survey(path, weight="weight", strata="stratum", psu="village")'),
    "poverty": ("poverty by province and year", 'ps.poverty(svy, "income", 2952, by=["province", "year"])'),
    "relative": ("poverty below half of the median", 'ps.poverty(svy, "income", ps.relative_line(0.5))'),
    "inequality": ("inequality", 'ps.inequality(svy, "income")'),
    "targeting": ("errors of a list", 'ps.targeting_errors(svy, "listed", "poor")'),
    "auc": ("AUC of a score", 'ps.auc(svy, "score", "poor")'),
    "transitions": ("moves in and out", "ps.transitions(svy)"),
    "relapse_rates": ("return rates by year", 'ps.relapse_rates(svy, by="year")'),
    "spells": ("spells, into a file", 'ps.spells(path, covariates=[...], into="spells.parquet")'),
    "hazard": ("relapse model", 'ps.relapse_model("C(edu) + ill", "spells.parquet", cluster="village")'),
    "watch": ("risks and watch list", 'fit.risk(now, 3, into="risk.parquet"); ps.watch_list("risk.parquet", 0.05)'),
}  # fmt: skip
TOLD = ("poverty", "spells", "hazard")  # in the READMEs


def _read():
    return pd.read_csv(CSV).set_index(["step", "engine", "rows"]).sort_index()


def _figures(x):
    """Two digits, or whole from ten on."""
    return f"{x:,.0f}" if x >= 9.95 else f"{x:.2g}"


def _size(rows):
    return f"{rows / 1e6:g} million" if rows >= 1e6 else f"{rows:,}"


def _large(table):
    """Sizes of files alone, in order."""
    every = table.index.get_level_values("rows").unique()
    return sorted(one for one in every if one > SMALL)


def growth(table, step):
    """Exponent of the cost from the least to the greatest of the large sizes."""
    own = table.loc[step, "parquet"]["cpu_seconds"].drop(SMALL, errors="ignore")
    if len(own) < 2:
        return np.nan
    return np.log(own.iloc[-1] / own.iloc[0]) / np.log(own.index[-1] / own.index[0])


def tables():
    """The two tables of the page, as text."""
    table, made = _read(), []
    sizes = _large(table)
    head = ["step", *[f"{_size(one)}: CPU s" for one in sizes], f"times a scan ({_size(sizes[-1])})",
            *[f"most memory, GB ({_size(one)})" for one in sizes[-2:]], "growth"]  # fmt: skip
    rows = []
    for step, (what, call) in STEPS.items():
        own = table[table.index.isin([(step, "parquet", one) for one in sizes])]
        if own.empty:
            continue
        own = own.droplevel([0, 1]).reindex(sizes)
        cells = ["—" if np.isnan(one) else _figures(one) for one in
                 (*own["cpu_seconds"], own["ratio"].iloc[-1], *own["peak_mb"].iloc[-2:] / 1000)]  # fmt: skip
        power = growth(table, step)
        rows.append([f"{what}<br>`{call}`", *cells, "—" if np.isnan(power) else f"{power:.2f}"])
    made.append(_markdown(head, rows))
    engines = {"pandas": "pandas", "parquet": "Parquet (DuckDB)", "spark": "Spark, local"}
    rows = []
    for step, (what, _) in STEPS.items():
        keys = [(step, one, SMALL) for one in engines]
        cells = [
            _figures(table.loc[key, "cpu_seconds"]) if key in table.index else "—" for key in keys
        ]
        rows.append([what, *cells])
    made.append(_markdown(["step", *engines.values()], rows))
    return made


def peers():
    """The table of peers.csv, as text: each side beside povstudy."""
    table = pd.read_csv(PEERS)
    rows = [
        [f"{one.topic}, {one.rows:,} rows" if one.first else "", f"{one.side}<br>{one.version}",
         _figures(one.cpu_seconds), f"{one.ratio:.2g}" if one.ratio < 9.95 else f"{one.ratio:,.0f}",
         _figures(one.peak_mb / 1000), "other answers" if np.isnan(one.agree) else f"{one.agree:g}"]
        for one in table.assign(first=~table["topic"].duplicated()).itertuples()
    ]  # fmt: skip
    return _markdown(
        ["what", "by", "CPU s", "times povstudy's", "most memory, GB", "agree within"], rows
    )


def _markdown(head, rows):
    lines = ["| " + " | ".join(one) + " |" for one in [head, ["---"] * len(head), *rows]]
    return "\n".join(lines)


def lines():
    """What each README says: the cost of three steps beside a scan, at the greatest size."""
    table = _read()
    rows = _large(table)[-1]
    ratios = [_figures(table.loc[(one, "parquet", rows), "ratio"]) for one in TOLD]
    peak = max(table.loc[(one, "parquet", rows), "peak_mb"] for one in TOLD) / 1000
    households = rows / 8 / 1e6
    many = f"{rows / 1e8:g}亿" if rows >= 1e8 else f"{rows / 1e4:,.0f}万"
    return {
        "README.md": (
            f"**Up to a province or a country:** of {rows / 1e6:g} million household-years ({households:g} million households) in "
            f"Parquet files, poverty by province and year costs {ratios[0]} times the reading of its columns, spells "
            f"{ratios[1]} times, a relapse model {ratios[2]} times, in {peak:.1f} GB of memory: [the road at size](docs/scale.md)."
        ),
        "README.zh.md": (
            f"**大到一省一国：**{many}个“户—年”（{households * 100:g}万户）存成 Parquet 文件，分省分年的贫困只用读取所需各列"
            f"{ratios[0]}倍的时间，脱贫时段{ratios[1]}倍，返贫模型{ratios[2]}倍，内存最多{peak:.1f} GB：[全程的规模](docs/scale.md)。"
        ),
    }  # fmt: skip


def put(text, name, new):
    """A text with what stands between two marks changed."""
    marks = f"<!-- {name} -->", f"<!-- end of {name} -->"
    found = re.compile(f"{re.escape(marks[0])}.*?{re.escape(marks[1])}", re.DOTALL)
    made, count = found.subn(lambda _: f"{marks[0]}\n{new}\n{marks[1]}", text)
    assert count == 1, (name, count)
    return made


def pages():
    """Every page with what it says now."""
    page, (large, small) = PAGE.read_text("utf-8"), tables()
    for name, new in (("road", large), ("engines", small), ("peers", peers())):
        page = put(page, name, new)
    made = {PAGE: page}
    for name, line in lines().items():
        text = (ROOT / name).read_text("utf-8")
        made[ROOT / name] = re.sub(r"^\*\*(Up to a province|大到一省).*$", lambda _, line=line: line, text, flags=re.MULTILINE)  # fmt: skip
    return made


def digest():
    """What tells the run that a figure was drawn from."""
    return hashlib.sha256("\n".join(CSV.read_text("utf-8").split()).encode()).hexdigest()


def draw():
    """A panel for each step: its cost by size, beside a scan and ten times that."""
    import matplotlib.pyplot as plt

    from povstudy.figures import style

    table = _read()
    files = table.xs("parquet", level="engine")
    shown = [one for one in STEPS if one in files.index and len(files.loc[one]) > 1]
    rows = _large(table)[-1]
    worst = files.xs(rows, level="rows")["ratio"].max()
    with style.context():
        across = 4
        figure, every = plt.subplots(-(-len(shown) // across), across, sharex=True, sharey=True,
                                     figsize=(178 * style.MM, 110 * style.MM))  # fmt: skip
        for ax in every.flat[len(shown) :]:
            ax.set_axis_off()
        for ax, step in zip(every.flat, shown, strict=False):
            own = table.loc[step, "parquet"]
            x, scan = own.index.to_numpy() / 1e6, own["scan_seconds"].to_numpy()
            ax.plot(
                x, 10 * scan, color=style.GREY, linestyle=":", marker="", label="ten times the scan"
            )
            ax.plot(x, scan, color=style.COLOURS["orange"], linestyle="--", marker="s", markersize=4,
                    markerfacecolor="white", label="scan of the same columns")  # fmt: skip
            ax.plot(x, own["cpu_seconds"], color=style.COLOURS["blue"], marker="o", label="step")
            ax.set(xscale="log", yscale="log", xticks=[0.1, 1, 10, 100])
            ax.set_title(textwrap.fill(STEPS[step][0], 21), fontsize=8.5, pad=4)
            ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
            ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
            ax.label_outer()
        for ax in every.flat[max(0, len(shown) - across) : len(shown)]:
            ax.tick_params(labelbottom=True)
        figure.supxlabel(
            "million household-years, a made-up panel (benchmarks/road.csv)", fontsize=8.5
        )
        figure.supylabel("CPU seconds of all threads", fontsize=8.5)
        handles = every.flat[0].get_legend_handles_labels()
        figure.legend(
            handles[0][::-1], handles[1][::-1], loc="outside upper center", ncols=3, frameon=False,
            title=f"At {_size(rows)} household-years no step costs more than {_figures(worst)} times "
            "the scan of its columns", title_fontsize=10,
        )  # fmt: skip
        figure.savefig(FIGURE, dpi=150, metadata={"Software": None, "Description": digest()})
    plt.close(figure)


def write():
    """Write them all."""
    for path, text in pages().items():
        path.write_text(text, "utf-8", newline="\n")
        print(path.relative_to(ROOT))
    draw()
    print(FIGURE.relative_to(ROOT))
