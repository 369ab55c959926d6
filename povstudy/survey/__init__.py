"""A table with its design: sums become estimates, and the design gives their variance."""

from ..base.lazy import lazy

_MODULES = {
    "survey": "Survey",
    "design": "Replicates",
    "shares": "proportion_interval",
    "quotients": "fieller",
    "together.imputations": "combine_imputations",
    "items": "scale_score",
    "groups.levels": "share",
    "groups.columns": "describe_columns",
    "groups.places": "quantile_group poorest_in",
    "groups.villages": "intraclass_correlation",
    "models.regression": "regress",
    "together.areas": "fay_herriot",
}  # fmt: skip
__all__, __getattr__, __dir__ = lazy(globals(), _MODULES)
