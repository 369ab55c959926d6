"""Rules of the official exits: limits, and the composite incidence of a county."""

import numpy as np

from ..base.checks import mean, nearest
from ..base.errors import DataError

# Exit rule of the State Council poverty office: composite incidence below 2 % in the Centre
# (and East), below 3 % in the West.
LIMITS = {"East": 2.0, "Central": 2.0, "West": 3.0}
REGIONS = {"东部": "East", "中部": "Central", "西部": "West"}


def composite_incidence(remaining, omitted, wrong_exit, rural_population, region):
    """Composite poverty incidence of a county, against the limit for its exit.

    Parameters
    ----------
    remaining, omitted, wrong_exit : float
        Persons left in the register, persons omitted, persons wrongly exited.
    rural_population : float
        Rural registered persons.
    region : {"East", "Central", "West"}
        Which limit holds; 东部, 中部, 西部 will do.

    Returns
    -------
    dict
        ``composite_percent``, ``limit_percent`` and ``point_passes``: whether the point
        value is below the limit. It has no error: of a sample, it is no verdict.

    References
    ----------
    Exit rules of the State Council Leading Group Office of Poverty Alleviation and
    Development, 2016: (remaining + omitted + wrongly exited) / rural registered persons.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.composite_incidence(1500, 60, 40, 100_000, "West")
    {'composite_percent': 1.6, 'limit_percent': 3.0, 'point_passes': True}
    """
    region = REGIONS.get(region, region)
    if region not in LIMITS:
        near = nearest(region, [*LIMITS, *REGIONS])
        raise DataError(f"There is no limit for this region.{mean(near)}", found=region,
                        remedy=f"region={near!r}" if near else "one of East, Central, West")  # fmt: skip
    numbers = {"remaining": remaining, "omitted": omitted, "wrong_exit": wrong_exit}
    bad = [name for name, one in numbers.items() if not one >= 0]
    if bad or not 0 < rural_population < np.inf or sum(numbers.values()) > rural_population:
        raise DataError("Persons are counts within the rural population.",
                        where=", ".join(bad) or "rural_population",
                        found=f"{numbers}, of {rural_population}", remedy="look the counts up")  # fmt: skip
    percent = sum(numbers.values()) / rural_population * 100
    return {
        "composite_percent": percent,
        "limit_percent": LIMITS[region],
        "point_passes": percent < LIMITS[region],
    }
