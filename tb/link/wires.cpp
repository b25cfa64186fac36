// A device behind two wires, compiled by Verilator, for Python: bytes in, bytes out.
// The model is Vdevice: clk, rst, rx, tx. DIVISOR is the cycles of a bit.
#include <cstdint>
#include <deque>
#include <memory>

#include "Vdevice.h"
#include "verilated.h"

namespace {

constexpr int BITS = 10;  // of a byte: start, eight, stop

struct Wires {
    VerilatedContext context;
    Vdevice model{&context};
    std::deque<uint8_t> to_send, levels;  // bytes; or the wire itself, a cycle each
    std::deque<uint8_t> come;
    uint64_t cycles = 0, bad_stops = 0;
    int sending = 0, sent_cycles = 0, frame = 0;
    int receiving = 0, wait = 0, byte = 0;

    void clock() {
        model.clk = 0;
        model.eval();
        model.clk = 1;
        model.eval();
        ++cycles;
    }

    void drive() {
        model.rx = 1;
        if (!levels.empty()) {
            model.rx = levels.front();
            levels.pop_front();
            return;
        }
        if (!sending && !to_send.empty()) {
            frame = 0x200 | to_send.front() << 1;
            to_send.pop_front();
            sending = BITS;
            sent_cycles = 0;
        }
        if (sending) {
            model.rx = frame & 1;
            if (++sent_cycles == DIVISOR) {
                sent_cycles = 0;
                frame >>= 1;
                --sending;
            }
        }
    }

    void listen() {
        if (!receiving) {
            if (!model.tx) receiving = BITS, wait = DIVISOR / 2;
            return;
        }
        if (--wait > 0) return;
        wait = DIVISOR;
        --receiving;
        if (receiving == BITS - 1) return;  // the start bit
        if (receiving) byte = byte >> 1 | model.tx << 7;
        else if (model.tx) come.push_back(uint8_t(byte));
        else ++bad_stops;
    }

    bool step() {  // whether something has come
        const auto before = come.size();
        drive();
        clock();
        listen();
        return come.size() != before;
    }
};

}  // namespace

extern "C" {

Wires* wires_new() {
    auto* wires = new Wires;
    wires->model.rst = 1;
    for (int n = 0; n < 4; ++n) wires->drive(), wires->clock();
    wires->model.rst = 0;
    return wires;
}

void wires_delete(Wires* wires) { delete wires; }

void wires_reset(Wires* wires) {
    wires->model.rst = 1;
    for (int n = 0; n < 4; ++n) wires->step();
    wires->model.rst = 0;
}

void wires_send(Wires* wires, const uint8_t* bytes, uint32_t count) {
    wires->to_send.insert(wires->to_send.end(), bytes, bytes + count);
}

// The wire is at a level for so many cycles, before whatever is still to be sent.
void wires_level(Wires* wires, int level, uint32_t cycles) {
    wires->levels.insert(wires->levels.end(), cycles, uint8_t(level));
}

// Up to so many cycles; ends when a zero comes.
void wires_run(Wires* wires, uint64_t cycles) {
    for (uint64_t n = 0; n < cycles; ++n)
        if (wires->step() && wires->come.back() == 0) return;
}

uint32_t wires_come(Wires* wires) { return uint32_t(wires->come.size()); }

uint8_t wires_take(Wires* wires) {
    const uint8_t byte = wires->come.front();
    wires->come.pop_front();
    return byte;
}

uint64_t wires_cycles(Wires* wires) { return wires->cycles; }
uint64_t wires_bad_stops(Wires* wires) { return wires->bad_stops; }
}
