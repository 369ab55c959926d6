"""Tables to be read: numbers in, words of one language out."""

from ..base.lazy import lazy

_MODULES = {
    "records": "essay_check identities implied_population world_bank_check programme_ratios "
    "register_review",
    "evidence": "claims evidence_table",
    "estimates": "estimates_table published_check verdicts",
    "plain": "plain_table",
    "sidebyside": "model_table",
    "simulated": "mechanisms parameters calibration",
}  # fmt: skip
__all__, __getattr__, __dir__ = lazy(globals(), _MODULES)
