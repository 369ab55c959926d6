"""Every dataset: what it is, where it comes from, and how to get it as a typed table.

``data/datapackage.json`` is the one record of the datasets: columns, units, titles in
English and Chinese, publisher, status, licence and checksum. Typed official and trial
figures come with povstudy; survey microdata are downloaded from their public address
when they are first asked for, checked, and kept in the user's cache folder.
"""

import json
import warnings
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd

from ..base.checks import mean, nearest, shown
from ..base.errors import DataError, outside
from ..base.status import STATUSES, Source, handed_on
from .downloads import checked, packaged, sha256_of
from .readers import argentina, rda, renamed_csv, typed_csv

_HERE = Path(__file__).resolve().parents[1]
# An installed wheel carries the data inside the package; a checkout has them beside it.
DATA = _HERE / "data" if (_HERE / "data").is_dir() else _HERE.parent / "data"


@dataclass(frozen=True, repr=False)
class Dataset:
    """What is known of one dataset; its text form is made to be read.

    Attributes
    ----------
    name, title, title_zh, status, source, source_zh, licence, citation, notes : str
        As recorded in ``data/datapackage.json``.
    access : str
        ``"bundled"``, ``"download"`` or ``"package"`` (it comes with another Python package).
    tables : tuple of str
        Tables that `load` can return; the first is the default.
    files : tuple of str
        Addresses of the files that are downloaded.
    columns : DataFrame
        ``name type unit title title_zh`` of the documented columns.
    """

    name: str
    title: str
    title_zh: str
    status: str
    source: str
    source_zh: str
    licence: str
    citation: str
    notes: str
    access: str
    tables: tuple
    files: tuple
    columns: pd.DataFrame = field(compare=False)

    @property
    def titles(self):
        """Titles of the columns in English and Chinese, as figures take them for labels."""
        table = self.columns
        return dict(
            zip(table["name"], zip(table["title"], table["title_zh"], strict=True), strict=True)
        )

    def __repr__(self):
        """All of it as plain text."""
        width = max(len(name) for name in self.columns["name"])
        columns = [
            f"  {row.name:<{width}}  {row.title} / {row.title_zh}"
            + (f" [{row.unit}]" if row.unit else "")
            for row in self.columns.itertuples(index=False)
        ]
        whole = (self.columns["type"] != "").all()  # of types only where every column is told
        more = [] if whole else ["  (other columns as in the publisher's files)"]
        return "\n".join(
            [
                f"{self.name}: {self.title}",
                self.title_zh,
                f"status:   {self.status} ({STATUSES[self.status][0]}), {self.access}",
                f"source:   {self.source} / {self.source_zh}",
                f"licence:  {self.licence}",
                f"citation: {self.citation}",
                f"notes:    {self.notes}",
                f"tables:   {', '.join(self.tables)}",
                *(f"file:     {address}" for address in self.files),
                "columns:",
                *columns,
                *more,
            ]
        )


@cache
def _catalogue():
    package = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
    return {resource["name"]: resource for resource in package["resources"]}


def _access(record):
    return "bundled" if "path" in record else "package" if "package" in record else "download"


def _resource(name):
    known = _catalogue()
    if not isinstance(name, str) or name not in known:
        if isinstance(name, pd.DataFrame):
            raise DataError("A dataset is named; a table of your own is described by its columns.",
                            where="argument name", found=shown(name), remedy="ps.describe_columns(table)")  # fmt: skip
        raise DataError(
            f"There is no dataset {name!r}.{mean(nearest(name, known))}",
            found=f"known are {', '.join(sorted(known))}",
            remedy='ps.datasets()  # for data of your own: source=ps.Source("survey", "who, when")',
        )
    return known[name]


def datasets(lang="en"):
    """List every dataset.

    Parameters
    ----------
    lang : {"en", "zh"}
        Language of titles and sources.

    Returns
    -------
    DataFrame
        One row for each dataset: ``name kind title status access megabytes source``; ``kind``
        says in words what ``status`` is the code of.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.datasets().set_index("name").loc["china_incidence", ["status", "access"]].tolist()
    ['official', 'bundled']
    """
    tail = "_zh" if lang == "zh" else ""
    rows = [
        {
            "name": one["name"],
            "kind": STATUSES[one["status"]][lang == "zh"],
            "title": one[f"title{tail}"],
            "status": one["status"],
            "access": _access(one),
            "megabytes": round(sum(f["bytes"] for f in one.get("files", [one])) / 1e6, 3),
            "source": one[f"source{tail}"],
        }
        for one in _catalogue().values()
    ]
    return pd.DataFrame(rows)


def describe(name):
    """Tell what a dataset is: kind, source, licence, citation, notes, columns and units.

    Parameters
    ----------
    name : str
        A name listed by `datasets`.

    Returns
    -------
    Dataset
        Prints as readable text; its fields can be used one by one.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.describe("spain_ecv").licence
    'repository MIT; INE asks to be cited'
    """
    one = _resource(name)
    facts = ("name", "type", "unit", "title", "title_zh")
    columns = [{key: field.get(key, "") for key in facts} for field in one["schema"]["fields"]]
    plain = ("name", "title", "title_zh", "status", "source", "source_zh")
    return Dataset(
        **{key: one[key] for key in (*plain, "licence", "citation", "notes")},
        access=_access(one),
        tables=_table_names(one),
        files=tuple(file["url"] for file in one.get("files", []) if "url" in file),
        columns=pd.DataFrame(columns),
    )


