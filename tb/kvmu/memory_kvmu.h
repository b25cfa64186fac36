// A memory at a port of the KVMU: bursts that were asked for, when they are due, and what becomes of
// them. The same in Python: tb/axi/.
#pragma once

#include <algorithm>
#include <functional>
#include <list>
#include <string>
#include <vector>

#include "space_kvmu.h"

namespace memory {

constexpr unsigned OVERTAKING = 6;  // bursts that may overtake each other; else one waits for ever

enum Fate : uint8_t { WELL, SLVERR, DECERR, SHORT, LONG, LATE };
enum Order : uint32_t { IN_ORDER, REORDERED, INTERLEAVED };

// How a memory behaves; how often it is willing in 65,536ths.
struct Habits {
    uint32_t least_latency = 0, most_latency = 3, order = IN_ORDER;
    uint32_t address = 65536, data = 65536, answer = 65536;
};

// What bounds a burst at a port.
struct Bus {
    const char* name;
    unsigned beat_bytes, burst_bytes, ids;
    bool one_id;  // answers must be in order
    bool apart;   // nothing may be written where a write has not been answered (D86)
    uint64_t late_cycles;
};

struct Burst {
    uint32_t id = 0;
    uint64_t address = 0;
    unsigned beats = 0, moved = 0, length = 0;
    uint64_t due = 0;
    Fate fate = WELL;
    bool applied = false;
};

using FateOf = std::function<Fate(const Burst&)>;

// What both ends have in common: bursts that were asked for, and when they are due.
class Memory {
public:
    Habits habits;

    Memory(const Bus& bus, Space& space, uint64_t seed, FateOf fate_of)
        : bus_(bus), space_(space), random_(seed), fate_of_(std::move(fate_of)) {}

    // Bursts that have been asked for and have not ended.
    unsigned under_way() const { return under_way_; }
    const char* name() const { return bus_.name; }

protected:
    bool willing(uint32_t often) { return random_.next() >> 48 < often; }
    unsigned below(uint64_t limit) { return static_cast<unsigned>((random_.next() >> 16) % limit); }

    // A request that has just been taken, if it may be.
    Burst admit(uint32_t id, uint64_t address, unsigned beats, unsigned size, unsigned kind) {
        const auto insist = [&](bool right, const std::string& wrong) {
            if (!right) throw Fault(std::string(bus_.name) + ": " + wrong + " at " + hex(address));
        };
        const uint64_t bytes = uint64_t{beats} * bus_.beat_bytes;
        insist(1u << size == bus_.beat_bytes, "a narrow burst");
        insist(kind == 1, "a burst that does not increment");
        insist(address % bus_.beat_bytes == 0, "an address within a beat");
        insist(bytes <= bus_.burst_bytes, "a burst of " + std::to_string(bytes) + " bytes");
        insist(address / PAGE_BYTES == (address + bytes - 1) / PAGE_BYTES, "a page is crossed");
        insist(id < bus_.ids, "ID " + std::to_string(id));
        insist(bus_.one_id || !used_[id], "ID " + std::to_string(id) + " has a burst already");
        used_[id] = true;
        ++under_way_;
        space_.at(address, bytes);
        Burst burst;
        burst.id = id, burst.address = address, burst.beats = burst.length = beats;
        burst.fate = fate_of_(burst);
        if (burst.fate == SHORT) burst.length = 1 + below(std::max(1u, beats - 1));
        if (burst.fate == SHORT && burst.length == beats) burst.fate = LONG;
        if (burst.fate == LONG) burst.length = beats + 1 + below(3);
        return burst;
    }

    void schedule(Burst burst, uint64_t now) {
        burst.due = now + habits.least_latency +
                    below(habits.most_latency - habits.least_latency + uint64_t{1});
        if (burst.fate == LATE) burst.due += bus_.late_cycles;
        waiting_.push_back(burst);
    }

    // The burst that answers next, or nullptr.
    Burst* choose(uint64_t now, Burst* begun) {
        std::vector<Burst*> due;
        Burst* timely = nullptr;  // in order nobody waits for a late one
        for (Burst& burst : waiting_) {
            if (burst.fate != LATE && !timely) timely = &burst;
            const bool any = habits.order != IN_ORDER && !bus_.one_id;
            const bool turn = any || burst.fate == LATE || &burst == timely;
            if (burst.due > now || !turn) continue;
            if (&burst == begun && habits.order != INTERLEAVED) return begun;
            due.push_back(&burst);
        }
        return due.empty() ? nullptr : due[below(std::min<size_t>(due.size(), OVERTAKING))];
    }

    void end(Burst* burst) {
        used_[burst->id] = false;
        --under_way_;
        waiting_.remove_if([burst](const Burst& one) { return &one == burst; });
    }

    static unsigned response(Fate fate) { return fate == SLVERR ? 2 : fate == DECERR ? 3 : 0; }

    const Bus bus_;
    Space& space_;
    replay::Random random_;
    std::list<Burst> waiting_;

private:
    FateOf fate_of_;
    unsigned under_way_ = 0;
    bool used_[64] = {};
};

}  // namespace memory
