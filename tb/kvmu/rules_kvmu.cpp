// Masters that break a rule of AXI4 or of the specification, in front of the memories of a replay:
// what is said of each. `rules_kvmu NAME` prints it, or "nothing" of a master that breaks none.
#include <cstdio>
#include <functional>
#include <map>

#include "peers_kvmu.h"

namespace {

constexpr unsigned BITS = 64, BEATS = 4;

// The signals of a port, as a compiled model has them.
struct Wires {
    uint8_t arvalid, arready, arid, arlen, arsize, arburst, arcache, arprot;
    uint8_t rvalid, rready, rid, rresp, rlast;
    uint8_t awvalid, awready, awid, awlen, awsize, awburst, awcache, awprot;
    uint8_t wvalid, wready, wstrb, wlast, bvalid, bready, bid, bresp;
    uint64_t araddr, awaddr, rdata, wdata;
};

#define WIRE(name) \
    static auto& name(Wires& wires) { return wires.name; }
struct Port {
    WIRE(arvalid) WIRE(arready) WIRE(arid) WIRE(araddr) WIRE(arlen) WIRE(arsize) WIRE(arburst)
    WIRE(arcache) WIRE(arprot) WIRE(rvalid) WIRE(rready) WIRE(rid) WIRE(rdata) WIRE(rresp)
    WIRE(rlast) WIRE(awvalid) WIRE(awready) WIRE(awid) WIRE(awaddr) WIRE(awlen) WIRE(awsize)
    WIRE(awburst) WIRE(awcache) WIRE(awprot) WIRE(wvalid) WIRE(wready) WIRE(wdata) WIRE(wstrb)
    WIRE(wlast) WIRE(bvalid) WIRE(bready) WIRE(bid) WIRE(bresp)
};
#undef WIRE

using Reads = memory::ReadPeer<Port, BITS, Wires>;
using Writes = memory::WritePeer<Port, BITS, Wires>;

// A master in front of memories that take everything at once, or nothing, and answer never.
struct Bench {
    Wires wires{};
    memory::Space space;
    memory::Bus bus{"far", BITS / 8, BEATS * BITS / 8, 2, false, true, 0};
    Reads reads{wires, bus, space, 1, [](const memory::Burst&) { return memory::WELL; }};
    Writes writes{wires, bus, space, 2, [](const memory::Burst&) { return memory::WELL; }};
    uint64_t now = 0;

    Bench() {
        space.add(0x10000, std::vector<uint8_t>(8192));
        reads.habits.answer = writes.habits.answer = 0;
        wires.arsize = wires.awsize = 3;
        wires.arburst = wires.awburst = 1;
        wires.araddr = wires.awaddr = 0x10000;
        wires.arlen = wires.awlen = BEATS - 1;
        wires.wstrb = 0xFF;
    }

    void step() {
        ++now;
        reads.drive(now);
        writes.drive(now);
        reads.observe(now);
        writes.observe(now);
    }

    void read() { wires.arvalid = 1, step(), wires.arvalid = 0; }
    void address() { wires.awvalid = 1, step(), wires.awvalid = 0; }
    void word(bool last = false) { wires.wvalid = 1, wires.wlast = last, step(), wires.wvalid = 0; }
    void block() { reads.habits.address = writes.habits.address = writes.habits.data = 0; }
    void write() {
        address();
        for (unsigned n = 0; n < BEATS; ++n) word(n + 1 == BEATS);
    }
};

const std::map<std::string, std::function<void(Bench&)>> MASTERS = {
    {"well", [](Bench& b) { b.read(), b.write(), b.step(); }},
    {"narrow", [](Bench& b) { b.wires.arsize = 2, b.read(); }},
    {"wrapping", [](Bench& b) { b.wires.awburst = 2, b.address(); }},
    {"within a beat", [](Bench& b) { b.wires.araddr += 4, b.read(); }},
    {"long", [](Bench& b) { b.wires.arlen = BEATS, b.read(); }},
    {"page", [](Bench& b) { b.wires.awaddr = 0x10FF0, b.address(); }},
    {"large ID", [](Bench& b) { b.wires.arid = 2, b.read(); }},
    {"ID twice", [](Bench& b) { b.read(), b.wires.araddr += 64, b.read(); }},
    {"outside", [](Bench& b) { b.wires.araddr = 0x12000, b.read(); }},
    {"before", [](Bench& b) { b.wires.awaddr = 0xFFE0, b.address(); }},
    {"withdrawn", [](Bench& b) { b.block(), b.read(), b.step(); }},
    {"changed", [](Bench& b) { b.block(), b.address(), b.wires.awcache = 1, b.address(); }},
    {"word withdrawn",
     [](Bench& b) { b.address(), b.block(), b.word(), b.step(); }},
    {"word changed",
     [](Bench& b) { b.address(), b.block(), b.word(), b.wires.wdata = 1, b.word(); }},
    {"pause", [](Bench& b) { b.address(), b.word(), b.step(); }},
    {"early word", [](Bench& b) { b.word(); }},
    {"part of a beat", [](Bench& b) { b.wires.wstrb = 0xF7, b.address(), b.word(); }},
    {"early last", [](Bench& b) { b.address(), b.word(true); }},
    {"no last",
     [](Bench& b) {
         b.address();
         for (unsigned n = 0; n < BEATS; ++n) b.word();
     }},
    {"not apart",
     [](Bench& b) { b.write(), b.wires.awid = 1, b.wires.awaddr += 24, b.address(); }},
};

}  // namespace

int main(int, char** arguments) {
    Bench bench;
    try {
        MASTERS.at(arguments[1])(bench);
    } catch (const replay::Fault& fault) {
        std::puts(fault.what());
        return 0;
    }
    std::puts("nothing");
}
