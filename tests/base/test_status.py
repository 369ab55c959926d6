"""Every table tells of which kind its data are: what the README promises."""

import doctest
import inspect
import io
import sys
import warnings
from contextlib import redirect_stdout
from dataclasses import fields, is_dataclass, replace

import pandas as pd
import pyarrow.parquet
import pytest

import povstudy as ps
from povstudy.base.status import STATUSES, Source, handed_on, source_of, status_of

MADE_UP = Source("simulated", "numbers of an example", "示例数据")
EXEMPT = {
    "datasets": "a list: each row has the kind of its dataset",
    "mechanisms_table": "a list of what can be switched off",
    "tables.parameters": "a list of what a user tells the simulation",
    "clean.column": "the cells of one column, read",
    "clean.read_table": "a file of one's own, of a kind that no cell tells",
    "clean.read_sheets": "sheets of a file of one's own, as clean.read_table",
    "clean.find_personal": "a report on columns, with nothing in it but their heads",
    "clean.summary": "a summary of what a cleaning did",
    "second_opinion": "needs a package that is not always there; of the effects it is given",
    "fieller": "numbers of one's own, whose kind no number tells",
}
# For what has no example that calls it by its public name with a table.
CALLS = {
    "hypotheses": lambda: ps.hypotheses(),
    "typology": lambda: ps.typology("methods"),
    "typology_list": lambda: ps.typology_list(),
    "two_approaches": lambda: ps.two_approaches(),
    "pathways": lambda: ps.pathways(),
    "output_ratios": lambda: ps.output_ratios(ps.load("programme_outputs")),
    "plan_against_output": lambda: ps.plan_against_output(ps.load("programme_outputs")),
}


def public():
    """Every public function but those that draw, by the name that a user types."""
    named = {name: (ps, name) for name in ps._NAMES}
    for room in ("clean", "lessons", "tables"):
        place = getattr(ps, room)
        named |= {
            f"{room}.{name}": (place, name) for name in place.__all__ if name not in ps._NAMES
        }
    found = {name: getattr(*place) for name, place in named.items()}
    return {name: one for name, one in found.items() if inspect.isfunction(one)}


FUNCTIONS = public()


class Watched:
    """A public function that gets tables with a source alone, and keeps what it returns."""

    def __init__(self, function):
        self.function, self.results = function, []

    def __call__(self, *args, **kwargs):
        for one in (*args, *kwargs.values()):
            self._sign(one)
        self.results.append(self.function(*args, **kwargs))
        return self.results[-1]

    def _sign(self, given):
        if isinstance(given, list | tuple | dict):
            for one in given.values() if isinstance(given, dict) else given:
                self._sign(one)
        elif isinstance(given, pd.DataFrame) and source_of(given) is None:
            given.attrs["source"] = replace(MADE_UP, status=status_of(given, "simulated"))
        elif hasattr(given, "status") and getattr(given, "source", True) is None:
            for name, value in (("status", "simulated"), ("source", MADE_UP)):
                object.__setattr__(given, name, value)  # a Survey, or what was made of one


def tables_of(result):
    """The tables of a result: itself, the first of a pair (the second is a report), or its own."""
    if isinstance(result, tuple) and result and isinstance(result[0], pd.DataFrame):
        result = result[0]
    if hasattr(result, "tidy"):
        result = result.tidy()
    if isinstance(result, pd.DataFrame):
        return [result]
    if is_dataclass(result) and not isinstance(result, type):
        return [x for x in (getattr(result, one.name) for one in fields(result))
                if isinstance(x, pd.DataFrame)]  # fmt: skip
    return []


def told(table):
    """Kinds that a table tells, by its source and by its rows."""
    source = source_of(table)
    kinds = set() if source is None else {source.status}
    return kinds | set(table.get("data_status", ()))


