"""Remedies of imputations and of small places; see `modelling` for how a situation is told."""

import pandas as pd

import povstudy as ps

AREAS = pd.DataFrame({"county": list("abcdefgh"), "register": [2, 4, 5, 7, 9, 11, 12, 15],
                      "persons": [5, 3, 2, 7, 4, 4, 4, 9]})  # fmt: skip
DIRECT = pd.DataFrame({"county": list("abcdefg"), "estimate": [3, 4.2, 9, 6.1, 12.2, 10, 16],
                       "std_error": [1.0, 0.8, 2.0, 1.1, 0.9, 1.6, 2.2]})  # fmt: skip
BOTH = {"areas": AREAS, "direct": DIRECT}
ASKED = "ps.fay_herriot(direct, 'register', areas)"
PLACES = pd.DataFrame({
    "county": [one for one in "abcdefgh" for _ in range(12)], "village": [i // 3 for i in range(96)],
    "stratum": 1, "weight": 1.0, "income": [(1000.0, 3000.0, 4000.0)[(i * i // 5 + i) % 3] for i in range(96)],
})  # fmt: skip
POOR = ps.poverty(ps.Survey(PLACES, psu="village"), "income", 2300, by="county")
IMPUTED = {"imputed": [PLACES, PLACES.assign(income=PLACES["income"] + 1)], "results": []}
TILES = {"table": pd.DataFrame({"county": ["a", "b"], "poor": [3.0, 8.5]}), "tiles": {"a": (0, 0)}}

SITUATIONS = [
    ("survey/together/imputations.combine_imputations", IMPUTED, "ps.combine_imputations(results)", "ps.combine_imputations({})"),
    ("survey/together/imputations.combine_imputations", {"results": [DIRECT[["estimate", "std_error"]]] * 2},
     "ps.combine_imputations(results)", None),
    ("survey/together/imputations._table", {"one": PLACES}, "ps.combine_imputations([3, 4])", "ps.combine_imputations([{}] * 2)"),
    ("survey/together/areas.fay_herriot", BOTH, "ps.fay_herriot(direct, 'register', areas, benchmark=9)",
     "ps.fay_herriot(direct, 'register', areas, benchmark=9, {})"),
    ("survey/together/areas._direct", {**BOTH, "direct": POOR}, ASKED, "ps.fay_herriot(direct, 'register', areas, {})"),
    ("survey/together/areas._direct", {**BOTH, "svy": ps.Survey(PLACES, psu="village"), "direct": DIRECT.drop(columns="county")},
     ASKED, "ps.fay_herriot({}, 'register', areas, term='headcount')"),
    ("survey/together/areas._refuse_made_up", {**BOTH, "table": PLACES, "direct": DIRECT.assign(std_error=1.0)},
     ASKED, "ps.fay_herriot({}, 'register', areas, term='headcount')"),
    ("survey/together/areas._refuse_made_up", {
        **BOTH, "table": PLACES, "direct": DIRECT.assign(n=100, estimate=DIRECT["estimate"] / 100,
        std_error=(DIRECT["estimate"] / 100 * (1 - DIRECT["estimate"] / 100) / 100) ** 0.5)},
     ASKED, "ps.fay_herriot({}, 'register', areas, term='headcount')"),
    ("survey/together/areas._all_areas", {**BOTH, "areas": pd.concat([AREAS, AREAS.head(2)])}, ASKED, None),
    ("survey/together/areas._direct", {key: one.rename(columns={"county": "n"}) for key, one in BOTH.items()}, ASKED, None),
    ("survey/together/areas._direct", {**BOTH, "direct": DIRECT.assign(std_error=[*DIRECT["std_error"][:6], -1])}, ASKED, None),
    ("survey/together/areas._direct", BOTH, ASKED[:-1] + ", term='gap')", ASKED[:-1] + ", {})"),
    ("survey/together/areas._number", {**BOTH, "svy": ps.Survey(PLACES)},
     "ps.fay_herriot(direct, 'register', areas, persons='persons', benchmark=float('nan'))",
     "ps.fay_herriot(direct, 'register', areas, persons='persons', benchmark={})"),
    ("survey/together/areas._number", {**BOTH, "svy": ps.Survey(PLACES), "asked": ps.mean(ps.Survey(PLACES), "income", by="county")},
     "ps.fay_herriot(direct, 'register', areas, persons='persons', benchmark=asked)",
     "ps.fay_herriot(direct, 'register', areas, persons='persons', benchmark={})"),
    ("figures/look/tiles._refuse_tiles", {**TILES, "tiles": {"a": (0, 0), "b": (0, 0)}},
     "ps.figures.tile_map(table, 'poor', place='county', tiles=tiles)", None),
    ("figures/look/tiles._rows", {**TILES, "table": pd.DataFrame({"county": ["a", None], "poor": [3.0, 8.5]})},
     "ps.figures.tile_map(table, 'poor', place='county', tiles=tiles)", None),
    ("figures/look/tiles.tile_map", {"table": pd.DataFrame({"county": ["a", "b"], "poor": ["few", "many"]}), "tiles": {"a": (0, 0), "b": (1, 0)}},
     "ps.figures.tile_map(table, 'poor', place='county', tiles=tiles, classes=['few'])",
     "ps.figures.tile_map(table, 'poor', place='county', tiles=tiles, {})"),
    ("figures/look/tiles._rows", TILES, "ps.figures.tile_map(table, 'poor', place='county', tiles=tiles)", None),
]  # fmt: skip
