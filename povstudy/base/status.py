"""Kinds of data, and the source line that every table and figure bears."""

from dataclasses import dataclass

from .errors import DataError

STATUSES = {
    "official": ("official figures", "官方数据"),
    "survey": ("survey microdata", "调查微观数据"),
    "trial": ("trial estimates", "试验数据"),
    "reported": ("figures reported in texts, not verified", "转引自文献，未经核实"),
    "simulated": ("simulated, with known truth", "模拟数据（真值已知）"),
}


@dataclass(frozen=True)
class Source(dict):
    """Where the data of a figure or a table come from, and of which kind they are.

    Parameters
    ----------
    status : {"official", "survey", "trial", "reported", "simulated"}
        Kind of data.
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
        if self.status not in STATUSES:
            raise DataError(
                "Data are official, survey, trial, reported or simulated.",
                found=self.status,
                remedy='ps.Source("survey", "who collected them, and when")',
            )
        self.update(status=self.status, text=self.text, text_zh=self.text_zh)

    def line(self, lang="en"):
        """The line that stands under a figure."""
        english, chinese = STATUSES[self.status]
        if lang == "zh":
            return f"资料来源：{self.text_zh or self.text}。数据性质：{chinese}。"
        return f"Source: {self.text}. Data: {english}."
