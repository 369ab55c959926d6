"""Natural guesses that are wrong are told in the package's own words."""

import inspect
import pickle
from types import FunctionType

import pandas as pd
import pytest

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
    "The name of a column is a text": lambda: ps.figures.lorenz_curve(FOUND, colour=["year"]),
    "labels= is dict": lambda: ps.figures.love_plot(
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
