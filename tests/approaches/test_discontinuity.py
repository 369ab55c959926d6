"""Jumps at a line: peers' values on PANES, by hand, known truth, and what is refused."""

import numpy as np
import pandas as pd
import pytest

import povstudy as ps
from povstudy.survey.models.leastsquares import fitted

pytest.importorskip("rdrobust")
rddensity = pytest.importorskip("rddensity")
pytest.importorskip("causaldata")
PANES = ("Support", "Income_Centered", 0)


@pytest.fixture(scope="module")
def panes():
    return ps.load("panes")


@pytest.fixture(scope="module")
def found(panes):
    return ps.at_the_line(panes, *PANES, scores=ps.load("panes", "scores"))


def made(seed=5, n=4000, help=0.5, **more):
    """A score in whole numbers; those below 40 are offered help, eight in ten take it."""
    rng = np.random.default_rng(seed)
    score = rng.integers(0, 101, n)
    helped = (rng.random(n) < np.where(score < 40, 0.8, 0.1)).astype(int)
    income = 3 + score / 50 + help * helped + rng.normal(0, 0.5, n)
    table = pd.DataFrame(
        {"income": income, "score": score, "helped": helped, "size": rng.poisson(4, n)}
    )
    return table.assign(village=np.arange(n) % 80, w=rng.uniform(1, 3, n)).assign(**more)


def by_hand(x, y, h, clusters=None):
    """Jump of local lines with triangular weights, and its error by rows (HC0) or clusters (CR2)."""
    weight = np.sqrt(np.clip(1 - np.abs(x) / h, 0, None))
    inside, right = weight > 0, (x >= 0) * 1.0
    z = (np.column_stack([np.ones(len(x)), right, x, right * x]) * weight[:, None])[inside]
    wanted = np.eye(4)[[1]]
    if clusters is not None:
        asked = z, (y * weight)[inside], wanted, "CR2", clusters[inside], list("abcd")
        return [one[0] for one in fitted(*asked)[:2]]
    inverse = np.linalg.inv(z.T @ z)
    slopes = inverse @ z.T @ (y * weight)[inside]
    left = (y * weight)[inside] - z @ slopes
    return slopes[1], np.sqrt((inverse @ (z * left[:, None] ** 2).T @ z @ inverse)[1, 1])


def test_panes_gives_the_values_of_rdrobust(found):
    """rdrobust 2.1.1, defaults, run apart from this package."""
    table = found.tidy().set_index("method")
    values = table.loc[["conventional", "robust"], ["estimate", "std_error"]].to_numpy()
    assert np.allclose(values, [[0.024702, 0.062359], [0.045467, 0.072888]], atol=1e-6)
    assert np.allclose(
        table.loc["robust", ["ci_low", "ci_high"]].astype(float), [-0.097390, 0.188324], atol=1e-6
    )
    assert np.allclose(
        table.loc["robust", ["h_left", "b_right"]].astype(float), [0.005220, 0.010255], atol=1e-6
    )
    assert table.loc["robust", ["n_left", "n_right", "n"]].tolist() == [291, 194, 485]
    assert set(table["data_status"]) == {"survey"} and list(table["term"])[:3] == [
        "jump",
        "jump",
        "density",
    ]


def test_panes_at_a_bandwidth_is_weighted_least_squares_by_hand(panes):
    value, error = by_hand(panes["Income_Centered"].to_numpy(), panes["Support"].to_numpy(), 0.01)
    assert np.allclose([value, error], [-0.0334818, 0.0441015], atol=1e-7)  # HC0
    row = ps.at_the_line(panes, *PANES, bandwidth=0.01).tidy().iloc[0]
    assert np.isclose(row["estimate"], value, atol=1e-12)
    assert np.isclose(row["std_error"], 0.043071, atol=1e-6)  # rdrobust, nearest neighbours
    more = panes.dropna()
    covariates = ps.at_the_line(
        more, *PANES, bandwidth=0.01, covariates=["Education", "Age"]
    ).tidy()
    assert np.allclose(covariates["estimate"][:2], [-0.032501, 0.064040], atol=1e-6)  # rdrobust
    assert np.allclose(covariates["std_error"][:2], [0.043913, 0.069321], atol=1e-6)


