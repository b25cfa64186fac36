"""checks: what passes, and the wording of every message."""

import ml_dtypes
import numpy as np
import pytest

from resv import checks

BF16 = ml_dtypes.bfloat16


def test_good_values_come_back_as_plain_python():
    assert checks.integer("n", np.uint8(7), 0, 7) == 7
    assert type(checks.integer("n", np.int64(7))) is int
    assert checks.integer("n", -(10**30)) == -(10**30)
    assert type(checks.real("x", np.float32(0.5), 0, 1)) is float
    assert checks.real("x", 3) == 3.0
    assert checks.flag("f", np.True_) is True
    assert checks.text("t", "a") == "a"
    assert checks.one_of("mode", "exp", ("exp", "weight")) == "exp"


@pytest.mark.parametrize(
    ("check", "error", "message"),
    [
        (lambda: checks.integer("n", True), TypeError, "n must be an integer, not True"),
        (lambda: checks.integer("n", 1.0), TypeError, "n must be an integer, not float"),
        (lambda: checks.integer("n", "1"), TypeError, "n must be an integer, not str"),
        (lambda: checks.integer("n", None), TypeError, "n must be an integer, not NoneType"),
        (lambda: checks.integer("n", 0, 1, 8), ValueError, "n must be between 1 and 8, not 0"),
        (lambda: checks.integer("n", 9, 1, 8), ValueError, "n must be between 1 and 8, not 9"),
        (lambda: checks.integer("n", 0, 1), ValueError, "n must be at least 1, not 0"),
        (lambda: checks.integer("n", 9, high=8), ValueError, "n must be at most 8, not 9"),
        (lambda: checks.real("x", False), TypeError, "x must be a number, not bool"),
        (lambda: checks.real("x", "1"), TypeError, "x must be a number, not str"),
        (lambda: checks.real("x", float("nan")), ValueError, "x must be finite, not nan"),
        (lambda: checks.real("x", np.inf), ValueError, "x must be finite, not inf"),
        (
            lambda: checks.real("x", 1.5, 0, 1),
            ValueError,
            "x must be between 0 and 1, not 1.5",
        ),
        (lambda: checks.flag("f", 1), TypeError, "f must be True or False, not 1"),
        (lambda: checks.text("t", 1), TypeError, "t must be a text, not int"),
        (lambda: checks.text("t", ""), ValueError, "t must not be empty, not ''"),
        (
            lambda: checks.one_of("m", "x", ("exp", "weight")),
            ValueError,
            "m must be one of 'exp', 'weight', not 'x'",
        ),
        (
            lambda: checks.one_of("m", 1, ("exp", "weight")),
            TypeError,
            "m must be one of 'exp', 'weight', not int",
        ),
        (
            lambda: checks.array("a", [1], np.uint32, (1,)),
            TypeError,
            "a must be a uint32 array, not list",
        ),
        (
            lambda: checks.array("a", 1, np.int32, (1,)),
            TypeError,
            "a must be an int32 array, not int",
        ),
        (
            lambda: checks.array("a", np.zeros(1, np.float32), BF16, (1,)),
            TypeError,
            "a must be a bfloat16 array, not float32",
        ),
        (
            lambda: checks.array("a", np.zeros((2, 3), np.uint8), np.uint8, ("T", 4)),
            ValueError,
            "a must have shape [T, 4], not [2, 3]",
        ),
        (
            lambda: checks.array("a", np.zeros((2, 3), np.uint8), np.uint8, ("T", "T")),
            ValueError,
            "a must have shape [T, T], not [2, 3]",
        ),
        (
            lambda: checks.array("a", np.zeros((0, 3), np.uint8), np.uint8, ("T", None)),
            ValueError,
            "a must have shape [T, any], not [0, 3]",
        ),
        (
            lambda: checks.array("a", np.zeros(3, np.uint8), np.uint8, ("T", None)),
            ValueError,
            "a must have shape [T, any], not [3]",
        ),
        (
            lambda: checks.integers("a", [1], (1,), 0),
            TypeError,
            "a must be an integer array, not list",
        ),
        (
            lambda: checks.integers("a", np.zeros(1), (1,), 0),
            TypeError,
            "a must be an integer array, not float64",
        ),
        (
            lambda: checks.integers("a", np.zeros(1, int), (2,), 0),
            ValueError,
            "a must have shape [2], not [1]",
        ),
        (
            lambda: checks.integers("a", np.array([2, 1, -1, -2]), (4,), 0),
            ValueError,
            "a must be at least 0, not -1",
        ),
        (
            lambda: checks.integers("a", np.array([3, 9, 2], np.uint8), (None,), 3, 8),
            ValueError,
            "a must be between 3 and 8, not 9",
        ),
        (
            lambda: checks.finite("a", np.array([[0, 1], [np.nan, np.inf]])),
            ValueError,
            "a must be finite everywhere, not nan at [1, 0]",
        ),
        (
            lambda: checks.finite("a", np.array([0, -np.inf], BF16)),
            ValueError,
            "a must be finite everywhere, not -inf at [1]",
        ),
    ],
)
def test_every_message(check, error, message):
    with pytest.raises(error) as caught:
        check()
    assert str(caught.value) == message


def test_arrays_that_fit_come_back_themselves():
    a = np.zeros((2, 3, 0), BF16)
    assert checks.array("a", a, BF16, ("T", 3, None)) is a
    square = np.zeros((4, 4), np.uint8)
    assert checks.array("a", square, np.uint8, ("T", "T")) is square
    assert checks.finite("a", a) is a
    limits = np.array([3, 8], np.uint8)
    assert checks.integers("a", limits, ("T",), 3, 8) is limits


def test_the_other_byte_order_is_another_dtype():
    with pytest.raises(TypeError, match="a must be a uint32 array"):
        checks.array("a", np.zeros(1, ">u4"), "<u4", (1,))
