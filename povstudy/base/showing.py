"""A table to be read, as a notebook or ``print`` shows it: light and dark, in any language."""

import html
import re
from dataclasses import dataclass

import pandas as pd

_NUMBER = re.compile(r"<?-?[\d.,]+(?:(?: to |至)-?[\d.,]+)?|-?inf")
_STYLE = (
    ".povstudy{--b:var(--jp-layout-color0,#fff);--i:var(--jp-content-font-color1,#222);"
    "--g:var(--jp-content-font-color2,#666);--l:var(--jp-border-color2,#d9d9d9)}"
    "@media(prefers-color-scheme:dark){.povstudy{--b:var(--jp-layout-color0,#111);"
    "--i:var(--jp-content-font-color1,#eee);--g:var(--jp-content-font-color2,#aaa);"
    "--l:var(--jp-border-color2,#444)}}"
    ".povstudy{background:var(--b);color:var(--i);font-size:13px;overflow-x:auto}"
    ".povstudy table{border-collapse:collapse;border:0;margin:0}"
    ".povstudy caption{caption-side:top;text-align:left;font-weight:600;padding:2px 8px;color:var(--i)}"
    ".povstudy th,.povstudy td{text-align:left;padding:2px 8px;border:0;background:var(--b);"
    "color:var(--i);white-space:normal;max-width:32em}"
    ".povstudy thead th{border-bottom:1px solid var(--i);vertical-align:bottom}"
    ".povstudy tbody tr{border-bottom:1px solid var(--l)}"
    ".povstudy.m tbody tr{border:0}.povstudy.m tbody{border-bottom:1px solid var(--i)}"
    ".povstudy .c{text-align:center;white-space:nowrap}"
    ".povstudy .n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    ".povstudy p.t{color:var(--i);font-size:13px}"
    ".povstudy p{margin:3px 8px;color:var(--g);font-size:12px;white-space:pre-line}"
)


@dataclass(frozen=True, repr=False)
class Shown:
    """A table to be read, as a notebook or ``print`` shows it.

    Attributes
    ----------
    table : DataFrame
        Of texts.
    title, told, line, more : str
        What stands above and below it: sentences, the source, how many rows there are in all.
    """

    table: pd.DataFrame
    title: str
    told: str
    line: str
    more: str = ""

    @property
    def numbers(self):
        """Which columns are set to the right: those of numbers and intervals."""
        cells = [
            [one for one in self.table.iloc[:, at] if one] for at in range(self.table.shape[1])
        ]
        return [bool(column) and all(map(_NUMBER.fullmatch, column)) for column in cells]

    def __str__(self):
        """As text."""
        with pd.option_context("display.unicode.east_asian_width", True):
            table = self._cut().to_string(index=False)
        return "\n".join(one for one in (self.title, table, self.more, self.told, self.line) if one)

    __repr__ = __str__

    def _cut(self):
        """The table, with a row of … where rows are left out."""
        if not self.more:
            return self.table
        gap = pd.DataFrame([["…"] * self.table.shape[1]], columns=self.table.columns)
        return pd.concat([self.table.head(30), gap, self.table.tail(30)])

    def _repr_html_(self):
        looks = ["n" if one else "" for one in self.numbers]
        rows = self._cut().itertuples(index=False, name=None)
        below = [one for one in (self.more, self.line) if one]
        return as_html(self.title, self.table.columns, [rows], below, looks, told=self.told)


def as_html(title, heads, bodies, below, looks, kind="", told=""):
    """Texts as a table of HTML, light and dark: each body between rules.

    Parameters
    ----------
    title, told : str
        Above it; and sentences, straight below.
    heads, below : sequence of str
    bodies : list of lists of rows
    looks : list of {"", "n", "c"}
        Of each column: to the left, to the right as numbers are, in the middle.
    kind : {"", "m"}
        ``"m"``: of models, without lines between rows.

    Returns
    -------
    str
    """
    e = lambda one: html.escape(str(one))  # noqa: E731
    looks = [f' class="{one}"' if one else "" for one in looks]
    row = lambda cells, tag: "<tr>" + "".join(  # noqa: E731
        f"<{tag}{look}>{e(one)}</{tag}>" for one, look in zip(cells, looks, strict=True)) + "</tr>"  # fmt: skip
    body = "".join(
        f"<tbody>{''.join(row(cells, 'td') for cells in rows)}</tbody>" for rows in bodies
    )
    caption = f"<caption>{e(title)}</caption>" if title else ""
    told = f'<p class="t">{e(told)}</p>' if told else ""
    return (
        f'<div class="{f"povstudy {kind}".strip()}"><style>{_STYLE}</style><table>{caption}<thead>{row(heads, "th")}'
        f"</thead>{body}</table>{told}{''.join(f'<p>{e(one)}</p>' for one in below)}</div>"
    )
