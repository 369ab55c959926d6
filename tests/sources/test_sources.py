"""Datasets: the record, the typed tables, and downloads that go wrong in every way."""

import copy
import hashlib
import http.server
import pickle
import shutil
import threading
import warnings

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

import povstudy as ps
from povstudy.base.status import STATUSES
from povstudy.sources import catalogue

BUNDLED = [n for n, one in catalogue._catalogue().items() if "path" in one]
PACKAGED = [n for n, one in catalogue._catalogue().items() if "package" in one]
DOWNLOADS = [n for n, one in catalogue._catalogue().items() if "files" in one and n not in PACKAGED]


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_table_is_the_recorded_one(name):
    one = catalogue._catalogue()[name]
    raw = (ROOT / "data" / one["path"]).read_bytes()
    sha256 = "sha256:" + hashlib.sha256(raw).hexdigest()
    assert (one["hash"], one["bytes"]) == (sha256, len(raw)), (
        f'put into data/datapackage.json: "bytes": {len(raw)}, "hash": "{sha256}"'
    )
    assert b"\r" not in raw


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_table_has_its_types_its_key_and_a_publisher(name):
    table, one = ps.load(name), catalogue._catalogue()[name]
    assert not table.duplicated(one["schema"]["primaryKey"]).any()
    for column in one["schema"]["fields"]:
        assert column["title"]
        assert column["title_zh"]
        kind = table[column["name"]].dtype.kind
        assert kind in {"integer": "i", "number": "f", "boolean": "b", "string": "OT"}[
            column["type"]
        ] or pd.api.types.is_string_dtype(table[column["name"]])
    for column in ("publisher", "publisher_zh", "essay_source"):
        if column in table:
            assert (table[column] != "").all()
    assert one["source"]
    assert one["status"] in STATUSES


def test_every_official_file_is_in_the_record():
    files = {path.name for path in (ROOT / "data" / "official").iterdir()}
    assert files == {f"{name}.csv" for name in BUNDLED}


def test_blank_stays_blank():
    table = ps.load("china_incidence").set_index(["standard", "year"])
    assert np.isnan(table.loc[("2010", 2010), "poor_population_10k"])
    assert table.loc[("2010", 2020), "poor_population_10k"] == 0
    assert ps.load("relapse_monitoring")["month"].dtype == "Int64"


def test_published_sums_hold():
    exits = ps.load("county_exits")
    assert exits["counties"].sum() == 832
    assert (exits["cumulative_counties"] + exits["remaining_counties"] == 832).all()
    costs = ps.load("niger_costs").groupby("arm")["usd_ppp_2016_per_beneficiary"].sum()
    gains = ps.load("niger_gains").pivot(
        index="arm", columns="year", values="consumption_gain_usd_ppp_2016_per_household"
    )
    # Bossuroy et al. 2022: 5 percent discounting, half of the first year, cost at the start.
    ratio = (0.5 * 1.05 * gains[1] + gains[2]) / (costs[gains.index] * 1.05**2)
    assert ratio.round(3).to_dict() == {"capital": 0.796, "full": 1.275, "psychosocial": 1.709}


def test_listing_and_description_speak_both_languages():
    table = ps.datasets()
    assert list(table["name"]) == [*BUNDLED, *DOWNLOADS, *PACKAGED]
    assert ps.datasets("zh").loc[0, "title"] == "中国农村贫困状况（分标准），1978-2020年"
    told = repr(ps.describe("spain_ecv"))
    for words in (
        "survey",
        "INE",
        "repository MIT",
        "euro per year",
        "等值成人数",
        "households.rda",
        "individuals",
    ):
        assert words in told


@pytest.mark.parametrize("call", [ps.load, ps.describe, ps.fetch, ps.credit])
def test_unknown_dataset_is_named_with_the_remedy(call):
    with pytest.raises(ps.DataError, match=r"no dataset 'chian'[\s\S]*ps.datasets\(\)"):
        call("chian")


def test_unknown_table_is_named():
    with pytest.raises(ps.DataError, match="individuals"):
        ps.load("spain_ecv", table="persons")


def test_sources_of_two_kinds_do_not_share_a_line():
    assert ps.credit("china_incidence", "county_exits").line("zh").count("；") == 1
    with pytest.raises(ps.DataError, match="two kinds"):
        ps.credit("china_incidence", "niger_effects")
    with pytest.raises(ps.DataError, match="survey, register, trial, reported or simulated"):
        ps.Source("true", "someone")


