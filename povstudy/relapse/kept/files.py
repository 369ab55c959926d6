"""The file of a fit: plain JSON, with its form's number, without rows of households."""

import hashlib
import json
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from ... import __version__
from ...base.errors import DataError
from ...base.files import need_file, write_whole
from ...base.status import Source
from ...clean.person.drop import find_personal
from ...survey.models.formulas import Formula
from ..baselines import Baseline
from ..fit import RelapseFit
from ..frailty import Frailty
from ..links import LINKS
from ..prediction import Rival
from .seen import Seen

FORM = 2  # 1 where a fit has no curves and no offset, as older versions read it
_ODD = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, SyntaxError)
_MARK = "povstudy_model"
_ABOUT = (
    "A fitted model of relapse: coefficients, levels, ranges. It holds no rows of households.",
    "返贫模型：系数、类别与取值范围，不含任何住户记录。",
)
_AGAIN = "fit.save('model.json')  # of the fit it was made from; or take another copy of the file"
_PLAIN = ("n", "events", "clusters", "population", "df", "loglik", "link", "method", "status", "weighted",
          "excluded", "cause")  # fmt: skip
_KINDS = {  # what a file holds beside its mark
    "povstudy": str, "about": list, "formula": str, "learned": dict, "terms": list,
    "coefficients": list, "covariance": dict, "means": list, "baseline": dict, "others": list,
    "source": dict | None, "frailty": dict | None, "rival": dict | None, "profile": dict | None,
    "seen": dict, "n": int, "events": int, "clusters": int, "population": float | int | str,
    "df": float | int | str, "loglik": float | int | str, "link": str, "method": str, "status": str,
    "weighted": bool, "excluded": dict, "cause": str | int | None, "sha256": str,
}  # fmt: skip


@dataclass(frozen=True)
class Profile:
    """What is kept of the profile of a penalised likelihood, which only the rows could make anew.

    Attributes
    ----------
    top : float
        The penalised log-likelihood.
    ends : dict
        For each level the ends of the intervals.
    chances : ndarray
        P-value of each coefficient; not a number of the baseline.
    """

    top: float
    ends: dict
    chances: np.ndarray

    def intervals(self, level):
        """Ends of the intervals; refused for levels that were not kept."""
        if level not in self.ends:
            raise DataError(
                "Profile intervals of another level need the rows, which a model that was kept does not have.",
                where="argument level", found=level, remedy=f"level={next(iter(self.ends))}",
            )  # fmt: skip
        return self.ends[level]

    def p_values(self, which):
        """Tests that coefficients are zero."""
        return self.chances[which]


# Writing ------------------------------------------------------------------------------


def save(fit, path):
    """Write a fit to a file; see `RelapseFit.save`."""
    for name, one in fit.formula.learned()["columns"].items():
        _refuse_levels(name, one["values"])
    content = content_of(fit, profiles=True)
    learned = Formula.relearned(fit.formula.text, _back(content["learned"]))
    if learned.learned() != fit.formula.learned() or learned.names != fit.formula.names:
        raise DataError(
            "What this formula makes of the rows cannot be told in a file.",
            where="argument formula", found=fit.formula.text,
            remedy="make the column in the table, and name it in the formula",
        )  # fmt: skip
    whole = {**content, "sha256": _digest(content)}  # a line for each key
    lines = (f" {_text(name)}: {_text(one)}" for name, one in whole.items())
    write_whole(path, "{\n" + ",\n".join(lines) + "\n}\n")


def content_of(fit, profiles=False):
    """What is written of a fit, in plain numbers and texts; without profiles that take long."""
    rival, profile = fit.rival, fit.profile
    if profile is not None:
        profile = _profile(fit) if profiles else {"top": profile.top}
    if rival is not None:
        error = rival.error
        told = error and [error.problem, error.where, error.found, error.remedy]
        rival = {"error": told and [one and str(one) for one in told], "coefficients": rival.params,
                 "covariance": rival.covariance, "baseline": rival.baseline and asdict(rival.baseline)}  # fmt: skip
    learned = fit.formula.learned()
    more = {} if fit.offset is None else {"offset": fit.offset}
    return _plain({
        _MARK: FORM if more or "curves" in learned else 1, "povstudy": __version__, "about": list(_ABOUT), "formula": fit.formula.text,
        "terms": list(fit.params.index), "coefficients": fit.params.to_numpy(),
        "covariance": fit._covariance, "baseline": asdict(fit.baseline),
        **{name: getattr(fit, name) for name in _PLAIN}, "others": fit.others,
        "frailty": fit.frailty and asdict(fit.frailty), "rival": rival, "profile": profile,
        "source": fit.source and dict(fit.source), "seen": asdict(fit.seen), "means": fit._means,
        "learned": learned, **more,
    })  # fmt: skip


