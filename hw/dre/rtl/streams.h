// Streams of a compiled model: beats are words of 32 bits, packed as the ports are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "memory.h"

namespace rtl {

// Ports up to 64 bits are integers, wider ones arrays of words.
template <class Port>
void put_words(Port& port, const uint32_t* words, unsigned count) {
    if constexpr (std::is_integral_v<Port>) {
        uint64_t value = words[0];
        if (count > 1) value |= uint64_t{words[1]} << 32;
        port = static_cast<Port>(value);
    } else {
        for (unsigned n = 0; n < count; ++n) port[n] = words[n];
    }
}

template <class Port>
void get_words(const Port& port, uint32_t* words, unsigned count) {
    if constexpr (std::is_integral_v<Port>) {
        words[0] = static_cast<uint32_t>(port);
        if (count > 1) words[1] = static_cast<uint32_t>(static_cast<uint64_t>(port) >> 32);
    } else {
        for (unsigned n = 0; n < count; ++n) words[n] = port[n];
    }
}

// Access to one stream of a model, written by dre/rtl/ports.py.
template <class Model>
struct Stream {
    const char* name;
    unsigned words;
    bool inward;
    bool (*valid)(const Model&);
    bool (*ready)(const Model&);
    void (*set)(Model&, bool);  // valid of what goes in, ready of what comes out
    void (*put)(Model&, const uint32_t*);
    void (*get)(const Model&, uint32_t*);
};

// One stream at work.
template <class Model>
class Lane {
public:
    uint32_t willing = ALWAYS;
    std::vector<uint32_t> beats;    // to be sent, or received
    std::vector<uint64_t> cycles;   // when they moved
    size_t sent = 0;                // words

    Lane(Model& model, const Stream<Model>& stream, uint64_t seed)
        : model_(model), stream_(stream), random_(seed), seen_(stream.words), found_(stream.words) {}

    const Stream<Model>& stream() const { return stream_; }
    bool more() const { return sent < beats.size(); }

    void drive() {
        if (!stream_.inward) {
            stream_.set(model_, ready_ = random_.willing(willing));
            return;
        }
        if (!offering_ && more() && random_.willing(willing)) {
            offering_ = true;
            stream_.put(model_, beats.data() + sent);
        }
        stream_.set(model_, offering_);
    }

    void observe(uint64_t now) {
        if (stream_.inward) {
            if (!offering_ || !stream_.ready(model_)) return;
            offering_ = false;
            cycles.push_back(now);
            sent += stream_.words;
            if (!more()) beats.clear(), sent = 0;
            return;
        }
        const bool valid = stream_.valid(model_);
        if (!valid) {
            if (held_) throw Fault(std::string(stream_.name) + ": a beat was withdrawn");
            return;
        }
        stream_.get(model_, found_.data());
        if (held_ && found_ != seen_) throw Fault(std::string(stream_.name) + ": a beat changed");
        seen_.swap(found_);
        held_ = !ready_;
        if (!ready_) return;
        beats.insert(beats.end(), seen_.begin(), seen_.end());
        cycles.push_back(now);
    }

    template <class Archive>
    void pass(Archive& archive) {
        for (auto* list : {&beats, &seen_, &found_}) rtl::pass(archive, *list);
        rtl::pass(archive, cycles);
        rtl::pass(archive, sent);
        rtl::pass(archive, random_);
        for (bool* bit : {&offering_, &ready_, &held_}) rtl::pass(archive, *bit);
    }

private:
    Model& model_;
    const Stream<Model>& stream_;
    Random random_;
    bool offering_ = false, ready_ = false, held_ = false;
    std::vector<uint32_t> seen_, found_;
};

}  // namespace rtl