def test_errors_by_cluster_are_bias_reduced_on_each_side():
    table = made()
    x, y = table["score"].to_numpy() - 40, table["income"].to_numpy()
    apart = table["village"] + 100 * (x >= 0)  # no village on both sides
    row = ps.at_the_line(table.assign(village=apart), "income", "score", 40, bandwidth=12,
                         cluster="village").tidy().iloc[0]  # fmt: skip
    assert np.allclose(
        [row["estimate"], row["std_error"]], by_hand(x, y, 12, apart.to_numpy()), atol=1e-9
    )
    both = ps.at_the_line(table, "income", "score", 40, bandwidth=12, cluster="village").tidy()
    assert np.isclose(
        both["std_error"][0], row["std_error"]
    )  # a village on both sides counts as two
    svy = ps.Survey(table, weight="w", psu="village")
    assert not np.isclose(ps.at_the_line(svy, "income", "score", 40, bandwidth=12).tidy()["estimate"][0],
                          row["estimate"])  # fmt: skip


def test_differences_are_of_the_side_that_is_helped(panes, found):
    turned = ps.at_the_line(panes, *PANES, treated="Participation", helped="below",
                            scores=ps.load("panes", "scores")).tidy()  # fmt: skip
    right = found.tidy()
    assert list(turned["term"]) == list(right["term"])  # all below took it up: not fuzzy
    assert np.allclose(turned["estimate"], -right["estimate"])
    assert np.allclose(turned[["ci_low", "ci_high"]], -right[["ci_high", "ci_low"]].to_numpy())
    with pytest.raises(
        ps.DesignError, match=r"not higher above[\s\S]*0 above, 1 below[\s\S]*helped='below'"
    ):
        ps.at_the_line(panes, *PANES, treated="Participation")


def test_fuzzy_take_up_finds_the_effect_of_help():
    errors = []
    for seed in range(8):
        table = made(seed)
        rows = ps.at_the_line(table, "income", "score", 40, treated="helped", helped="below").tidy()
        rows = rows.set_index(["term", "method"])
        plain = rows.xs("conventional", level="method")["estimate"]
        assert np.isclose(plain["jump"] / plain["first stage"], plain["effect of help"])
        row = rows.loc[("effect of help", "robust")]
        errors.append((row["estimate"] - 0.5) / row["std_error"])
        assert rows.loc["first stage"]["estimate"].between(0.5, 0.9).all()
    assert abs(np.mean(errors)) < 3 / np.sqrt(8) and np.max(np.abs(errors)) < 4


def test_the_summary_says_what_was_found_in_both_languages(found):
    told, chinese = found.summary(), found.summary("zh")
    assert told.startswith(
        "At the line 0 of Income_Centered no jump of Support can be told from none."
    )
    for words in ("0.0455 (-0.0974 to 0.188)", "right minus left", "unrestricted: -3.26", "restricted: 0.0611",
                  "11,212 different scores; 63 %", "each score once: -0.49"):  # fmt: skip
        assert words in told
    assert "看不出Support有跳跃" in chinese and len(chinese.splitlines()) == len(told.splitlines())
    assert repr(found) == told
    few = ps.at_the_line(made(village=lambda t: t.index % 6), "income", "score", 40, cluster="village",
                         helped="below")  # fmt: skip
    assert "Only 6 sampling units" in few.summary() and "6个" in few.summary("zh")
    assert few.summary().startswith("At the line 40 of score the outcome income jumps.")


def test_the_figure_says_what_was_found(found):
    ax = found.plot()
    assert ax.title_text.startswith("No jump of Support can be told at the line: 0.0455 (")
    assert ax.get_xlabel() == "Income_Centered" and "−0.0974 to 0.188" in ax.alt_text
    assert set(ax.data_behind["kind"]) == {"bin", "fit", "jump"}
    bins = found.points[found.points["kind"] == "bin"]
    assert ((bins["at"] < 0) == (bins["side"] == "below")).all() and bins["at"].abs().max() < 0.0105
    steps = ps.load("panes").query("0 <= Income_Centered < 0.0052198299697804 / 5")
    first = bins[bins["side"] == "above"].iloc[0]
    assert np.isclose(first["estimate"], steps["Support"].mean()) and first["n"] == len(steps)
    own = ps.at_the_line(
        ps.Survey(made(), status="simulated"), "income", "score", 40, helped="below"
    )
    ax = own.plot(
        lang="zh", labels={"income": ("income", "收入")}, source=ps.Source("simulated", "m", "模拟")
    )
    assert "收入在线处跳跃：线下高" in ax.title_text


