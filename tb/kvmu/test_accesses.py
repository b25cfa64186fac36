"""The watch over accesses to the metadata sees one that does not stay."""

from types import SimpleNamespace

import pytest

from kvmu.accesses_kvmu import Accesses


class Port:
    """As much of a port as is read."""

    def __init__(self, text):
        self.text, self._handle = text, self

    def __len__(self):
        return len(self.text)

    def get_signal_val_binstr(self):
        return self.text


@pytest.fixture
def store():
    texts = {"en": "1", "done": "0", "write": "1", "address": "0101", "data": "1X0"}
    return SimpleNamespace(**{f"access__{name}": Port(text) for name, text in texts.items()})


@pytest.fixture
def watch(store):
    made = Accesses(SimpleNamespace(store=store), lambda: False)
    made.reset()
    made.observe(1)
    return made


def test_an_access_that_stays_until_it_is_done(store, watch):
    watch.observe(2)
    store.access__done.text = "1"
    watch.observe(3)
    store.access__done.text, store.access__address.text = "0", "1111"
    watch.observe(4)


def test_none_may_follow_one_that_is_done(store, watch):
    store.access__done.text = "1"
    watch.observe(2)
    store.access__en.text = "0"
    watch.observe(3)


@pytest.mark.parametrize(
    ("name", "text"), [("en", "0"), ("write", "0"), ("address", "0100"), ("data", "100")]
)
def test_one_that_changes_is_seen(store, watch, name, text):
    getattr(store, f"access__{name}").text = text
    with pytest.raises(AssertionError, match="has become"):
        watch.observe(2)


def test_a_unit_that_is_broken_leaves_it(store):
    watch = Accesses(SimpleNamespace(store=store), lambda: True)
    watch.observe(1)
    store.access__en.text = "0"
    watch.observe(2)


def test_reset_ends_it(store, watch):
    watch.reset()
    store.access__address.text = "1111"
    watch.observe(2)
