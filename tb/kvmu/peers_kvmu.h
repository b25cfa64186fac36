// The ends of a KVMU's buses: AXI4 peers that keep to the rules, but nothing more than that.
//
// They look at every rule that the master has to keep (spec D72 to D74), answer late, in any order
// and interleaved, push back on every channel, and fail as they are told.
#pragma once

#include <array>
#include <cstring>
#include <deque>

#include "memory_kvmu.h"

namespace memory {

// What a channel offers stays, unchanged, until it is taken (AXI A3.2.1).
template <size_t Count>
class Police {
public:
    using Payload = std::array<uint64_t, Count>;

    void look(const Bus& bus, const char* channel, bool valid, bool ready, const Payload& payload) {
        const auto insist = [&](bool right, const char* wrong) {
            if (!right) throw Fault(std::string(bus.name) + " " + channel + ": " + wrong);
        };
        insist(valid || !held_, "VALID was withdrawn");
        insist(!held_ || payload == payload_, "what is offered changed");
        held_ = valid && !ready;
        if (held_) payload_ = payload;
    }

private:
    bool held_ = false;
    Payload payload_;
};

// What is read: channels AR and R of a port.
template <class Port, unsigned Bits, class Model>
class ReadPeer : public Memory {
public:
    ReadPeer(Model& model, const Bus& bus, Space& space, uint64_t seed, FateOf fate_of)
        : Memory(bus, space, seed, std::move(fate_of)), model_(model) {
        Port::arready(model) = Port::rvalid(model) = 0;
    }

    void drive(uint64_t now) {
        Port::arready(model_) = ready_ = willing(habits.address);
        if (!offered_ && willing(habits.answer)) {
            offered_ = choose(now, begun_);
            if (offered_) put();
        }
        Port::rvalid(model_) = offered_ != nullptr;
        if (offered_) return;
        Port::rid(model_) = below(bus_.ids);  // an idle bus carries rubbish
        Port::rresp(model_) = below(4);
        Port::rlast(model_) = below(2);
    }

    bool observe(uint64_t now) {
        const bool valid = Port::arvalid(model_), taken = valid && ready_;
        police_.look(bus_, "ar", valid, ready_,
                     {Port::arid(model_), Port::araddr(model_), Port::arlen(model_),
                      Port::arsize(model_), Port::arburst(model_), Port::arcache(model_),
                      Port::arprot(model_)});
        if (taken) {
            schedule(admit(Port::arid(model_), Port::araddr(model_), Port::arlen(model_) + 1u,
                           Port::arsize(model_), Port::arburst(model_)),
                     now);
        }
        if (!offered_ || !Port::rready(model_)) return taken;
        begun_ = offered_;
        offered_ = nullptr;
        if (++begun_->moved == begun_->length) end(begun_), begun_ = nullptr;
        return true;
    }

private:
    void put() {
        const Burst& burst = *offered_;
        const unsigned at = burst.moved;
        const bool failing = at == burst.due % burst.length;  // some beat of it
        unsigned said = failing ? response(burst.fate) : 0;
        if (burst.fate == LATE && below(10) == 0) said = response(SLVERR);
        const uint64_t place = uint64_t{std::min(at, burst.beats - 1)} * bus_.beat_bytes;
        replay::Payload<Bits> word;
        std::memcpy(word.words, space_.at(burst.address + place, Bits / 8), Bits / 8);
        Port::rid(model_) = burst.id;
        replay::store(Port::rdata(model_), word);
        Port::rresp(model_) = said;
        Port::rlast(model_) = at == burst.length - 1;
    }

    Model& model_;
    Police<7> police_;
    bool ready_ = false;
    Burst* offered_ = nullptr;
    Burst* begun_ = nullptr;
};

// What is written: channels AW, W and B of a port. What has failed may be written or not. Words of
// bursts with one ID land no sooner than they are acknowledged: a read before that sees what was.
template <class Port, unsigned Bits, class Model>
class WritePeer : public Memory {
public:
    WritePeer(Model& model, const Bus& bus, Space& space, uint64_t seed, FateOf fate_of)
        : Memory(bus, space, seed, std::move(fate_of)), model_(model) {
        Port::awready(model) = Port::wready(model) = Port::bvalid(model) = 0;
    }

    void drive(uint64_t now) {
        Port::awready(model_) = address_ready_ = willing(habits.address);
        Port::wready(model_) = word_ready_ = willing(habits.data);
        if (!offered_ && willing(habits.answer)) offered_ = choose(now, nullptr);
        Port::bvalid(model_) = offered_ != nullptr;
        Port::bid(model_) = offered_ ? offered_->id : below(bus_.ids);
        Port::bresp(model_) = offered_ ? response(offered_->fate) : below(4);
    }

