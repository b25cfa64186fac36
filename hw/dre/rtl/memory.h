// A memory behind an AXI4 port: bytes that belong to who made the simulation.
//
// It answers after a while, of one ID in order; looks at what AXI4 asks of a master; and what is
// written is there when it is acknowledged, not before.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <string>
#include <vector>

#include "keeping.h"

namespace rtl {

struct Fault : std::runtime_error {
    using std::runtime_error::runtime_error;
};

constexpr uint64_t PAGE_BYTES = 4096;
constexpr uint32_t ALWAYS = 65536;

class Random {
public:
    explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 0x1234567u) {
        for (int n = 0; n < 4; ++n) next();
    }
    uint32_t below(uint32_t limit) { return static_cast<uint32_t>((next() >> 32) * limit >> 32); }
    bool willing(uint32_t often) { return often >= ALWAYS || below(ALWAYS) < often; }

private:
    uint64_t next() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        return state_ ^= state_ << 17;
    }
    uint64_t state_;
};

// How a memory behaves: cycles from a request, or the last word, to its answer; 0: answers in the
// order of requests, 1: bursts of several IDs in any order, 2: beats in any order; how often it is
// willing, in 65,536ths.
struct Habits {
    uint32_t least_latency = 0, most_latency = 0, order = 0, willing = ALWAYS;
};

// What a channel offers stays, unchanged, until it is taken.
template <size_t Count>
class Police {
public:
    using Payload = std::array<uint64_t, Count>;

    void look(const char* name, bool valid, bool ready, const Payload& payload) {
        if (held_ && !valid) throw Fault(std::string(name) + ": valid was withdrawn");
        if (held_ && payload != payload_) throw Fault(std::string(name) + ": what is offered changed");
        held_ = valid && !ready;
        if (held_) payload_ = payload;
    }

private:
    bool held_ = false;
    Payload payload_{};
};

template <class Port, class Model>
class Memory {
public:
    Habits habits;
    uint64_t base = 0, size = 0;
    uint8_t* bytes = nullptr;

    Memory(Model& model, uint64_t seed) : model_(model), random_(seed) {}

    void drive(uint64_t now) {
        Port::arready(model_) = ar_ready_ = random_.willing(habits.willing);
        Port::awready(model_) = aw_ready_ = random_.willing(habits.willing);
        Port::wready(model_) = w_ready_ = random_.willing(habits.willing);
        if (!read_ && random_.willing(habits.willing)) {
            if (habits.order == 2) begun_ = nullptr;
            read_ = begun_ ? begun_ : choose(reads_, now);
            if (read_) put();
        }
        Port::rvalid(model_) = read_ != nullptr;
        if (!written_ && random_.willing(habits.willing)) {
            written_ = choose(writes_, now);
            if (written_) Port::bid(model_) = written_->id, Port::bresp(model_) = 0;
        }
        Port::bvalid(model_) = written_ != nullptr;
    }

    void observe(uint64_t now) {
        look();
        if (Port::arvalid(model_) && ar_ready_) {
            Burst burst = asked(Port::arid(model_), Port::araddr(model_), Port::arlen(model_),
                                Port::arsize(model_), Port::arburst(model_));
            schedule(reads_, burst, now);
        }
        if (Port::awvalid(model_) && aw_ready_) {
            addressed_.push_back(asked(Port::awid(model_), Port::awaddr(model_),
                                       Port::awlen(model_), Port::awsize(model_),
                                       Port::awburst(model_)));
        }
        if (Port::wvalid(model_) && w_ready_) take_word();
        while (!addressed_.empty() && !words_.empty()) write(now);
        if (read_ && Port::rready(model_)) {
            begun_ = ++read_->moved == read_->beats ? nullptr : read_;
            if (!begun_) end(reads_, read_);
            read_ = nullptr;
        }
        if (written_ && Port::bready(model_)) {
            land(*written_);
            end(writes_, written_);
            written_ = nullptr;
        }
    }

    bool quiet() const {
        return reads_.empty() && writes_.empty() && addressed_.empty() && words_.empty();
    }

    template <class Archive>
    void pass(Archive& archive) {
        archive.raw(bytes, size);
        rtl::pass(archive, random_);
        rtl::pass(archive, ar_);
        rtl::pass(archive, aw_);
        rtl::pass(archive, w_);
        for (bool* ready : {&ar_ready_, &aw_ready_, &w_ready_}) rtl::pass(archive, *ready);
        rtl::pass(archive, addressed_);
        rtl::pass(archive, words_);
        pass_bursts(archive, reads_, {&read_, &begun_});
        pass_bursts(archive, writes_, {&written_});
    }

private:
    static constexpr unsigned BEAT = Port::DATA_BYTES;
    static constexpr size_t SOME = 6;  // bursts that may overtake each other

    struct Word {
        std::array<uint8_t, BEAT> data;
        uint64_t lanes;
        bool last;
    };
    struct Burst {
        uint32_t id;
        uint64_t address;
        unsigned width;  // bytes of a beat, on those lanes of the bus that its address says
        unsigned beats, moved;
        uint64_t due;
        std::vector<Word> words;

        template <class Archive>
        void pass(Archive& archive) {
            rtl::pass(archive, id), rtl::pass(archive, address), rtl::pass(archive, width);
            rtl::pass(archive, beats), rtl::pass(archive, moved), rtl::pass(archive, due);
            rtl::pass(archive, words);
        }
    };
    using Bursts = std::deque<Burst*>;