def test_the_figure_needs_all_that_it_draws(found):
    for kind in ("bin", "fit", "jump"):
        with pytest.raises(ps.DataError, match=r"drawn with its steps[\s\S]*\.points"):
            ps.figures.at_the_line(found.points[found.points["kind"] != kind])


@pytest.mark.parametrize(("change", "options", "words"), [
    ({"income": "much"}, {}, "no numbers"),
    ({"income": 1.0}, {}, r"same for all[\s\S]*column income"),
    ({"score": 40}, {}, r"same for all[\s\S]*column score"),
    ({}, {"cutoff": 101}, r"cutoff= lies between 0 and 100[\s\S]*101"),
    ({}, {"cutoff": 0}, "cutoff= lies between"),  # nobody on the left
    ({}, {"cutoff": "40"}, "cutoff= lies between"),
    ({"score": lambda t: np.where(t["score"] < 40, 0, t["score"])}, {}, "rddensity cannot fit"),
    ({}, {"bandwidth": 0.5}, "rdrobust cannot fit"),
    ({}, {"bandwidth": -1}, "bandwidth="),
    ({}, {"helped": "left"}, "above the line or below"),
    ({}, {"level": 95}, "level="),
    ({"helped": 2}, {"treated": "helped"}, "neither 1"),
    ({"helped": 1}, {"treated": "helped"}, "not higher"),
    ({"size": 4}, {"covariates": "size"}, "says nothing"),
    ({"size": np.nan}, {"covariates": "size"}, "no size"),
    ({}, {"covariates": "sise"}, "Did you mean 'size'"),
    ({}, {"scores": pd.DataFrame({"score": [50, 60, 70]})}, "cutoff= lies between 50 and 70"),
    ({}, {"scores": pd.DataFrame({"points": [50, 60, 70]})}, "lacks a column"),
    ({}, {"scores": [50, 60]}, "pd.DataFrame"),
    ({}, {"covariates": ["size", "income"]}, "and once"),
    ({}, {"covariates": ["size", "size"]}, "and once"),
    ({}, {"treated": "score"}, "and once"),
])  # fmt: skip
def test_bad_input_is_told(change, options, words):
    options = {"cutoff": 40, **options}
    with pytest.raises(ps.base.errors.PovstudyError, match=words):
        ps.at_the_line(made(**change), "income", "score", options.pop("cutoff"), **options)


def test_scores_and_rows_may_be_of_any_table():
    import polars as pl

    table = made()
    wanted = ps.at_the_line(table, "income", "score", 40).tidy()
    for scores in (
        ps.Survey(table),
        pl.from_pandas(table),
        ps.Survey(table, weight="w", psu="village"),
    ):
        found = ps.at_the_line(pl.from_pandas(table), "income", "score", 40, scores=scores)
        pd.testing.assert_frame_equal(found.tidy(), wanted)
    far = table.assign(village=np.where(table["score"].between(5, 90), 1, table["village"]))
    some = ps.at_the_line(far, "income", "score", 40, cluster="village", bandwidth=60)
    near = some.points[(some.points["kind"] == "bin") & some.points["at"].between(20, 60)]
    assert near["std_error"].isna().all() and near["estimate"].notna().all()  # one unit, no error


def test_few_rows_and_replicates_are_refused():
    table = made()
    with pytest.raises(ps.DataError, match=r"Fewer than 20[\s\S]*15"):
        ps.at_the_line(table.head(15), "income", "score", 40)
    svy = ps.Survey(table.assign(w1=table["w"], w2=table["w"] * 1.1), weight="w",
                    replicates=ps.Replicates(["w1", "w2"], kind="bootstrap"))  # fmt: skip
    with pytest.raises(ps.DesignError, match="replicate weights"):
        ps.at_the_line(svy, "income", "score", 40)
    kept = ps.at_the_line(ps.Survey(table.assign(income=table["income"].where(table.index > 9)),
                                    missing="drop"), "income", "score", 40)  # fmt: skip
    assert np.allclose(kept.tidy()["estimate"][0],
                       ps.at_the_line(table[10:], "income", "score", 40).tidy()["estimate"][0])  # fmt: skip
