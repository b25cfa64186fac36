# amaranth: UnusedElaboratable=no
"""Build parameters of the link, and that both sides of it use the same numbers."""

import pytest
from amaranth.lib import data

from dre.host import Client, NoAnswer, client, codec
from dre.link import Link, LinkConfig, config

BEAT = data.StructLayout({"a": 8})


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"divisor": 3}, ValueError, "divisor must be between 4 and 65535, not 3"),
        ({"divisor": "9"}, TypeError, "divisor must be an int, not '9'"),
        ({"address_bits": 17}, ValueError, "address_bits must be between 2 and 16, not 17"),
        ({"depth": 8}, ValueError, "depth must be between 16 and 4096, not 8"),
        ({"timeout": 1}, ValueError, "timeout must be between 16 and 65536, not 1"),
        (
            {"sinks": {str(n): BEAT for n in range(17)}},
            ValueError,
            "number of sinks must be between 0 and 16, not 17",
        ),
        ({"sources": {"a": 8}}, TypeError, "sources must have layouts, not 8"),
        (
            {"sources": {"rows": data.StructLayout({"a": 2_000})}},
            ValueError,
            "bytes of a beat of rows must be between 1 and 248, not 250",
        ),
    ],
)
def test_bad_parameters(parameters, error, message):
    with pytest.raises(error, match=message):
        LinkConfig(**{"divisor": 8, **parameters})


def test_a_link_takes_a_config():
    with pytest.raises(TypeError, match="config must be a LinkConfig, not 8"):
        Link(8)


def test_a_link_without_streams_is_one():
    from link.wires import verilog_of

    assert "module device" in verilog_of(Link(LinkConfig(divisor=8)))


def test_both_sides_have_the_same_numbers():
    """They are written twice: what is held together here is not shared anywhere else."""
    assert (codec.LEAST_BYTES, codec.MOST_BYTES) == (config.LEAST_BYTES, config.MOST_BYTES)
    assert (client.MAGIC, client.VERSION) == (config.MAGIC, config.VERSION)
    for kind, names in (
        (config.Code, ("IDENTIFY", "READ", "WRITE", "PUSH", "POP")),
        (config.Status, ("OK", "REFUSED", "SILENT", "BAD_COMMAND")),
    ):
        assert [kind[name].value for name in names] == [getattr(client, name) for name in names]
    assert config.Status.LINE.value == client.FIRST_BAD_FRAME


class Says:
    """A line behind which somebody says always the same."""

    def __init__(self, content):
        self._frame = codec.encode(content)[:-1]

    def send(self, data):
        """Nobody listens."""

    def receive(self):
        return self._frame

    def drain(self):
        """There is nothing."""


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"\0VRXL\2\0\0\0", ValueError, "version of the link must be 1, not 2"),
        (b"\0VRXX\1\0\0\0", NoAnswer, "it must say VRXL, not b'VRXX"),
        (b"\0VRXL\1\0", NoAnswer, "it must say VRXL, not b'VRXL"),
        (b"\0VRXL\1\2\1\4\4\0", NoAnswer, "it must name 3 streams, not 2"),
    ],
)
def test_another_device(content, error, message):
    with pytest.raises(error, match=message):
        Client(Says(content))