    bool observe(uint64_t now) {
        const bool addressed = take_address();
        const bool moved = take_word();
        for (; !addressed_.empty() && !words_.empty(); words_.pop_front()) write(now);
        if (!offered_ || !Port::bready(model_)) return addressed || moved;
        if (bus_.one_id) land_words(*offered_);
        end(offered_);
        offered_ = nullptr;
        return true;
    }

private:
    struct Word {
        replay::Payload<Bits> data;
        bool last;
    };

    bool take_address() {
        const bool valid = Port::awvalid(model_);
        police_.look(bus_, "aw", valid, address_ready_,
                     {Port::awid(model_), Port::awaddr(model_), Port::awlen(model_),
                      Port::awsize(model_), Port::awburst(model_), Port::awcache(model_),
                      Port::awprot(model_)});
        asked_ = valid || !addressed_.empty();
        if (!valid || !address_ready_) return false;
        const Burst burst = admit(Port::awid(model_), Port::awaddr(model_),
                                  Port::awlen(model_) + 1u, Port::awsize(model_),
                                  Port::awburst(model_));
        if (bus_.apart) keep_apart(burst);
        addressed_.push_back(burst);
        return true;
    }

    bool take_word() {
        const bool valid = Port::wvalid(model_);
        if (!valid && inside_) throw Fault(std::string(bus_.name) + ": a pause within a burst");
        if (valid && !asked_) throw Fault(std::string(bus_.name) + ": a word before its address");
        const auto data = replay::load<replay::Payload<Bits>>(Port::wdata(model_));
        std::array<uint64_t, data.WORDS + 2> payload = {};
        std::copy(data.words, data.words + data.WORDS, payload.begin());
        payload[data.WORDS] = Port::wstrb(model_);
        payload[data.WORDS + 1] = Port::wlast(model_);
        police_words_.look(bus_, "w", valid, word_ready_, payload);
        if (!valid || !word_ready_) return false;
        constexpr uint64_t ALL = ~uint64_t{0} >> (64 - Bits / 8);
        if (Port::wstrb(model_) != ALL) throw Fault(std::string(bus_.name) + ": part of a beat");
        words_.push_back({data, static_cast<bool>(Port::wlast(model_))});
        inside_ = !words_.back().last;
        return true;
    }

    void write(uint64_t now) {
        Burst& burst = addressed_.front();
        if (burst.moved == 0) burst.applied = !response(burst.fate) || below(2);
        const Word& word = words_.front();
        const uint64_t address = burst.address + uint64_t{burst.moved} * bus_.beat_bytes;
        const bool last = ++burst.moved == burst.beats;
        if (word.last != last) throw Fault(std::string(bus_.name) + ": WLAST at the wrong word");
        if (burst.applied && bus_.one_id)
            landing_.emplace_back(address, word.data);
        else if (burst.applied)
            land(address, word.data);
        if (!last) return;
        schedule(burst, now);
        addressed_.pop_front();
    }

    void land_words(const Burst& burst) {
        if (!burst.applied) return;
        for (unsigned n = 0; n < burst.beats; ++n, landing_.pop_front())
            land(landing_.front().first, landing_.front().second);
    }

    void land(uint64_t address, const replay::Payload<Bits>& data) {
        std::memcpy(space_.at(address, Bits / 8), data.words, Bits / 8);
    }

    void keep_apart(const Burst& burst) {
        const uint64_t begin = burst.address, end = begin + uint64_t{burst.beats} * bus_.beat_bytes;
        const auto clear = [&](const Burst& other) {
            const uint64_t limit = other.address + uint64_t{other.beats} * bus_.beat_bytes;
            if (end <= other.address || limit <= begin) return;
            throw Fault(std::string(bus_.name) + ": " + hex(begin) + " is written, but " +
                        hex(other.address) + " may still land");
        };
        for (const Burst& other : addressed_) clear(other);
        for (const Burst& other : waiting_) clear(other);
    }

    Model& model_;
    Police<7> police_;
    Police<replay::Payload<Bits>::WORDS + 2> police_words_;
    bool address_ready_ = false, word_ready_ = false, inside_ = false, asked_ = false;
    std::deque<Burst> addressed_;
    std::deque<Word> words_;
    std::deque<std::pair<uint64_t, replay::Payload<Bits>>> landing_;
    Burst* offered_ = nullptr;
};

}  // namespace memory
