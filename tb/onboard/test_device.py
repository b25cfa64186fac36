"""The HCU behind its link, by `dre.host.hcu`, where nothing goes as it should."""

import pytest

from dre.host import Client
from dre.host.hcu import HCUDevice, Stuck
from dre.layouts import ChunkStatus
from onboard import simulated

pytestmark = pytest.mark.slow  # compiles the system


@pytest.fixture
def device():
    line, config = simulated.wires("icebreaker")
    found = HCUDevice(Client(line), config)
    found.start(Th_hd=1, max_clusters=256)
    return found


def clusters(device, number, before, words):
    return [token["cluster"] for token in device.chunk(number, before, words).tokens]


def test_a_chunk_and_the_next_one(device):
    assert clusters(device, 0, 0, [1, 2, 1]) == [0, 1, 0]
    assert clusters(device, 1, 2, [9, 2]) == [2, 1]
    found = device.counts()["hcu"]
    assert (found["chunks"], found["tokens"], found["founded"]) == (2, 5, 3)
    assert device.errors() == {}


def test_a_start_forgets_everything(device):
    assert clusters(device, 0, 0, [1, 2, 1]) == [0, 1, 0]
    device.start(Th_hd=33, max_clusters=256)
    assert clusters(device, 1, 0, [5, 2**32 - 1]) == [0, 0]
    assert device.counts()["hcu"]["chunks"] == 1


def test_what_is_wrong_with_a_chunk_is_said_and_stays_until_it_is_read(device):
    device.start(Th_hd=34, max_clusters=256)
    assert device.chunk(0, 0, [1]).trailer["status"] == ChunkStatus.BAD_CONFIG
    device.start(Th_hd=1, max_clusters=256)
    assert device.errors() == {}, "it was the HCU's, which has been reset"
    assert device.chunk(0, 3, [1]).trailer["status"] == ChunkStatus.OUT_OF_STEP
    assert device.errors() == {"hcu": {"table_out_of_step"}}
    assert device.errors() == {}
    assert clusters(device, 1, 0, [7]) == [0], "the next chunk is done right"


def test_a_cap_closes_a_cluster(device):
    device.start(Th_hd=1, max_clusters=256, cluster_cap=1)
    assert clusters(device, 0, 0, [1]) == [0]
    assert clusters(device, 1, 1, [1]) == [1]


def test_an_hcu_that_takes_nothing(device):
    device._put("control", 0)
    with pytest.raises(Stuck, match="4 beats of a chunk are not taken"):
        device.chunk(0, 0, [1, 2, 3])


def test_an_hcu_that_answers_nothing(device, monkeypatch):
    monkeypatch.setattr(device._client, "pop", lambda source: [])
    with pytest.raises(Stuck, match="a chunk is not answered after 0 of its beats"):
        device.chunk(0, 0, [1, 2, 3])