def same(one, other):
    """Whether two fits tell the same; what no file can hold is the same as itself alone."""
    try:
        return one is other or content_of(one) == content_of(other)
    except TypeError:
        return False


def _profile(fit):
    """Intervals of the levels that were asked for, and of 0.95; tests of the covariates."""
    if isinstance(fit.profile, Profile):
        ends, chances = fit.profile.ends, fit.profile.chances
    else:
        fit.profile.intervals(0.95)
        ends, chances = fit.profile._ends, np.full(len(fit.params), np.nan)
        slopes = np.arange(len(fit.formula.names)) + len(fit.baseline.names)
        chances[slopes] = fit.profile.p_values(slopes)
    levels = [0.95, *(one for one in ends if one != 0.95)]
    return {"top": fit.profile.top, "levels": levels, "ends": [ends[one] for one in levels],
            "p_values": chances}  # fmt: skip


def _refuse_levels(name, levels):
    """Refuse levels that are names, numbers or addresses of persons, or that JSON lacks."""
    try:
        _plain(levels)
    except TypeError as error:
        raise DataError(
            "Levels of a covariate are texts, numbers or intervals in the file of a model.",
            where=f"column {name}", found=f"{levels[0]!r}, a {error}",
            remedy=f"spells = spells.astype({{{name!r}: str}})  # and fit again; next year's rows too",
        ) from None  # fmt: skip
    found = find_personal(pd.DataFrame({name: list(map(str, levels))}))
    if levels and len(found):
        raise DataError(
            "The levels of a covariate look like personal data: they would stand in the file.",
            where=f"column {name}", found=", ".join(found["kind"]),
            remedy="leave the column out of the formula; one that holds no persons (a county's name), "
            "under a head that says so",
        )  # fmt: skip


def _plain(one):
    """Numbers, texts, lists and dicts that JSON has; numbers that it lacks as texts."""
    if isinstance(one, dict):
        return {str(name): _plain(value) for name, value in one.items()}
    if isinstance(one, list | tuple | np.ndarray):
        return [_plain(value) for value in one]
    if isinstance(one, pd.Interval):
        return {"left": _plain(one.left), "right": _plain(one.right), "closed": one.closed}
    one = one.item() if isinstance(one, np.generic) else one
    if isinstance(one, float) and not np.isfinite(one):
        return str(one)
    if one is None or isinstance(one, bool | int | float | str):
        return one
    raise TypeError(type(one).__name__)


def _text(one):
    return json.dumps(one, ensure_ascii=False, allow_nan=False)


def _digest(content):
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# Reading ------------------------------------------------------------------------------


def load_model(path):
    """Read a model that was kept with `RelapseFit.save`.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    RelapseFit
        As it was fitted, without its rows: ``risk``, ``survival``, ``contributions``,
        ``hazard_ratios``, ``tidy`` and ``summary`` give the same numbers to the last digit.
        After ``penalty="firth"`` intervals of coefficients are kept for the level 0.95, and for
        those asked for before the fit was saved.

    Raises
    ------
    DataError
        If the file is not there, is not one of `RelapseFit.save`, is cut short, was changed, or
        was written in a newer form.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps, tempfile
    >>> spells = pd.DataFrame({"household_id": range(8), "origin": 2020, "entry": 0,
    ...                        "exit": [1, 2, 3, 3, 1, 1, 2, 3], "help": ["a"] * 4 + ["b"] * 4,
    ...                        "event": [1, 0, 1, 0, 1, 1, 1, 0]})
    >>> fit = ps.relapse_model("help", spells, baseline="constant")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     fit.save(f"{folder}/model.json")
    ...     kept = ps.load_model(f"{folder}/model.json")
    >>> kept == fit, kept.seen.until
    (True, 2023.0)
    """
    path = need_file(path, "the name that fit.save was given")
    content = _content(path)
    form = content.pop(_MARK)
    if not isinstance(form, int) or isinstance(form, bool) or form < 1:
        _refuse(path, _MARK, form, "The number of its form is no whole number.")
    if form > FORM:
        made = content.get("povstudy")
        raise DataError(
            f"This model was written by a newer povstudy: this one reads form {FORM}.",
            where=f"{path.name}, key {_MARK}", found=f"form {form}, povstudy {made}",
            remedy=f"update povstudy to {made} or later; this is {__version__}",
        )  # fmt: skip
    for key, kind in _KINDS.items():
        if key not in content:
            _refuse(path, key, None, "It lacks a key.")
        if not isinstance(content[key], kind) or (kind is int and isinstance(content[key], bool)):
            _refuse(path, key, content[key], "The value of a key is of another kind.")
    if content.pop("sha256") != _digest({_MARK: form, **content}):
        _refuse(path, "sha256", None, "It was changed after it was written.")
    try:
        fit = _fit(content)
        fit.summary()  # looks at parts that belong to no other
        return fit
    except DataError as error:
        _refuse(path, "formula", content["formula"], error.problem)
    except _ODD as error:
        _refuse(path, None, f"{type(error).__name__}: {error}", "Its parts do not belong together.")


