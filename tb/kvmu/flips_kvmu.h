// Bits of metadata in near memory that change by themselves (D88, D90).
#pragma once

#include <cstring>
#include <unordered_map>
#include <vector>

#include "space_kvmu.h"

namespace memory {

// Now and then one bit of a word turns round: of a word that the unit has written, and not again
// before it has been written anew. So each is one error, which has to be put right.
class Flips {
public:
    uint32_t count = 0;

    // `often`: in a cycle, in 65,536ths.
    Flips(Space& space, uint64_t base, uint64_t bytes, uint32_t often, uint64_t seed)
        : space_(space), base_(base), words_(bytes / 8), often_(often), random_(seed) {
        if (!often_) return;
        first_.resize(words_);
        std::memcpy(first_.data(), space_.at(base_, bytes), bytes);
    }

    void drive() {
        if (!often_ || random_.next() >> 48 >= often_) return;
        for (unsigned tried = 0; tried < TRIES; ++tried) {
            if (flip((random_.next() >> 16) % words_)) return;
        }
    }

private:
    static constexpr unsigned TRIES = 64;

    bool flip(uint64_t number) {
        uint64_t word;
        uint8_t* at = space_.at(base_ + 8 * number, 8);
        std::memcpy(&word, at, 8);
        const auto before = flipped_.find(number);
        const bool still = before != flipped_.end() && before->second == word;
        if (word == first_[number] || still) return false;
        word ^= uint64_t{1} << (random_.next() >> 58);
        std::memcpy(at, &word, 8);
        flipped_[number] = word;
        ++count;
        return true;
    }

    Space& space_;
    uint64_t base_, words_;
    uint32_t often_;
    replay::Random random_;
    std::vector<uint64_t> first_;  // what was there before the unit wrote
    std::unordered_map<uint64_t, uint64_t> flipped_;
};

}  // namespace memory