def watched(name):
    """What a function returns in its own examples, and in the call of `CALLS`."""
    function = FUNCTIONS[name]
    one, home = Watched(function), sys.modules[function.__module__]
    room = sys.modules[".".join(home.__name__.split(".")[:2])]
    space = {**vars(home), function.__name__: one}
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for place in (home, room, *([ps] if name in ps._NAMES else [])):
            patch.setattr(place, function.__name__, one, raising=False)
        for example in doctest.DocTestParser().get_examples(inspect.getdoc(function)):
            skipped = example.options.get(doctest.SKIP) or example.exc_msg
            if not skipped:
                with redirect_stdout(io.StringIO()):
                    exec(compile(example.source, f"example of {name}", "exec"), space)
        if name in CALLS:
            one.results.append(CALLS[name]())
    return one.results


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in EXEMPT])
def test_every_table_tells_its_kind(name):
    results = watched(name)
    assert results, "it has no example: add a call, or say why it is exempt"
    for result in results:
        if tables := tables_of(result):
            status = getattr(result, "status", None)  # of a dataset that is described
            kinds = ({status} if isinstance(status, str) else set()).union(*map(told, tables))
            assert len(kinds) == 1, f"it tells {kinds or 'nothing'}"
            assert kinds <= set(STATUSES)


def test_what_is_exempt_is_there():
    assert set(EXEMPT) | set(CALLS) <= set(FUNCTIONS)


# The rule ------------------------------------------------------------------------------

ROWS = pd.DataFrame({
    "income": [1.0, 2, 3, 4, 3, 4, 5, 6], "helped": [0] * 4 + [1] * 4,
    "approach": ["none"] * 4 + ["social_work"] * 4, "county": list("ababcdcd"),
})  # fmt: skip


@pytest.mark.parametrize(("kind", "found"), [
    ("survey", lambda table: ps.mean(ps.Survey(table), "income").tidy()),
    ("survey", lambda table: ps.robustness_value(table, "income", "helped")),
    ("survey", lambda table: ps.adjusted_effects(table, "income").tidy()),
    ("trial", lambda table: ps.trial_effects(table, "income", "helped")),
    ("trial", lambda table: ps.randomisation_test(table, "income", "helped")),
    ("register", lambda table: ps.digit_heaping(table.assign(income=2311), "income")),
])  # fmt: skip
def test_what_a_table_without_a_source_is_taken_for(kind, found):
    assert set(found(ROWS)["data_status"]) == {kind}
    signed = ROWS.copy()
    signed.attrs["source"] = MADE_UP
    assert told(found(signed)) == {"simulated"}


def test_what_the_user_says_of_the_kind_counts():
    table = ROWS.copy()
    table.attrs["source"] = Source("survey", "a pilot", "试点")
    svy = ps.Survey(table, status="simulated")
    assert svy.source == Source("simulated", "a pilot", "试点")
    assert told(ps.mean(svy, "income").tidy()) == told(ps.overlap(svy, [])) == {"simulated"}


def test_effects_that_others_published_are_reported():
    effects = pd.DataFrame({"trial": list("abc"), "estimate": [0.1, 0.2, 0.3],
                            "std_error": 0.1, "outcome": "income", "unit": "log"})  # fmt: skip
    assert set(ps.pool(effects).tidy()["data_status"]) == {"reported"}
    mine = effects.assign(data_status="trial")
    assert set(ps.pool(mine).tidy()["data_status"]) == {"trial"}
    assert status_of(effects.assign(data_status=["trial", "survey", "trial"])) == "survey"


def test_sources_are_handed_on():
    one, two = (Source(status, status) for status in ("survey", "simulated"))
    bearing = [handed_on(pd.DataFrame(), source) for source in (one, two)]
    assert source_of(handed_on(pd.DataFrame(), pd.DataFrame(), bearing[0])) == one
    assert source_of(handed_on(pd.DataFrame(), *bearing)) == two  # made-up stays made-up
    assert source_of(pd.DataFrame({"source": [1]})) is None
    assert source_of(object()) is None


def test_a_parquet_file_keeps_its_source(tmp_path):
    table = handed_on(pd.DataFrame({"income": [1.0, 2.0]}), MADE_UP)
    for place in (tmp_path / "one.parquet", tmp_path / "many" / "one.parquet"):
        place.parent.mkdir(exist_ok=True)
        table.to_parquet(place)
    pd.DataFrame({"income": [1.0]}).to_parquet(tmp_path / "bare.parquet")
    assert source_of(tmp_path / "one.parquet") == source_of(str(tmp_path / "many")) == MADE_UP
    assert source_of(pd.read_parquet(tmp_path / "one.parquet")) == MADE_UP
    assert source_of(tmp_path / "bare.parquet") is None
    assert source_of(str(tmp_path / "*.parquet")) is None
    assert told(ps.mean(ps.Survey(tmp_path / "one.parquet"), "income").tidy()) == {"simulated"}


