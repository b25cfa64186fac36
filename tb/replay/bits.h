// Packed payloads: fields of up to hundreds of bits, and the ports of a Verilator model.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace replay {

// The bits of a payload, least significant word first; bits above `Bits` are 0.
template <unsigned Bits>
struct Payload {
    static constexpr unsigned WORDS = (Bits + 31) / 32;
    uint32_t words[WORDS] = {};

    bool operator==(const Payload& other) const {
        return std::equal(words, words + WORDS, other.words);
    }
};

// A field at a fixed place of a payload. Fields that are set must have been 0.
template <unsigned Offset, unsigned Width>
struct Field {
    static constexpr unsigned WORDS = (Width + 31) / 32;

    template <class Payload>
    static uint32_t get(const Payload& payload) {
        static_assert(Width <= 32, "a wider field is read word by word");
        return word(payload, 0);
    }

    template <class Payload>
    static void set(Payload& payload, uint32_t value) {
        static_assert(Width <= 32, "a wider field is set word by word");
        set_word(payload, 0, value);
    }

    template <class Payload>
    static void get_words(const Payload& payload, uint32_t* values) {
        for (unsigned n = 0; n < WORDS; ++n) values[n] = word(payload, n);
    }

    template <class Payload>
    static void set_words(Payload& payload, const uint32_t* values) {
        for (unsigned n = 0; n < WORDS; ++n) set_word(payload, n, values[n]);
    }

private:
    static constexpr uint32_t mask(unsigned n) {
        const unsigned bits = std::min(32u, Width - 32 * n);
        return bits == 32 ? ~0u : (1u << bits) - 1;
    }

    template <class Payload>
    static uint32_t word(const Payload& payload, unsigned n) {
        const unsigned at = (Offset + 32 * n) / 32, shift = (Offset + 32 * n) % 32;
        uint64_t pair = payload.words[at];
        if (at + 1 < Payload::WORDS) pair |= uint64_t{payload.words[at + 1]} << 32;
        return static_cast<uint32_t>(pair >> shift) & mask(n);
    }

    template <class Payload>
    static void set_word(Payload& payload, unsigned n, uint32_t value) {
        const unsigned at = (Offset + 32 * n) / 32, shift = (Offset + 32 * n) % 32;
        const uint64_t pair = uint64_t{value & mask(n)} << shift;
        payload.words[at] |= static_cast<uint32_t>(pair);
        if (at + 1 < Payload::WORDS) payload.words[at + 1] |= static_cast<uint32_t>(pair >> 32);
    }
};

// What a port holds. Verilator makes ports up to 64 bits integers, wider ones arrays of words.
template <class Payload, class Port>
Payload load(const Port& port) {
    Payload payload;
    if constexpr (std::is_integral_v<Port>) {
        payload.words[0] = static_cast<uint32_t>(port);
        if constexpr (Payload::WORDS > 1) {
            payload.words[1] = static_cast<uint32_t>(static_cast<uint64_t>(port) >> 32);
        }
    } else {
        for (unsigned n = 0; n < Payload::WORDS; ++n) payload.words[n] = port[n];
    }
    return payload;
}

template <class Payload, class Port>
void store(Port& port, const Payload& payload) {
    if constexpr (std::is_integral_v<Port>) {
        uint64_t value = payload.words[0];
        if constexpr (Payload::WORDS > 1) value |= uint64_t{payload.words[1]} << 32;
        port = static_cast<Port>(value);
    } else {
        for (unsigned n = 0; n < Payload::WORDS; ++n) port[n] = payload.words[n];
    }
}

}  // namespace replay
