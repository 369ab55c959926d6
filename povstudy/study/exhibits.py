"""Exhibits: a figure or a table published in both languages, with its data and alt text.

A notebook calls `publish` once for each exhibit. The files go to ``figures/``; what they
are (function, status, source, alt text) travels in the metadata of the notebook's output,
from where ``povstudy reproduce`` takes it for ``figures/manifest.json``.
"""

import inspect
import io
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..base.errors import DataError
from ..base.exports import without_formulas
from ..base.files import write_whole
from ..base.status import source_of
from ..figures import style
from ..sources.catalogue import credit

LANGUAGES = ("en", "zh")
_INLINE_DPI = 144


@dataclass(frozen=True)
class Exhibit:
    """One published figure or table, as a notebook shows it.

    Attributes
    ----------
    name : str
        Name of the exhibit, the stem of its files.
    record : dict
        What ``figures/manifest.json`` keeps of it.
    picture : bytes or None
        The figure in English, as PNG.
    table : DataFrame or None
        The table in English.
    """

    name: str
    record: dict
    picture: bytes | None
    table: pd.DataFrame | None

    def __repr__(self):
        """Name, and where the files are."""
        return f"{self.name} in {folder_for_figures()}: {', '.join(self.record['files'])}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        about = {"povstudy": self.record}
        if self.picture is not None:
            alt = self.record["alt"]["en"]
            return (
                {"image/png": self.picture, "text/plain": alt},
                {**about, "image/png": {"alt": alt, "width": 760}},
            )
        html = table_html(self.table)
        note = f"<p><small>{self.record['source']['en']}</small></p>"
        return {"text/html": html + note, "text/plain": self.table.to_string(index=False)}, about


def publish(name, draw, *data, source=None, **options):
    """Draw a figure or make a table in English and Chinese, store it and show it.

    Parameters
    ----------
    name : str
        Name of the exhibit: letters, digits and underscores, first the number of the
        notebook, as in ``"01_county_exits"``.
    draw : callable
        A function of `povstudy.figures` or `povstudy.tables`, or one like them: it takes
        ``lang=`` and returns an Axes finished by `povstudy.figures.finish`, or a DataFrame
        (with its title, if it has one, in ``attrs["title"]``).
    *data, **options
        Passed on to ``draw``.
    source : str or Source, optional
        Dataset, or `Source` of data of one's own. Without it a figure or table has the
        source of the table that it is made from, where that tells one.

    Returns
    -------
    None
        The exhibit is shown in the notebook. Its files are ``figures/<name>.png`` and
        ``.svg`` (``<name>.zh.png`` and ``.zh.svg`` in Chinese) with the data behind in
        ``figures/tables/<name>.csv``, or for a table ``figures/tables/<name>.csv`` and
        ``<name>.zh.csv``.

    Examples
    --------
    >>> import os, tempfile
    >>> import povstudy as ps
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     os.environ["POVSTUDY_FIGURES"] = folder
    ...     ps.publish("01_identities", ps.tables.identities, source="relapse_monitoring")
    ...     del os.environ["POVSTUDY_FIGURES"]  # doctest: +ELLIPSIS
    01_identities in ...: tables/01_identities.csv, tables/01_identities.zh.csv
    """
    if not isinstance(name, str) or not re.fullmatch("[A-Za-z0-9_]+", name):
        raise DataError("The name of an exhibit is made of letters, digits and underscores.",
                        found=repr(name)[:60], remedy='"01_county_exits"')  # fmt: skip
    if not callable(draw):
        raise DataError(
            "The second argument is a function that draws or makes a table, without brackets.",
            found=type(draw).__name__,
            remedy=f'ps.publish("{name}", ps.figures.counties_leaving, ps.load("county_exits"))',
        )
    folder = folder_for_figures()
    source = None if source is None else credit(source)
    takes_source = "source" in inspect.signature(draw).parameters
    made = {}
    for lang in LANGUAGES:
        own = {"source": source} if source is not None and takes_source else {}
        made[lang] = draw(*data, lang=lang, **own, **options)
    if isinstance(made["en"], pd.DataFrame):
        exhibit = _table(name, draw, made, source, folder)
    else:
        exhibit = _figure(name, draw, made, folder)
    _show(exhibit)