def test_other_tables_bear_no_source():
    polars = pytest.importorskip("polars")
    duckdb = pytest.importorskip("duckdb")
    table = pd.DataFrame({"source": ["x"], "attrs": ["y"], "status": ["poor"]})
    for one in (polars.from_pandas(table), polars.from_pandas(table).lazy(),
                duckdb.sql("SELECT 'x' AS source, 'y' AS attrs, 'poor' AS status")):  # fmt: skip
        assert source_of(one) is None
        assert status_of(one, "register") == "register"


# What is cleaned -----------------------------------------------------------------------


def raw_register():
    return pd.DataFrame({"户编号": ["5201", "5202"], "人均纯收入(元)": ["2855", "3000"]})


def test_a_cleaned_register_is_a_register(tmp_path):
    table, _ = ps.clean.households(raw_register())
    source = Source("register", "Register of poor and monitored households",
                    "建档立卡与防返贫监测名单")  # fmt: skip
    assert table.attrs["source"] == source
    assert told(ps.mean(ps.Survey(table), "income").tidy()) == {"register"}
    raw_register().to_csv(tmp_path / "county.csv", index=False)
    table, _ = ps.clean.households(tmp_path / "county.csv")
    assert table.attrs["source"].text.endswith("households (county.csv)")
    assert table.attrs["source"].text_zh.endswith("名单（county.csv）")
    assert table.attrs["source"].line("zh").endswith("数据性质：登记数据（据上报）。")


def test_a_codebook_of_a_survey_makes_a_survey():
    book = {"name": "mine", "series": "survey", "columns": {
        "household_id": {"from": ["户编号"], "read": "household_id", "required": True},
        "income": {"from": ["人均纯收入"], "read": "money"},
    }}  # fmt: skip
    table, _ = ps.clean.households(raw_register(), book)
    assert table.attrs["source"] == Source("survey", "mine", "mine")
    table, _ = ps.clean.households(raw_register(), book | {"series": "county"})
    assert table.attrs["source"].status == "register"


def test_records_of_agencies_are_a_register():
    raw = pd.DataFrame({"项目名称": ["三区计划"], "承接机构": ["某中心"], "服务人次": ["1200人次"]})
    assert ps.clean.programmes(raw)[0].attrs["source"].status == "register"


def test_what_is_made_up_stays_so_when_it_is_cleaned():
    raw, _ = ps.clean.synthetic_register(households=120, faults=1)
    table, _ = ps.clean.households(raw)
    assert source_of(raw).status == source_of(table).status == "simulated"
    homes = table.drop_duplicates("household_id").dropna(subset=["income"])
    assert told(ps.mean(ps.Survey(homes), "income").tidy()) == {"simulated"}
    raw, _ = ps.clean.synthetic_agency(records=60, faults=1)
    assert source_of(ps.clean.programmes(raw)[0]).status == "simulated"


def test_the_kinds_have_words_in_both_languages():
    assert [*STATUSES] == ["official", "survey", "register", "trial", "reported", "simulated"]
    assert all(english and chinese for english, chinese in STATUSES.values())


NOTES = [
    "{", "[1]", "null", "[" * 100_000, b"\xff\xfe", '{"source": {"status": "true"}}',
    '{"source": {"status": ["survey"]}}', '{"source": "survey"}',
]  # fmt: skip


@pytest.mark.parametrize("notes", NOTES)
def test_damaged_or_foreign_notes_of_a_file_are_not_believed(tmp_path, notes):
    table = pyarrow.table({"y": [1.0, 2.0, 3.0]}).replace_schema_metadata({"PANDAS_ATTRS": notes})
    pyarrow.parquet.write_table(table, tmp_path / "x.parquet")
    svy = ps.Survey(str(tmp_path / "x.parquet"))
    assert (svy.source, svy.status) == (None, "survey")
    assert ps.mean(svy, "y").tidy()["estimate"].tolist() == [2.0]


def test_a_kind_of_data_that_is_not_known_is_not_believed():
    table = pd.DataFrame({"y": [1.0], "data_status": ["certain"]})
    assert status_of(table, "trial") == "trial"
    assert status_of(table.assign(data_status="simulated"), "trial") == "simulated"
    table.attrs["source"] = {"status": "certain", "text": "somebody"}
    assert source_of(table) is None
