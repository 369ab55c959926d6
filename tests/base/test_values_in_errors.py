"""A value in an error is shown as it is written, without the name of its type."""

import numpy as np
import pytest

from povstudy.base.errors import DataError


@pytest.mark.parametrize(
    ("value", "shown"),
    [(np.int64(3), "3"), (np.float64("inf"), "inf"), (np.bool_(True), "True"), (np.str_("甲 (a)"), "'甲 (a)'")],
)  # fmt: skip
def test_types_of_numpy_are_left_out(value, shown):
    error = DataError("No.", where=f"arm {value!r}", found=repr(value), remedy=f"base={value!r}")
    assert (error.where, error.found, error.remedy) == (f"arm {shown}", shown, f"base={shown}")
    code = "lines=np.linspace(1000, 5000, 41)"
    assert DataError("No.", remedy=code).remedy == code