@pytest.fixture
def own_data(tmp_path, monkeypatch):
    """A copy of the data folder that a test may spoil."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    monkeypatch.setattr(catalogue, "DATA", tmp_path / "data")
    return tmp_path / "data" / "official"


def test_an_edited_table_is_loaded_with_a_warning(own_data):
    path = own_data / "county_exits.csv"
    path.write_text(path.read_text("utf-8").replace("2016,28,", "2016,29,"), "utf-8")
    with pytest.warns(UserWarning, match="county_exits.csv was edited"):
        table = ps.load("county_exits")
    assert table["counties"].iloc[0] == 29
    assert "not verified" in table.attrs["source"].line()
    assert "（经改动）" in ps.credit("county_exits").line("zh")


def test_line_ends_of_windows_are_no_edit(own_data):
    path = own_data / "county_exits.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ps.load("county_exits")["counties"].sum() == 832


@pytest.mark.filterwarnings("ignore:data/official")
@pytest.mark.parametrize("wrong", ["28a", "2.5", "二十八"])
def test_a_wrong_cell_is_named(own_data, wrong):
    path = own_data / "county_exits.csv"
    path.write_text(path.read_text("utf-8").replace("2016,28,", f"2016,{wrong},"), "utf-8")
    pattern = rf"an integer[\s\S]*county_exits.csv, row 2, column counties[\s\S]*{wrong}"
    with pytest.raises(ps.DataError, match=pattern):
        ps.load("county_exits")


@pytest.mark.filterwarnings("ignore:data/official")
def test_wrong_columns_and_missing_files_are_named(own_data):
    path = own_data / "county_exits.csv"
    path.write_text(path.read_text("utf-8").replace("counties,", "county,", 1), "utf-8")
    with pytest.raises(ps.DataError, match="columns of this file"):
        ps.load("county_exits")
    path.unlink()
    with pytest.raises(ps.DataError, match=r"missing[\s\S]*git checkout"):
        ps.load("county_exits")


# Downloads: a server on this machine that behaves badly on request ------------------

CONTENT = b"year,entity_code,value\n2015,CHN,5.7\n" * 500


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/gone.csv":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        if self.path == "/broken.csv":
            self.wfile.write(CONTENT[:1000])  # and the connection ends
        elif self.path == "/other.csv":
            self.wfile.write(CONTENT[::-1])
        else:
            self.wfile.write(CONTENT)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Register a dataset ``mine`` that comes from the server; return a function to set its path."""
    monkeypatch.delenv("POVSTUDY_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path / "cache" / name)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as one:
        threading.Thread(target=one.serve_forever, daemon=True).start()
        record = dict(catalogue._catalogue()["world_bank"])

        def at(path, port=one.server_port):
            sha256 = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
            url = f"http://127.0.0.1:{port}/{path}"
            record["files"] = [
                {"name": "mine.csv", "bytes": len(CONTENT), "hash": sha256, "url": url}
            ]
            monkeypatch.setitem(catalogue._catalogue(), "mine", record)

        yield at
        one.shutdown()


def _stored(tmp_path):
    return [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_download_is_checked_and_kept(server, tmp_path):
    server("good.csv")
    [path] = ps.fetch("mine")
    assert path.read_bytes() == CONTENT
    server("gone.csv")
    assert ps.fetch("mine") == [path]  # from the cache, without asking again
    assert _stored(tmp_path) == [path]


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("other.csv", ps.DataError, "not the recorded"),
        ("broken.csv", ps.SetupError, "broke off"),
        ("gone.csv", ps.SetupError, "404"),
    ],
)
def test_a_bad_download_stores_nothing_and_tells_another_way(server, tmp_path, path, error, words):
    server(path)
    with pytest.raises(error, match=rf"{words}[\s\S]*POVSTUDY_DATA"):
        ps.fetch("mine")
    assert _stored(tmp_path) == []


def test_a_given_folder_without_the_file_is_mentioned(server, tmp_path, monkeypatch):
    server("gone.csv")
    monkeypatch.setenv("POVSTUDY_DATA", str(tmp_path / "elsewhere"))
    with pytest.raises(ps.SetupError, match=r"elsewhere has no mine/mine\.csv"):
        ps.fetch("mine")


def test_no_network_is_a_plain_error(server, tmp_path):
    server("good.csv", port=9)
    with pytest.raises(ps.SetupError, match="no network"):
        ps.fetch("mine")
    assert _stored(tmp_path) == []


