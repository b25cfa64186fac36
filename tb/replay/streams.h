// Streams in a compiled simulation: send, receive, and police every beat (spec D25).
//
// A cycle is: every agent drives, the model settles, every agent observes, the clock rises.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "bits.h"

namespace replay {

// What the unit did that no unit may do; ends the run.
struct Fault : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// xorshift64*, by Marsaglia and Vigna.
class Random {
public:
    explicit Random(uint64_t seed) : state_(seed ^ 0x9E3779B97F4A7C15u) {
        if (!state_) state_ = 1;
        for (int n = 0; n < 16; ++n) next();
    }

    uint64_t next() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545F4914F6CDD1Du;
    }

private:
    uint64_t state_;
};

// How often a side of a stream is willing, in 65,536ths.
class Stalls {
public:
    static constexpr uint32_t ALWAYS = 65536;

    Stalls(uint32_t willing, uint64_t seed) : willing_(willing), random_(seed) {}

    bool ever() const { return willing_ < ALWAYS; }
    bool willing() { return !ever() || random_.next() >> 48 < willing_; }
    uint64_t rubbish() { return random_.next(); }

private:
    uint32_t willing_;
    Random random_;
};

template <unsigned Bits>
Payload<Bits> rubbish(Stalls& stalls) {
    Payload<Bits> payload;
    for (auto& word : payload.words) word = static_cast<uint32_t>(stalls.rubbish());
    if (Bits % 32) payload.words[Payload<Bits>::WORDS - 1] &= (1u << Bits % 32) - 1;
    return payload;
}

// Drives an input stream. A feed has `bool more() const` and `Payload next(Model&)`, which gives a
// beat and may set other ports for as long as it is offered.
template <class Port, class Model, class Feed>
class Source {
public:
    Source(Model& model, Feed& feed, Stalls stalls) : model_(model), feed_(feed), stalls_(stalls) {
        Port::valid(model) = 0;
    }

    void drive() {
        if (offering_) return;
        offering_ = feed_.more() && stalls_.willing();
        if (offering_) {
            store(Port::payload(model_), feed_.next(model_));
        } else if (stalls_.ever()) {  // an idle bus carries rubbish
            store(Port::payload(model_), rubbish<Port::BITS>(stalls_));
        }
        Port::valid(model_) = offering_;
    }

    bool observe() {  // whether the beat was taken
        const bool taken = offering_ && Port::ready(model_);
        if (taken) offering_ = false;
        return taken;
    }

private:
    Model& model_;
    Feed& feed_;
    Stalls stalls_;
    bool offering_ = false;
};

// Takes an output stream, and sees that a beat once offered stays, unchanged, until it is taken.
template <class Port, class Model>
class Sink {
public:
    using Beat = Payload<Port::BITS>;

    Sink(Model& model, Stalls stalls) : model_(model), stalls_(stalls) { Port::ready(model) = 0; }

    void drive() { Port::ready(model_) = ready_ = stalls_.willing(); }

    std::optional<Beat> observe() {
        if (!Port::valid(model_)) {
            if (held_) throw Fault(std::string(Port::NAME) + ": a beat was withdrawn");
            return {};
        }
        const auto beat = load<Beat>(Port::payload(model_));
        if (held_ && !(beat == *held_)) throw Fault(std::string(Port::NAME) + ": a beat changed");
        if (!ready_) {
            held_ = beat;
            return {};
        }
        held_.reset();
        return beat;
    }

private:
    Model& model_;
    Stalls stalls_;
    bool ready_ = false;
    std::optional<Beat> held_;
};

}  // namespace replay