def credit(name, *more):
    """Source line of one or several datasets of the same status.

    Parameters
    ----------
    name, *more : str or Source
        Names of datasets, or a `Source` made by hand for data of one's own.

    Returns
    -------
    Source
        To be shown under the figure or table.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.credit("world_bank").status
    'official'
    """
    found = []
    for one in (name, *more):
        if isinstance(one, dict):  # of a table that was stored and read back
            found.append(one if isinstance(one, Source) else Source(**one))
        else:
            found.append(_recorded_source(_resource(one)))
    if len({one.status for one in found}) > 1:
        raise DataError("One figure cannot show data of two kinds under one status.",
                        found=", ".join(f"{one.text}: {one.status}" for one in found),
                        remedy="draw them apart, or give a Source with the weaker status")  # fmt: skip
    texts = dict.fromkeys((one.text, one.text_zh or one.text) for one in found)
    return Source(found[0].status, "; ".join(t for t, _ in texts), "；".join(zh for _, zh in texts))


def _is_edited(record):
    return sha256_of(DATA / record["path"]) != record["hash"]


def _table_names(record):
    return tuple(table["name"] for table in record.get("tables", [record]))


def _recorded_source(record):
    """Source of a dataset; a bundled table that was edited is not official any more."""
    source = Source(record["status"], record["source"], record["source_zh"])
    if "path" in record and _is_edited(record):
        return Source("reported", f"{source.text} (edited)", f"{source.text_zh}（经改动）")
    return source


def load(name, table=None):
    """Return a dataset as a typed DataFrame; download it first where it is not bundled.

    Parameters
    ----------
    name : str
        A name listed by `datasets`.
    table : str, optional
        Which table of a dataset with several; `describe` lists them, the first is the
        default.

    Returns
    -------
    DataFrame
        Columns and units as told by `describe`. A blank stays blank: missing whole
        numbers make the column ``Int64``. ``attrs["source"]`` is its `Source`, which
        figures show.

    Raises
    ------
    DataError
        If there is no such dataset or table, or a file is damaged.
    SetupError
        If the download is not possible.

    Warns
    -----
    UserWarning
        If a bundled file was edited since it was recorded.

    Examples
    --------
    >>> import povstudy as ps
    >>> table = ps.load("china_incidence")
    >>> table.loc[table["year"] == 2015, ["poor_population_10k", "incidence_percent"]].values
    array([[5575. ,    5.7]])
    """
    one = _resource(name)
    tables = _table_names(one)
    table = tables[0] if table is None else table
    if table not in tables:
        raise DataError(f"The dataset {name} has no table {table!r}.", found=", ".join(tables),
                        remedy=f'ps.load("{name}", table="{tables[0]}")')  # fmt: skip
    paths = fetch(name)
    # Of a dataset with several tables each has its file; all quarters of Argentina are one table.
    path = paths[tables.index(table)]
    if "path" in one:
        loaded = typed_csv(path, one["schema"])
    elif name == "argentina_eph":
        loaded = pd.concat([argentina(path) for path in paths], ignore_index=True)
    elif path.suffix == ".rda":
        loaded = rda(path)
    elif path.suffix == ".dta":
        loaded = pd.read_stata(path)
    elif "package" in one or name == "world_bank":
        loaded = pd.read_csv(path)
    else:
        loaded = renamed_csv(path, one["schema"])
    return handed_on(loaded, _recorded_source(one))


def fetch(name):
    """Make sure that the files of a dataset are on this machine, checked; tell where.

    Looked in, in this order: the folder of bundled data; ``$POVSTUDY_DATA/<name>/``; the
    user's cache folder; the public address; or in the package that it comes with. A file counts only if its sha256 is the
    recorded one, and a download that breaks off or differs leaves nothing behind.

    Parameters
    ----------
    name : str
        A name listed by `datasets`.

    Returns
    -------
    list of Path
        The files, in the recorded order.

    Raises
    ------
    DataError
        If a file is not the one that was recorded.
    SetupError
        If it cannot be downloaded or stored.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.fetch("county_exits")[0].name
    'county_exits.csv'
    """
    one = _resource(name)
    if "path" in one:
        path = DATA / one["path"]
        if not path.is_file():
            raise DataError(f"The file of the dataset {name} is missing.", where=path,
                            remedy=f"git checkout -- data/{one['path']}")  # fmt: skip
        if _is_edited(one):
            warnings.warn(
                f"data/{one['path']} was edited: it is no longer the recorded table, "
                "and what is drawn from it is no longer official.",
                stacklevel=outside(),
            )
        return [path]
    if "package" in one:
        return [packaged(name, one["package"], file) for file in one["files"]]
    return [checked(name, file) for file in one["files"]]
