"""Holds every beat that leaves the DRE to the golden models, every byte to what was appended."""

from core.build_core import BUILD
from core.near_memory import PAGE_BYTES
from dre.layouts import ChunkStatus
from wtu.golden import masks


class Judge:
    """Part of `core.scene_core.Scene`: what is made of each beat."""

    def _note_grant(self, beat):
        made = next(one for one in self.pending if one.granted < len(one.grants))
        assert beat["address"] == made.grants[made.granted]
        key = made.command["context"], made.first + made.granted
        self.slots[key] = beat["address"]
        self.near.store(beat["address"], self.entries[key])
        made.granted += 1

    def _note_delivery(self, beat):
        made = next(one for one in self.pending if one.told < one.beats)
        context, number = made.command["context"], made.told
        made.told += 1
        assert beat["first"] == (number == 0)
        assert beat["last"] == (made.told == made.beats)
        if beat["first"]:
            header = {name: made.command[name] for name in ("context", "chunk")}
            assert beat["data"]["header"] == header
        elif beat["last"]:
            assert beat["data"]["trailer"] == made.trailer
        else:
            token, address = made.delivered[number - 1]
            assert beat["data"]["token"] == {"token": token, "address": address}
            found = self.near.load(address, BUILD.entry_bytes)
            assert found == self.entries[context, token], f"token {token} is another one"
            self.delivered[context][token] = found
            self.seen["delivered"] += 1

    def _note_result(self, result):
        made = self.pending.popleft()
        assert result == made.result, f"{result}, not {made.result} of {made.command}"
        assert made.granted == len(made.grants)
        assert made.told == made.beats
        context = made.command["context"]
        for page, tokens in made.written:
            right = b"".join(self.entries[context, token] for token in tokens)
            address = self.far.base + page * PAGE_BYTES
            assert self.far.load(address, PAGE_BYTES) == right, f"page {page} is another one"
        self.seen["pages written"] += len(made.written)
        self.seen["pages read"] += made.counts["pages_read"]
        self.seen["pages hit"] += made.counts["pages_hit"]
        self.seen["parts"] += made.counts["parts"]

    def _note_assignment(self, beat):
        work, fails = self.clustering[0]
        number = work.seen["assignments"] = work.seen.get("assignments", -1) + 1
        tokens = [] if fails else work.expected_tokens
        assert beat["first"] == (number == 0)
        assert beat["last"] == (number == len(tokens) + 1)
        if beat["first"]:
            assert beat["data"]["header"] == self._header(work) | {"tokens": len(work.words)}
        elif beat["last"]:
            lost = {"clusters": work.known, "status": ChunkStatus.OUT_OF_STEP.value}
            assert beat["data"]["trailer"] == (lost if fails else work.trailer)
            self.plain.apply(work.context, tokens)
            self.clustering.popleft()
            del work.seen["assignments"]
            work.seen["clustered"] = self.cycles.now
        else:
            assert beat["data"]["token"] == tokens[number - 1]
            self.seen["assigned"] += 1

    def _note_row(self, beat):
        work, row = self.thresholding[0]
        number = work.seen["row"] = work.seen.get("row", -1) + 1
        golden = work.rows[row]
        expected = masks(golden.selected, BUILD.lanes)
        assert beat["first"] == (number == 0)
        assert beat["last"] == (number == len(expected) + 1)
        if beat["first"]:
            assert beat["data"]["header"] == self._header(work) | {"row": row}
        elif beat["last"]:
            assert beat["data"]["trailer"] == golden.trailer, f"row {row} of {self._header(work)}"
            work.seen["row"] = -1
            work.seen["thresholded"] = self.cycles.now
            self.thresholding.popleft()
            self.seen["rows"] += 1
        else:
            assert beat["data"]["mask"] == expected[number - 1]

    @staticmethod
    def _header(work):
        return {"context": work.context, "chunk": work.number, "clusters": work.known}
