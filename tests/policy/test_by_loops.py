"""Cost-effectiveness again, by plain loops over strategies and draws, in odd cases."""

from itertools import pairwise, permutations

import numpy as np
import pandas as pd
import pytest

import povstudy as ps


def statuses(effect, cost):
    """Dominated by one, by a mix of two, or neither; of equal strategies the first is kept."""
    slack = [1e-12 * np.abs(one).max() for one in (effect, cost)]
    places, made = range(len(effect)), []
    for p in places:
        by_one = by_two = False
        for q in places:
            as_good = effect[q] >= effect[p] - slack[0] and cost[q] <= cost[p] + slack[1]
            better = effect[q] > effect[p] + slack[0] or cost[q] < cost[p] - slack[1]
            by_one |= p != q and as_good and (better or q < p)
        for i, j in permutations(places, 2):
            if p not in (i, j) and cost[i] <= cost[p] <= cost[j] and cost[i] < cost[j]:
                part = (cost[p] - cost[i]) / (cost[j] - cost[i])
                mixed = effect[i] + part * (effect[j] - effect[i])
                by_two |= mixed > effect[p] + 1e-9 * np.abs(effect).max()
        made.append("dominated" if by_one else "extendedly dominated" if by_two else "frontier")
    return made


def odd(kind, rng, n):
    """Effects and costs: any, with ties, on a line but for one, of far units, of one effect."""
    line = 2.0 * np.arange(n)
    line[rng.integers(n)] += rng.choice([0, 0.5, -0.5, 1e-14])
    whole = rng.integers(0, 4, (2, n)).astype(float)
    return {
        "any": rng.normal(size=(2, n)), "ties": whole, "line": (np.arange(n) * 1.0, line),
        "units": rng.normal(size=(2, n)) * [[1e-7], [1e9]], "one effect": (np.full(n, 0.3), whole[0]),
    }[kind]  # fmt: skip


@pytest.mark.parametrize("kind", ["any", "ties", "line", "units", "one effect"])
def test_dominance_is_that_of_all_mixes_of_two(kind):
    rng = np.random.default_rng(7)
    for _ in range(25):
        n = int(rng.integers(2, 7))
        effect, cost = odd(kind, rng, n)
        names = [f"s{i}" for i in range(n)]
        given = [
            {k: (v, 0.1 * abs(v)) for k, v in zip(names, one, strict=True)}
            for one in (effect, cost)
        ]
        table = ps.cost_effectiveness(*given, draws=100).frontier().set_index("strategy")
        size = [np.abs(one).max() or 1 for one in (effect, cost)]
        of = lambda told: sorted(  # noqa: E731  which of equal strategies is kept does not matter
            zip(np.round(effect / size[0], 9), np.round(cost / size[1], 9), told, strict=True)  # noqa: B023
        )
        assert of(table.loc[names, "status"]) == of(statuses(effect, cost))
        up = [names.index(one) for one in table.index[table["status"] == "frontier"]]
        steps = [(cost[b] - cost[a]) / (effect[b] - effect[a]) for a, b in pairwise(up)]
        found = table.loc[table["status"] == "frontier", "icer"].to_numpy()[1:]
        assert found == pytest.approx(steps, rel=1e-9)


@pytest.mark.parametrize("draws", [3, 200])
def test_acceptability_and_perfect_information_are_those_of_loops(draws):
    rng = np.random.default_rng(draws)
    for case in range(12):
        n = int(rng.integers(2, 5))
        effect, cost = rng.normal(size=(2, draws, n))
        if case % 3 == 0:
            effect, cost = np.round(effect), np.round(cost)
        if case % 4 == 0:
            effect[:, 1], cost[:, 1] = effect[:, 0], cost[:, 0]
        names = list("abcd")[:n]
        found = ps.cost_effectiveness(*(pd.DataFrame(one, columns=names) for one in (effect, cost)))
        for willingness in (0, 0.7, 3.0):
            chance, perfect, total = [0.0] * n, 0.0, [0.0] * n
            for s in range(draws):
                net = [willingness * effect[s, k] - cost[s, k] for k in range(n)]
                first = next(k for k in range(n) if net[k] >= max(net) - 1e-13)
                chance[first] += 1 / draws
                perfect += max(net) / draws
                total = [t + one / draws for t, one in zip(total, net, strict=True)]
            table = found.acceptability(willingness)
            assert table["probability"].tolist() == pytest.approx(chance)
            assert table["net_benefit"].tolist() == pytest.approx(total)
            assert total[int(table["best"].to_numpy().argmax())] == pytest.approx(max(total))
            value = found.information(willingness, {})["value"].item()
            assert value == pytest.approx(perfect - max(total), abs=1e-12)


def test_partial_information_is_that_of_loops_and_of_a_study_without_error():
    rng, n = np.random.default_rng(5), 4_000
    rows = pd.DataFrame(
        {"a": rng.integers(0, 4, n), "b": rng.normal(size=n), "d": rng.integers(0, 2, n)}
    )
    a, b, d = rows.to_numpy().T
    net = np.column_stack(
        [0 * b, 0.5 * (a - 1.5) + b, -0.2 + d * np.where(a > 1, 0.8, -0.5) + 0.3 * b * b]
    )
    effects = pd.DataFrame(net, columns=list("xyz"))
    decision = ps.cost_effectiveness(effects, dict.fromkeys("xyz", 0), parameters=rows)
    groups = {"a": ["a"], "a and d": ["a", "d"]}
    found = decision.information(1, groups).set_index("parameter")
    for name, of in groups.items():
        wanted = -net.mean(axis=0).max()
        for value in set(map(tuple, rows[of].to_numpy().tolist())):
            here = (rows[of] == list(value)).all(axis=1).to_numpy()
            wanted += here.mean() * net[here].mean(axis=0).max()
        assert found.loc[name, "value"] == pytest.approx(wanted, rel=0.02)
    trial = ps.TrialDesign(households=20, sd=1.0, icc=0.05)
    both = decision.information(1).set_index("parameter")
    for name in "ab":
        study = ps.study_value(decision, name, trial, willingness=1, population=1, villages=10**6)
        assert study.evppi == pytest.approx(both.loc[name, "value"], rel=1e-3)
        assert study.table["evsi"].item() == pytest.approx(study.evppi, rel=0.001)
        assert study.evpi == pytest.approx(both.loc["all", "value"])