def _content(path):
    """The object that a file holds; refused where it is none of ours, or cut short."""
    with path.open("rb") as file:
        ours = f'"{_MARK}"'.encode() in file.read(4096)
    if not ours:
        raise DataError("This file is no model that povstudy kept.", where=path, found=f"no key {_MARK}",
                        remedy="the file that fit.save('model.json') wrote")  # fmt: skip
    try:
        content = json.loads(path.read_text("utf-8-sig"), parse_constant=str)
    except UnicodeDecodeError as error:
        _refuse(path, None, f"byte {error.start}", "It is not in UTF-8.")
    except json.JSONDecodeError as error:
        at = f"line {error.lineno}, column {error.colno}"
        _refuse(path, None, at, "It is cut short or damaged there.")
    except (RecursionError, ValueError) as error:  # brackets without end, endless numbers
        _refuse(path, None, str(error), "It cannot be read.")
    if not isinstance(content, dict) or _MARK not in content:
        _refuse(path, _MARK, None, "It lacks a key.")
    return content


def _refuse(path, key, found, why):
    raise DataError(
        f"The file of this model is damaged. {why}",
        where=path.name if key is None else f"{path.name}, key {key}",
        found=None if found is None else repr(found)[:80], remedy=_AGAIN,
    ) from None  # fmt: skip


def _back(one):
    """Intervals as they were."""
    if isinstance(one, dict) and set(one) == {"left", "right", "closed"}:
        ends = (float(end) if isinstance(end, str) else end for end in (one["left"], one["right"]))
        return pd.Interval(*ends, closed=one["closed"])
    if isinstance(one, dict):
        return {name: _back(value) for name, value in one.items()}
    return [_back(value) for value in one] if isinstance(one, list) else one


def _numbers(one):
    return np.array(one, dtype=object).astype(float)


def _baseline(one):
    return Baseline(**{**one, "starts": tuple(one["starts"])})


def _fit(content):
    """The fit that a file tells."""
    terms, source, seen = content["terms"], content["source"], content["seen"]
    formula = Formula.relearned(content["formula"], _back(content["learned"]))
    params, size = _numbers(content["coefficients"]), (len(terms),) * 2
    covariance = {name: _numbers(one) for name, one in content["covariance"].items()}
    baseline = _baseline(content["baseline"])
    split, slopes = len(baseline.names), len(formula.names)
    good = (content["link"] in LINKS and covariance and params.shape == (len(terms),) and all(one.shape == size for one in covariance.values())
            and terms[: split + slopes] == [*baseline.names, *formula.names])  # fmt: skip
    if not good:
        raise ValueError("coefficients, covariance and terms differ")
    rival, profile = content["rival"], content["profile"]
    if rival is not None:
        error = rival["error"]
        rival = Rival(error=DataError(*error)) if error else Rival(
            _numbers(rival["coefficients"]), _numbers(rival["covariance"]), _baseline(rival["baseline"]))  # fmt: skip
    if profile is not None:
        ends = dict(zip(profile["levels"], map(_numbers, profile["ends"]), strict=True))
        profile = Profile(profile["top"], ends, _numbers(profile["p_values"]))
    numbers = {name: float(content[name]) for name in ("population", "df", "loglik")}
    return RelapseFit(
        params=pd.Series(params, index=terms, name="estimate"), baseline=baseline, formula=formula,
        **{**{name: content[name] for name in _PLAIN}, **numbers}, others=tuple(content["others"]),
        offset=content.get("offset"), source=None if source is None else Source(**source), rival=rival, profile=profile,
        frailty=content["frailty"] and Frailty(**{name: float(one) for name, one in content["frailty"].items()}),
        _covariance=covariance, _means=_numbers(content["means"]),
        seen=Seen(**{**seen, "units": tuple(seen["units"]),
                     "ranges": {name: tuple(ends) for name, ends in seen["ranges"].items()}}),
    )  # fmt: skip