    // Those of a list, and who points to one of them.
    template <class Archive>
    void pass_bursts(Archive& archive, Bursts& bursts, std::initializer_list<Burst**> pointers) {
        uint64_t size = bursts.size();
        rtl::pass(archive, size);
        if (!Archive::WRITES) {
            for (Burst* burst : bursts) delete burst;
            bursts.resize(size);
            for (Burst*& burst : bursts) burst = new Burst{};
        }
        for (Burst* burst : bursts) rtl::pass(archive, *burst);
        for (Burst** pointer : pointers) {
            uint64_t at = std::find(bursts.begin(), bursts.end(), *pointer) - bursts.begin();
            rtl::pass(archive, at);
            if (!Archive::WRITES) *pointer = at < size ? bursts[at] : nullptr;
        }
    }

    Burst asked(uint32_t id, uint64_t address, unsigned length, unsigned size_code, unsigned kind) {
        const unsigned beats = length + 1, width = 1u << size_code;
        const uint64_t count = uint64_t{beats} * width;
        const auto insist = [&](bool right, const char* wrong) {
            if (right) return;
            char place[20];
            std::snprintf(place, sizeof place, "%#llx", static_cast<unsigned long long>(address));
            throw Fault(std::string(Port::NAME) + ": " + wrong + " at " + place);
        };
        insist(width <= BEAT && kind == 1, "too wide a burst, or none that increments");
        insist(address % width == 0, "an address within a beat");
        insist(address / PAGE_BYTES == (address + count - 1) / PAGE_BYTES, "a page is crossed");
        insist(address >= base && address - base + count <= size, "outside of the memory");
        return {id, address, width, beats, 0, 0, {}};
    }

    void schedule(Bursts& bursts, Burst& burst, uint64_t now) {
        burst.due = now + 1 + habits.least_latency +
                    random_.below(habits.most_latency - habits.least_latency + 1);
        burst.moved = 0;
        bursts.push_back(new Burst(std::move(burst)));
    }

    // The burst that answers next, or nullptr: of each ID the first one may.
    Burst* choose(const Bursts& bursts, uint64_t now) {
        Burst* due[SOME];
        size_t count = 0;
        const size_t most = habits.order ? std::min(bursts.size(), SOME) : !bursts.empty();
        for (size_t n = 0; n < most; ++n) {
            bool first = true;
            for (size_t before = 0; before < n; ++before) {
                first = first && bursts[before]->id != bursts[n]->id;
            }
            if (first && bursts[n]->due <= now) due[count++] = bursts[n];
        }
        return count ? due[count > 1 ? random_.below(count) : 0] : nullptr;
    }

    void end(Bursts& bursts, Burst* burst) {
        bursts.erase(std::find(bursts.begin(), bursts.end(), burst));
        delete burst;
    }

    // Where the bus's word begins that a beat is in.
    static uint64_t word_of(const Burst& burst, unsigned beat) {
        return (burst.address + uint64_t{beat} * burst.width) / BEAT * BEAT;
    }

    void put() {
        const uint64_t address = word_of(*read_, read_->moved);
        Port::rid(model_) = read_->id;
        Port::rresp(model_) = 0;
        Port::rlast(model_) = read_->moved + 1 == read_->beats;
        std::memcpy(&Port::rdata(model_), bytes + (address - base), BEAT);
    }

    void take_word() {
        Word word;
        std::memcpy(word.data.data(), &Port::wdata(model_), BEAT);
        word.lanes = Port::wstrb(model_);
        word.last = Port::wlast(model_);
        words_.push_back(word);
    }

    void write(uint64_t now) {
        Burst& burst = addressed_.front();
        burst.words.push_back(words_.front());
        words_.pop_front();
        const uint64_t lane = (burst.address + uint64_t{burst.moved} * burst.width) % BEAT;
        const uint64_t all = ~uint64_t{0} >> (64 - burst.width) << lane;
        if (burst.words.back().lanes & ~all) throw Fault(std::string(Port::NAME) + ": a lane too many");
        const bool last = ++burst.moved == burst.beats;
        if (burst.words.back().last != last) {
            throw Fault(std::string(Port::NAME) + ": WLAST at the wrong word");
        }
        if (!last) return;
        schedule(writes_, burst, now);
        addressed_.pop_front();
    }

    void land(const Burst& burst) {
        for (unsigned beat = 0; beat < burst.beats; ++beat) {
            const Word& word = burst.words[beat];
            uint8_t* at = bytes + (word_of(burst, beat) - base);
            for (unsigned n = 0; n < BEAT; ++n) {
                if (word.lanes >> n & 1) at[n] = word.data[n];
            }
        }
    }

    void look() {
        ar_.look(Port::NAME, Port::arvalid(model_), ar_ready_,
                 {Port::arid(model_), Port::araddr(model_), Port::arlen(model_)});
        aw_.look(Port::NAME, Port::awvalid(model_), aw_ready_,
                 {Port::awid(model_), Port::awaddr(model_), Port::awlen(model_)});
        std::array<uint64_t, (BEAT + 7) / 8 + 2> payload{};
        if (Port::wvalid(model_)) {
            std::memcpy(payload.data(), &Port::wdata(model_), BEAT);
            payload[payload.size() - 2] = Port::wstrb(model_);
            payload[payload.size() - 1] = Port::wlast(model_);
        }
        w_.look(Port::NAME, Port::wvalid(model_), w_ready_, payload);
    }

    Model& model_;
    Random random_;
    Police<3> ar_, aw_;
    Police<(BEAT + 7) / 8 + 2> w_;
    bool ar_ready_ = false, aw_ready_ = false, w_ready_ = false;
    Bursts reads_, writes_;
    std::deque<Burst> addressed_;
    std::deque<Word> words_;
    Burst* read_ = nullptr;
    Burst* begun_ = nullptr;
    Burst* written_ = nullptr;
};

}  // namespace rtl
