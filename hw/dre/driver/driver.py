"""Programs a DRE, and reads what it has done."""

from collections.abc import Iterator

from dre.core.register_map import CAUSES, HELD_COMMAND, REGIONS, UNITS
from dre.driver.access import Access
from dre.driver.result import CommandFailed, Result
from dre.kvmu.layouts import KVOp, KVStatus
from dre.layouts import NO_CAP, ScoreMode


class Driver(Access):
    """A DRE behind a `Port`; registers by their names, and errors of a wrong device: `Access`."""

    # -- running -----------------------------------------------------------------------------------

    def start(self, **bases: int) -> None:
        """Let it run, with memory from these pages of 4 KB on.

        Parameters
        ----------
        ring, area, far, store, table : int

        Raises
        ------
        ValueError
            If one is missing or too large.
        AccessRefused
            If it runs already.
        """
        if set(bases) != set(REGIONS):
            raise ValueError(
                f"bases must be {', '.join(REGIONS)}, not {', '.join(bases) or 'none'}"
            )
        most = 2**self.config.table.page_number - 1
        for region, page in bases.items():
            if not 0 <= page <= most:
                raise ValueError(f"{region} must be between 0 and {most}, not {page}")
            self.put(f"base_{region}", page=page & 0xFFFF_FFFF)
            if most >> 32:
                self.put(f"base_{region}_high", page=page >> 32)
        self.put("control", run=1)
        while not self.get("state")["running"]:
            self.port.wait()

    def stop(self) -> None:
        """Wait until nothing is under way, and hold it in reset: all contexts are forgotten."""
        self.put("control", run=1, quiesce=1)
        while not self.get("state")["drained"]:
            self.port.wait()
        self.put("control", run=0)

    def configure(
        self,
        *,
        Th_hd: int,
        TH: int,
        K: int,
        k: int,
        max_clusters: int | None = None,
        cluster_cap: int | None = None,
        all: bool = False,
        mode: ScoreMode = ScoreMode.EXP,
    ) -> None:
        """Thresholds and modes, for chunks whose headers come from now on (spec D16, D20, D40).

        ``max_clusters`` None: the build's; ``cluster_cap`` None: none.
        """
        clusters = self.config.max_clusters if max_clusters is None else max_clusters
        self.put("setting_Th_hd", Th_hd=Th_hd)
        self.put("setting_max_clusters", max_clusters=clusters)
        self.put("setting_cluster_cap", cluster_cap=NO_CAP if cluster_cap is None else cluster_cap)
        self.put("setting_threshold", TH=TH, all=all, mode=mode.value)
        self.put("setting_scale", K=K)
        self.put("setting_exponent", k=k)
        self.put("settings", take=1)

    # -- commands ----------------------------------------------------------------------------------

    def give(self, op: KVOp, context: int, chunk: int = 0, **more: int) -> None:
        """Give a command; its result comes in turn.

        Parameters
        ----------
        more : int
            ``tokens`` of GRANT; ``sink_tokens``, ``recent_tokens``, ``max_chunk``, ``held_back``
            and ``frames`` of INIT.

        Raises
        ------
        ValueError
            If there is no such field, or a value does not fit.
        AccessRefused
            If eight results wait or are to come.
        """
        known = {name for names in HELD_COMMAND.values() for name in names}
        for name in more:
            if name not in known:
                raise ValueError(f"field of a command must be one of {sorted(known)}, not {name!r}")
        for register, names in HELD_COMMAND.items():
            given = {name: more[name] for name in names if name in more}
            if given:
                self.put(register, **given)
        self.put("command", op=op.value, context=context, chunk=chunk)

    def result(self) -> Result:
        """Wait for the next result."""
        while not (found := self.get("result")).pop("waiting"):
            self.port.wait()
        named = self.get("result_of")
        self.put("result_take", take=1)
        return Result(
            op=KVOp(named["op"]),
            context=named["context"],
            chunk=named["chunk"],
            status=KVStatus(found["status"]),
            more=bool(found["more"]),
            count=found["count"],
        )

    def do(self, op: KVOp, context: int, chunk: int = 0, **more: int) -> Result:
        """Give a command and wait for its result; no other result may be to come.

        Raises
        ------
        CommandFailed
            If its status is not OK.
        """
        self.give(op, context, chunk, **more)
        result = self.result()
        if result.status != KVStatus.OK:
            raise CommandFailed(result)
        return result

    def begin(self, context: int, **limits: int) -> None:
        """A new context (INIT); ``limits`` as of `give`, all five."""
        self.do(KVOp.INIT, context, **limits)

    def free(self, context: int) -> None:
        """Forget a context."""
        self.do(KVOp.FREE, context)

    def chunk(self, context: int, number: int, tokens: int) -> Iterator[Result]:
        """A chunk, from the first grant to its end (spec D121).

        Its hash bits and scores must be on their way; each result that is given says that a part
        has been delivered, which is released when the next one is asked for. Keys and values must
        be in the granted slots when the last one is.

        Raises
        ------
        CommandFailed
            If a command's status is not OK; what came before holds.
        """
        self.do(KVOp.GRANT, context, number, tokens=tokens)
        part = self.do(KVOp.FETCH, context, number)
        yield part
        while part.more:
            part = self.do(KVOp.RELEASE, context, number)
            yield part
        self.do(KVOp.END, context, number)

    # -- what there is to know ---------------------------------------------------------------------

    def counts(self) -> dict[str, int]:
        """All counts of 64 bits, by name, taken together (spec D131)."""
        self.put("counting", take=1)
        while self.get("counting")["taking"]:
            self.port.wait()
        return {
            count.name: self.read_word(count.name) | self.read_word(count.name, 4) << 32
            for count in self.table.counts
        }

    def errors(self, clear: bool = False) -> dict[str, set[str]]:
        """Sticky bits that are set, by unit; ``clear``: those that are given are 0 afterwards."""
        found = {}
        for unit in UNITS:
            bits = {name: bit for name, bit in self.get(f"status_{unit}").items() if bit}
            if bits:
                found[unit] = set(bits)
                if clear:
                    self.put(f"status_{unit}", **bits)
        return found

    def enable(self, *causes: str) -> None:
        """Let just these causes raise the interrupt: result, room, error, broken.

        Raises
        ------
        ValueError
            If there is no such cause.
        """
        for cause in causes:
            if cause not in CAUSES:
                raise ValueError(f"cause must be one of {', '.join(CAUSES)}, not {cause!r}")
        self.put("interrupt_enable", **dict.fromkeys(causes, 1))
