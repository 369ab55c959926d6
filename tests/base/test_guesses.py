"""Natural guesses that are wrong are told in the package's own words."""

import copy
import inspect
import pickle
import re
from types import FunctionType

import numpy as np
import pandas as pd
import pytest
from remedies.tables import panel

import povstudy as ps
from povstudy.base.checks import nearest

PUBLIC = {
    **{f"ps.{name}": getattr(ps, name) for name in ps.__all__},
    **{
        f"ps.{room}.{name}": getattr(getattr(ps, room), name)
        for room in ("clean", "figures", "tables", "lessons")
        for name in getattr(ps, room).__all__
    },
}
FUNCTIONS = {name: one for name, one in PUBLIC.items() if isinstance(one, FunctionType)}


def options(function):
    found = inspect.signature(function).parameters.values()
    if any(one.kind is one.VAR_KEYWORD for one in found):
        return []
    return [one.name for one in found if one.kind is not one.VAR_POSITIONAL]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_names_the_option_that_was_meant(name):
    function = FUNCTIONS[name]
    for option in options(function):
        if len(option) < 4:
            continue
        wrong = option[:-2] + option[-1] + option[-2] + "x"
        with pytest.raises(ps.DataError, match=f"takes no {wrong}=. Did you mean '") as told:
            function(**{wrong: 1})
        assert told.value.remedy.startswith(function.__name__ + "(")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_keep_their_signature_their_words_and_their_place(name):
    function = FUNCTIONS[name]
    assert function.__doc__ or name.startswith("ps.lessons")
    assert pickle.loads(pickle.dumps(function)) is function
    if hasattr(function, "__wrapped__"):
        assert inspect.signature(function) == inspect.signature(function.__wrapped__)


def test_classes_name_the_option_that_was_meant():
    table = pd.DataFrame({"w": [1.0]})
    with pytest.raises(ps.DataError, match=r"Survey takes no weigth=. Did you mean 'weight'"):
        ps.Survey(table, weigth="w")
    with pytest.raises(ps.DataError, match="takes no share="):
        ps.Scenario(share=0.3)
    assert [*inspect.signature(ps.Survey).parameters][:2] == ["data", "weight"]


def test_arguments_that_are_lacking_are_named():
    svy = ps.Survey(pd.DataFrame({"income": [1.0, 2.0]}))
    with pytest.raises(ps.DataError, match="inequality: missing a required argument: 'income'"):
        ps.inequality(svy)


def test_names_are_compared_without_their_case():
    assert nearest("INCOME", ["year", "income"]) == "income"
    assert nearest("income", [2020, None]) is None


TABLE = pd.DataFrame({"year": [2012, 2013], "income": [1.0, 2.0], "school": ["none", "some"]})
WRONG = {
    "The name of a column is a text": lambda: ps.figures.estimates_by_domain(FOUND, by=["year"]),
    "labels= is a dict": lambda: ps.figures.love_plot(
        pd.DataFrame({"arm": ["a"], "covariate": "b", "difference": 0.1, "adjusted": 0.0}),
        labels="rural",
    ),
    "A title is one text": lambda: ps.figures.lorenz_curve(FOUND, title=["mine"]),
    "There is no dataset": lambda: ps.describe(["china_incidence"]),
    "Did you mean 'china_incidence'": lambda: ps.load("china_incidense"),
    "Did you mean 'income'": lambda: ps.mean(ps.Survey(TABLE), "incom"),
    "This column holds no numbers": lambda: ps.mean(ps.Survey(TABLE), "school"),
    "words stand where numbers are needed": lambda: ps.figures.lorenz_curve(
        FOUND.assign(estimate="word")
    ),
}
FOUND = pd.DataFrame({
    "term": ["lorenz(0.4)", "lorenz(0.5)"], "estimate": 0.2, "ci_low": 0.1, "ci_high": 0.3,
    "method": "m", "data_status": "survey", "n": 9,
})  # fmt: skip


@pytest.mark.parametrize("told", WRONG)
def test_values_of_another_type_and_columns_that_are_not_there_are_told(told):
    with pytest.raises(ps.DataError, match=told):
        WRONG[told]()


def test_errors_that_the_arguments_do_not_explain_stay_as_they_are():
    def broken(*_, **__):
        raise KeyError("a fault of one's own")

    with pytest.raises(KeyError):
        ps.publish("01_x", broken)


def results():
    """One of each kind of result that has methods."""
    rng = np.random.default_rng(1)
    spells = pd.DataFrame({"household_id": range(200), "entry": 0, "exit": rng.integers(1, 6, 200),
                           "event": rng.random(200) < 0.5, "assets": rng.normal(size=200)})  # fmt: skip
    return [ps.Survey(TABLE), ps.mean(ps.Survey(TABLE), "income"), ps.Scenario(),
            ps.kaplan_meier(ps.Survey(spells)), ps.relapse_model("assets", spells),
            ps.compare(panel(), "income", starts={"help": "began"})]  # fmt: skip


def methods(one):
    return [name for name in dir(type(one)) if name[0] != "_"
            and isinstance(getattr(type(one), name, None), FunctionType)]  # fmt: skip


def test_methods_of_results_name_the_option_and_the_method_that_was_meant():
    for one in results():
        assert methods(one)
        for name in methods(one):
            method, kind = getattr(one, name), type(getattr(type(one), name))
            for option in options(method):
                if len(option) < 4:
                    continue
                with pytest.raises(
                    ps.DataError, match=f"takes no {option}x=. Did you mean"
                ) as told:
                    method(**{option + "x": 1})
                assert re.match(rf"\w+\.{name}\((?!self)", told.value.remedy)
            assert kind is FunctionType
            with pytest.raises(ps.DataError, match=f"has no '{name}x'. Did you mean"):
                getattr(one, name + "x")
        assert not hasattr(one, "no_such_thing")
        assert getattr(one, "no_such_thing", 5) == 5
        assert type(copy.copy(one)) is type(one)


def test_what_a_result_has_not_is_pointed_to():
    svy, found, *_, fit, eff = results()
    for ask, told in ((lambda: svy.mean, "ps.mean"), (lambda: found.to_csv, ".tidy().to_csv"),
                      (lambda: fit.predict, "one of"), (lambda: eff.plots, ".plot")):  # fmt: skip
        with pytest.raises(ps.DataError) as error:
            ask()
        assert error.value.remedy.startswith(told)
    for call in (
        lambda: eff.plot("income"),
        lambda: eff.contrast("help"),
        lambda: fit.risk(horizon=3),
    ):
        with pytest.raises(ps.DataError, match=r"\w+\.\w+: (too many|missing)"):
            call()


def test_a_figure_takes_one_text_for_both_languages_and_refuses_what_is_no_axes():
    spells = pd.DataFrame({"entry": 0, "exit": [1, 2, 3, 3] * 9, "event": [1, 0, 1, 1] * 9})
    band = ps.kaplan_meier(ps.Survey(spells)).band()
    for lang in ("en", "zh"):
        ax = ps.figures.survival_curves(band, unit="seasons", lang=lang)
        assert "seasons" in ax.get_xlabel()
    with pytest.raises(ps.DataError, match="ax= is Axes"):
        ps.figures.survival_curves(band, ax="left")
    sim = ps.simulate(households=5_000, years=4)
    with pytest.raises(ps.DataError, match=r"one of its tables: \.panel"):
        ps.figures.seen_and_true(sim)
    with pytest.raises(ps.DataError, match="scenario= is Scenario"):
        ps.tables.parameters(sim)
