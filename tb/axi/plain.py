"""A memory for Amaranth's own simulator: takes everything at once and answers in order."""

from collections import deque


def serve_reads(port, content=None):
    """A testbench for channels AR and R; ``content``: words by address, else nothing is given."""

    async def read(ctx):
        ctx.set(port.arready, 1)
        beats = deque()
        looked = ctx.tick().sample(
            port.arvalid, port.arid, port.araddr, port.arlen, port.rready, port.arsize
        )
        async for _, _, asked, identity, address, length, ready, size in looked:
            if beats and ready:
                beats.popleft()
            if asked:
                for n in range(length + 1):
                    beats.append((identity, address + (n << size), n == length))
            ctx.set(port.rvalid, bool(beats))
            if beats:
                identity, address, last = beats[0]
                ctx.set(port.rid, identity)
                ctx.set(port.rlast, last)
                if content is not None:
                    ctx.set(port.rdata, content[address])

    return read


def serve_writes(port, content=None):
    """A testbench for channels AW, W and B; words go to ``content``, if there is one."""

    async def write(ctx):
        ctx.set(port.awready, 1)
        ctx.set(port.wready, 1)
        open_bursts = deque()
        looked = ctx.tick().sample(
            *(port.awvalid, port.awid, port.awaddr, port.awsize),
            *(port.wvalid, port.wdata, port.wlast),
        )
        async for _, _, asked, identity, address, size, word, data, last in looked:
            if asked:
                open_bursts.append([identity, address, size])
            if word and content is not None:
                content[open_bursts[0][1]] = data
                open_bursts[0][1] += 1 << open_bursts[0][2]
            ends = word and last
            ctx.set(port.bvalid, ends)
            if ends:
                ctx.set(port.bid, open_bursts.popleft()[0])

    return write