def test_a_cache_that_cannot_be_written_is_a_plain_error(server, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    server("good.csv")
    with pytest.raises(ps.SetupError, match="could not be stored"):
        ps.fetch("mine")


def test_povstudy_data_is_looked_in_first_and_checked(server, tmp_path, monkeypatch):
    server("gone.csv")
    path = tmp_path / "given" / "mine" / "mine.csv"
    path.parent.mkdir(parents=True)
    monkeypatch.setenv("POVSTUDY_DATA", str(tmp_path / "given"))
    path.write_bytes(CONTENT)
    assert ps.fetch("mine") == [path]
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(ps.DataError, match=r"changed or cut off[\s\S]*mine.csv"):
        ps.fetch("mine")


SHAPES = {
    ("argentina_eph", "households"): (199_850, 89),
    ("burkina_faso_ranking", "households"): (1_315, 43),
    ("graduation_pakistan", "households"): (854, 67),
    ("indonesia_targeting", "households"): (5_756, 68),
    ("indonesia_targeting", "neighbour_ranks"): (37_789, 4),
    ("nlsy_teen_poverty", "women"): (1_151, 28),
    ("spain_ecv", "households"): (41_992, 12),
    ("spain_ecv", "individuals"): (112_099, 24),
    ("world_bank", "headcount"): (1_050, 6),
}


def test_survey_files_load_whole(survey_files):
    assert {name for name, _ in SHAPES} == set(DOWNLOADS)
    documented = {name: set(ps.describe(name).columns["name"]) for name in DOWNLOADS}
    for (name, table), shape in SHAPES.items():
        loaded = ps.load(name, table)
        assert loaded.shape == shape
        documented[name] -= set(loaded)
        keys = next(
            one["primaryKey"]
            for one in catalogue._catalogue()[name]["tables"]
            if one["name"] == table
        )
        assert not loaded.duplicated(keys).any()
    assert not any(documented.values())


def test_survey_files_give_published_figures(survey_files):
    """INE: 20.7 % at risk of poverty in 2019. Allison 2009: 1,745 at risk of exit, rate .417."""
    homes = ps.load("spain_ecv")
    homes = homes[homes["ecv_year"] == "2019"]
    weight = homes["weight_hh"] * homes["size_hh"]
    assert round(np.average(homes["pov_hh"].astype(float), weights=weight) * 100, 1) == 20.7
    women = ps.load("nlsy_teen_poverty")
    pairs = [(women[f"pov{w}"], women[f"pov{w + 1}"]) for w in range(1, 5)]
    at_risk = sum((now == 1).sum() for now, _ in pairs)
    left = sum(((now == 1) & (then == 0)).sum() for now, then in pairs)
    assert (at_risk, round(left / at_risk, 3)) == (1745, 0.417)


def test_argentine_incomes_are_numbers_in_every_quarter(survey_files):
    table = ps.load("argentina_eph")
    assert table["quarter"].nunique() == 14
    assert table["ITF"].dtype == "float64"
    # Income per person is household income over persons, wherever both are positive.
    both = table[(table["ITF"] > 0) & (table["IPCF"] > 0)]
    ratio = both["ITF"] / both["IX_TOT"] / both["IPCF"]
    assert (ratio.sub(1).abs() < 0.01).mean() > 0.999


def test_a_table_keeps_its_source_in_a_parquet_file(tmp_path):
    table = ps.load("china_incidence")
    table.to_parquet(tmp_path / "incidence.parquet")
    again = pd.read_parquet(tmp_path / "incidence.parquet")
    assert ps.credit(again.attrs["source"]) == table.attrs["source"]
    assert ps.figures.poor_by_year(again).source == ps.figures.poor_by_year(table).source
    assert ps.Survey(again).status == "official"
    for one in (
        copy.deepcopy(table.attrs["source"]),
        pickle.loads(pickle.dumps(table.attrs["source"])),
    ):
        assert (
            one == table.attrs["source"]
            and one.status == "official"
            and hash(one) == hash(table.attrs["source"])
        )


@pytest.mark.parametrize(("name", "shape", "status"), [
    ("nsw_trial", (445, 11), "trial"), ("insurance_sessions", (1410, 13), "trial"),
    ("panes", (1948, 5), "survey"),
])  # fmt: skip
def test_a_dataset_out_of_a_package_is_whole_and_documented(name, shape, status):
    pytest.importorskip("causaldata")
    table, told = ps.load(name), ps.describe(name)
    assert table.shape == shape and told.access == "package" and told.status == status
    assert set(told.columns["name"]) <= set(table) and (told.columns["title_zh"] != "").all()
    assert ps.Survey(table).status == status
    if name == "insurance_sessions":
        assert table["literacy"].isna().sum() == 21
    if name == "panes":
        assert ((table["Income_Centered"] < 0) == (table["Participation"] == 1)).all()
        scores = ps.load("panes", "scores")["Income_Centered"]
        assert len(scores) == 52_549
        assert round(scores.duplicated(keep=False).mean(), 2) == 0.62
        with pytest.raises(ps.DataError, match="has no table 'density'"):
            ps.load("panes", "density")


def test_a_package_that_is_missing_or_of_another_version_is_told(monkeypatch, tmp_path):
    record = dict(catalogue._catalogue()["nsw_trial"], package="no_such_package")
    monkeypatch.setitem(catalogue._catalogue(), "mine", record)
    with pytest.raises(ps.SetupError, match=r"needs the package no_such_package\.[\s\S]*study"):
        ps.load("mine")
    folder = tmp_path / "no_such_package"
    (folder / "nsw_mixtape").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "nsw_mixtape" / "nsw_mixtape.dta").write_bytes(b"other")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ps.DataError, match="another version"):
        ps.load("mine")
