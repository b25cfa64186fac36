"""What must have happened to a round of jobs, from the specification (section 14) alone.

Memories are plain bytes. What a peer did to a burst (its fate) is known; everything else follows.
"""

from collections import defaultdict, deque

OK, REFUSED, LINK_DOWN, READ_ERROR, TIMEOUT, WRITE_ERROR, UNACKNOWLEDGED = range(7)
NAMES = (
    *("ok", "refused", "link_down", "read_error", "timeout"),
    *("write_error", "unacknowledged"),
)
READ_STATUS = {
    "ok": OK,
    **dict.fromkeys(("slverr", "decerr", "short", "long"), READ_ERROR),
    **dict.fromkeys(("never", "late"), TIMEOUT),
}
WRITE_STATUS = {
    "ok": OK,
    **dict.fromkeys(("slverr", "decerr"), WRITE_ERROR),
    **dict.fromkeys(("never", "late"), UNACKNOWLEDGED),
}


def split(job, burst_bytes):
    """(source, target, bytes) of each burst of a job (D72), found byte by byte."""
    bursts, begin = [], 0
    for end in range(1, job["bytes"] + 1):
        edge = any((job[side] + end) % burst_bytes == 0 for side in ("source", "target"))
        if edge or end == job["bytes"]:
            bursts.append((job["source"] + begin, job["target"] + begin, end - begin))
            begin = end
    return bursts


def refused(build, memories, job):
    """Whether a job must be refused (D71); ``memories``: those of source and target."""
    if not 0 < job["bytes"] <= build.job_bytes:
        return True
    if any(job[field] % build.beat_bytes for field in ("source", "target", "bytes")):
        return True
    return any(
        not memory.space.holds(job[side], job["bytes"])
        for side, memory in zip(("source", "target"), memories, strict=True)
    )


class Round:
    """Jobs that are under way together, with sources and targets that do not overlap.

    Attributes
    ----------
    jobs : list of dict
    status : dict of int to int
        By the job's place in the list, once it has ended.
    """

    def __init__(self, build, jobs, source, target):
        self._build, self.jobs, self.source, self.target = build, jobs, source, target
        self._before = bytes(target.space.content)
        self._late = self._some_are_late()
        self._tagged = defaultdict(deque)
        for n, job in enumerate(jobs):
            self._tagged[job["tag"]].append(n)
        self.status, self.order = {}, []

    @property
    def over(self):
        return len(self.status) == len(self.jobs)

    @property
    def open(self):
        """Jobs that have not ended."""
        return len(self.jobs) - len(self.status)

    def ended(self, tag, status):
        """A job with this tag has ended: jobs of one tag do so in their order."""
        assert self._tagged[tag], f"tag {tag} has no job under way"
        number = self._tagged[tag].popleft()
        self.status[number] = status
        self.order.append(number)

    def judge(self, events):
        """Bursts, statuses, events and all of the target's bytes are what they must be."""
        reads = {burst.address: burst for burst in self.source.bursts}
        writes = {burst.address: burst for burst in self.target.bursts}
        assert len(reads) == len(self.source.bursts), "something was read twice"
        assert len(writes) == len(self.target.bursts), "something was written twice"
        asked, expected = len(reads), bytearray(self._before)
        for n, job in enumerate(self.jobs):
            status = self._follow(job, self.status[n], reads, writes, expected)
            assert self.status[n] == status, (
                f"job {job} ended with {NAMES[self.status[n]]}, not {NAMES[status]}"
            )
        assert not reads, f"read for nobody: {list(map(hex, reads))}"
        assert not writes, f"written for nobody: {list(map(hex, writes))}"
        self._compare(expected)
        for status, name in enumerate(NAMES):
            count = sum(found == status for found in self.status.values())
            assert events[name] == count, f"{name}: {events[name]} events, not {count}"
        assert events["bursts"] == asked, f"{events['bursts']} bursts, but {asked} requests"
        assert events["stray_beats"] == events["stray_writes"] == 0
        if not (self._late or self._some_are_late()):
            assert events["late_beats"] == events["late_writes"] == 0

    def _some_are_late(self):
        """Whether an answer may come after its burst has been given up."""
        return any(
            burst.fate in ("never", "late")
            for peer in (self.source, self.target)
            for burst in (*peer.bursts, *peer.waiting, *peer.withheld)
        )

    def _follow(self, job, told, reads, writes, expected):
        """Which status a job must have; its bursts are taken out, its bytes put into place."""
        if refused(self._build, (self.source, self.target), job):
            return REFUSED
        status, size, ended = OK, self._build.beat_bytes, False
        may_end = self._some_are_late()
        for source, target, count in split(job, self._build.burst_bytes):
            read, write = reads.pop(source, None), writes.pop(target, None)
            assert read is None or not ended, f"{source:#x} was read, but not what is before it"
            if read is None:
                ended = True
                assert may_end, f"{source:#x} was not read"
                assert told >= LINK_DOWN, f"{source:#x} was not read, and nothing was said"
                assert write is None, f"{target:#x} was written, but not read"
                status = max(status, LINK_DOWN)
                continue
            assert read.beats * size == count, f"{read.beats} beats at {source:#x}, not {count}"
            status = max(status, READ_STATUS[read.fate])
            if READ_STATUS[read.fate] != OK:
                assert write is None, f"{target:#x} was written: {read.fate}"
                continue
            assert write is not None, f"{target:#x} was not written"
            assert write.beats * size == count, f"{write.beats} beats at {target:#x}, not {count}"
            status = max(status, WRITE_STATUS[write.fate])
            if write.applied:
                end = target - self.target.space.base
                expected[end : end + count] = self.source.space.load(source, count)
        return status

    def each_burst_is_old_or_new(self):
        """What D75 leaves open, and no more: burst by burst, bytes of the source or as before."""
        allowed = bytearray(self._before)
        for job in self.jobs:
            for source, target, count in split(job, self._build.burst_bytes):
                end, new = target - self.target.space.base, self.source.space.load(source, count)
                if self.target.space.load(target, count) == new:
                    allowed[end : end + count] = new
        self._compare(allowed)

    def _compare(self, expected):
        space = self.target.space
        if space.content == expected:
            return
        wrong = [n for n, byte in enumerate(expected) if space.content[n] != byte]
        raise AssertionError(f"{len(wrong)} bytes differ, the first at {space.base + wrong[0]:#x}")
