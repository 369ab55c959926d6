"""Kinds of data, the source line that every table and figure bears, and how both are handed on.

What a table says of itself counts: its source, or else the one ``data_status`` of its rows.
Nothing is guessed from its content. A table that says nothing is taken for what the function
that is called is made for, since that is what the user says of it by calling:

- *survey*, for all that looks at households as they were observed: `povstudy.Survey`, measures,
  spells, relapse, effects of approaches, and what was left out of them (`robustness_value`);
- *trial*, where the user says that help was drawn by lot: `trial_effects` and
  `randomisation_test`;
- *register*, for how well a register was kept: `bunching`, `deadline_exits`, `digit_heaping`;
  and for the records that `povstudy.clean` reads, unless their codebook says ``series: survey``;
- *reported*, for effects that others published (`pool`), and for numbers and draws that
  `cost_effectiveness` is given without a source.

A `Source` in ``table.attrs["source"]``, or ``status=`` of a `Survey`, says it better.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from .asking import parquet_files
from .errors import DataError

STATUSES = {
    "official": ("official figures", "官方数据"),
    "survey": ("survey microdata", "调查微观数据"),
    "register": ("register, as reported", "登记数据（据上报）"),
    "trial": ("trial estimates", "试验数据"),
    "reported": ("figures reported in texts, not verified", "转引自文献，未经核实"),
    "simulated": ("simulated, with known truth", "模拟数据（真值已知）"),
}


# Words for a figure that shows no data, or whose data nobody stated: no kinds of data.
_NO_KIND = {"computed": ("none, computed by a formula", "无，按公式计算"), "": ("", "")}
KINDS = {**STATUSES, "computed": _NO_KIND["computed"]}  # of exhibits
_MADE_UP = {"en": ("Simulated", "Simulated: ", "Simulated data. "),
            "zh": ("模拟", "模拟：", "模拟数据。")}  # fmt: skip


@dataclass(frozen=True)
class Source(dict):
    """Where the data of a figure or a table come from, and of which kind they are.

    Parameters
    ----------
    status : {"official", "survey", "register", "trial", "reported", "simulated"}
        Kind of data: a register is an administrative list (what was reported, not what is so);
        simulated are made-up files too. ``"computed"`` is no kind of data: a formula alone.
    text, text_zh : str
        Publisher and title, in English and in Chinese.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.Source("survey", "Household survey of Qingshui county, 2024").line()
    'Source: Household survey of Qingshui county, 2024. Data: survey microdata.'
    """

    status: str
    text: str
    text_zh: str = ""

    def __post_init__(self):
        """Refuse an unknown status; be a dict too, so that tables that bear it can be stored."""
        if not (isinstance(self.status, str) and self.status in {**STATUSES, **_NO_KIND}):
            *others, last = STATUSES
            raise DataError(f"Data are {', '.join(others)} or {last}.", where="argument status",
                            found=self.status,
                            remedy='ps.Source("survey", "who collected them, and when")')  # fmt: skip
        self.update(status=self.status, text=self.text, text_zh=self.text_zh)

    def line(self, lang="en"):
        """The line that stands under a figure."""
        english, chinese = {**STATUSES, **_NO_KIND}[self.status]
        if not self.text:
            known = (f"Data: {english}; s", f"数据性质：{chinese}；") if english else ("S", "")
            return f"{known[1]}来源未注明。" if lang == "zh" else f"{known[0]}ource not stated."
        if lang == "zh":
            return f"资料来源：{self.text_zh or self.text}。数据性质：{chinese}。"
        return f"Source: {self.text}. Data: {english}."

    def heading(self, text, lang="en", whole=False):
        """A title, or a ``whole`` sentence, that says first that data are simulated.

        Examples
        --------
        >>> import povstudy as ps
        >>> ps.Source("simulated", "Made up.").heading("Who was missed", "en")
        'Simulated: Who was missed'
        """
        word, title, sentence = _MADE_UP[lang]
        if self.status != "simulated" or text.startswith(word):
            return text
        return (sentence if whole else title) + text


def source_of(data):
    """Tell which source data bear.

    Parameters
    ----------
    data : object
        A table of pandas, Parquet files that pandas wrote (of several, the first tells), a
        Survey, a result that knows its source, or a `Source`; other tables bear none.

    Returns
    -------
    Source or None

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> from povstudy.base.status import source_of
    >>> source_of(ps.load("china_incidence")).status, source_of(pd.DataFrame())
    ('official', None)
    """
    if isinstance(data, Source):
        return data
    attrs = stored(Path(data)) if isinstance(data, str | Path) else getattr(data, "attrs", None)
    found = attrs.get("source") if isinstance(attrs, dict) else getattr(data, "source", None)
    if isinstance(found, Source):
        return found
    if not (isinstance(found, dict) and _known(found.get("status"))):
        return None  # of no kind that is known: not believed
    return Source(found["status"], str(found.get("text", "")), str(found.get("text_zh", "")))


def _known(status):
    return isinstance(status, str) and status in STATUSES


def stored(path):
    """What pandas wrote beside the columns of a Parquet file, or of the first of a folder."""
    from pyarrow import ArrowException, parquet

    try:
        with parquet_files(path)[0].open("rb") as file:
            notes = parquet.read_schema(file).metadata or {}
        return json.loads(notes.get(b"PANDAS_ATTRS", "{}"))
    except (ArrowException, IndexError, OSError, ValueError, RecursionError):  # they tell nothing
        return {}


def status_of(data, otherwise="survey"):
    """Tell of which kind data are.

    Parameters
    ----------
    data : object
        As for `source_of`.
    otherwise : str
        What they are taken for where they say nothing: see the head of this module.

    Returns
    -------
    str
        One of `STATUSES`.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> from povstudy.base.status import status_of
    >>> table = pd.DataFrame({"income": [1800, 2500]})
    >>> status_of(ps.Survey(table, status="simulated")), status_of(table, "trial")
    ('simulated', 'trial')
    """
    known = getattr(data, "status", None)
    if _known(known):  # of a table it is a column, if anything
        return known
    source = source_of(data)
    if source is not None and _known(source.status):
        return source.status
    estimates = hasattr(data, "attrs") and "data_status" in getattr(data, "columns", ())
    kinds = {one if _known(one) else None for one in data["data_status"]} if estimates else {None}
    kinds = kinds if None not in kinds else ()
    return kinds.pop() if len(kinds) == 1 else otherwise


def handed_on(made, *data):
    """Give a table the source of what it was made of, and with it the kind of data.

    Parameters
    ----------
    made : DataFrame
        The table; its ``attrs`` are changed.
    *data : object
        What it was made of, as for `source_of`. The first that bears a source counts; but what
        was made of simulated data is simulated.

    Returns
    -------
    DataFrame
        The same table.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> from povstudy.base.status import handed_on
    >>> handed_on(pd.DataFrame(), pd.DataFrame(), ps.load("evidence")).attrs["source"].status
    'reported'
    """
    found = [one for one in map(source_of, data) if one is not None]
    found.sort(key=lambda one: one.status != "simulated")
    if found:
        made.attrs["source"] = found[0]
    return made