def stem_of(name, lang):
    """Stem of an exhibit's files in one language."""
    return name if lang == "en" else f"{name}.{lang}"


def table_html(table):
    """A table as HTML, numbers as short as they can be without loss; a call at the end of a cell is code."""
    made = table.to_html(index=False, na_rep="", border=0, float_format="{:.15g}".format)
    return re.sub(r"(ps\.\w+\([^<\n]*\))(?=</td>)", r"<code>\1</code>", made)


def folder_for_figures():
    """Folder that exhibits go to: ``$POVSTUDY_FIGURES``, else the checkout's, else here."""
    given = os.environ.get("POVSTUDY_FIGURES")
    if given:
        return Path(given)
    root = Path(__file__).resolve().parents[2]
    return root / "figures" if (root / "notebooks").is_dir() else Path("figures").resolve()


def _figure(name, draw, axes, folder):
    import matplotlib.pyplot as plt

    if not axes["en"].source.text:
        raise DataError("An exhibit says where its data come from and of what kind they are.",
                        where=name,
                        remedy='source=ps.Source("survey", "who collected them, and when")')  # fmt: skip
    files, alt, line, title, inline = [], {}, {}, {}, None
    for lang, ax in axes.items():
        stem = stem_of(name, lang)
        for kind in ("png", "svg"):
            write_whole(folder / f"{stem}.{kind}", _drawn(ax, kind))
            files.append(f"{stem}.{kind}")
        if lang == "en":
            inline = _drawn(ax, "png", dpi=_INLINE_DPI)
        alt[lang], line[lang] = ax.alt_text, ax.source.line(lang)
        title[lang] = getattr(ax, "title_text", ax.get_title(loc="left"))
        plt.close(ax.figure)
    write_whole(folder / f"tables/{name}.csv", _csv(axes["en"].data_behind))
    files.append(f"tables/{name}.csv")
    record = _record(name, "figure", draw, title, axes["en"].source.status, line, files)
    return Exhibit(name, record | {"alt": alt}, inline, None)


def _drawn(ax, kind, **options):
    """The figure as bytes that do not change from run to run, its alt text inside."""
    buffer = io.BytesIO()
    # Dates and version numbers would make two equal pictures differ.
    metadata = {"Software": None} if kind == "png" else {"Date": None, "Creator": None}
    metadata |= {
        "Title": getattr(ax, "title_text", ax.get_title(loc="left")),
        "Description": ax.alt_text,
    }
    with style.context():
        ax.figure.savefig(buffer, format=kind, metadata=metadata, **options)
    return buffer.getvalue()


def _table(name, draw, tables, source, folder):
    source = source_of(tables["en"]) if source is None else source
    if source is None:
        raise DataError("A table says where its data come from and of what kind they are.",
                        where=name,
                        remedy='source=ps.Source("survey", "who collected them, and when")')  # fmt: skip
    files = []
    for lang, table in tables.items():
        stem = stem_of(name, lang)
        write_whole(folder / f"tables/{stem}.csv", _csv(table))
        files.append(f"tables/{stem}.csv")
    line = {lang: source.line(lang) for lang in LANGUAGES}
    title = {
        lang: source.heading(table.attrs.get("title", name), lang) for lang, table in tables.items()
    }
    record = _record(name, "table", draw, title, source.status, line, files)
    return Exhibit(name, record, None, tables["en"])


def _where_found(draw):
    """Name under which users find a function: that of the package, where it is found there."""
    module, name = draw.__module__, draw.__qualname__
    result = getattr(draw, "__self__", None)
    if result is not None:  # a method is told of by the class of its result
        module, name = type(result).__module__, f"{type(result).__qualname__}.{draw.__name__}"
    package = module.rpartition(".")[0]
    if package in sys.modules and getattr(sys.modules[package], name, None) is draw:
        module = package
    return f"{module}.{name}"


def _record(name, kind, draw, title, status, line, files):
    return {
        "name": name,
        "title": title,
        "kind": kind,
        "function": _where_found(draw),
        "status": status,
        "source": line,
        "files": files,
    }


def _csv(table):
    # The mark at the start lets Excel see that the file is UTF-8.
    return "\ufeff" + without_formulas(table).to_csv(index=False, lineterminator="\n")


def _show(exhibit):
    try:
        from IPython.display import display
    except ImportError:
        print(exhibit)
    else:
        display(exhibit)
