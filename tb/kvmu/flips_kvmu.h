// Bits of metadata that change by themselves, in near memory or on the chip (D88, D90).
#pragma once

#include <cstring>
#include <memory>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "space_kvmu.h"

namespace memory {

// Words of up to 64 bits.
struct Words {
    virtual ~Words() = default;
    virtual uint64_t get(uint64_t number) const = 0;
    virtual void put(uint64_t number, uint64_t word) = 0;
    virtual uint64_t count() const = 0;
    virtual unsigned bits() const = 0;
};

// In a part of a memory.
class Stored : public Words {
public:
    Stored(Space& space, uint64_t base, uint64_t bytes)
        : at_(space.at(base, bytes)), count_(bytes / 8) {}

    uint64_t get(uint64_t number) const override {
        uint64_t word;
        std::memcpy(&word, at_ + 8 * number, 8);
        return word;
    }
    void put(uint64_t number, uint64_t word) override { std::memcpy(at_ + 8 * number, &word, 8); }
    uint64_t count() const override { return count_; }
    unsigned bits() const override { return 64; }

private:
    uint8_t* at_;
    uint64_t count_;
};

// In a memory of the unit: `Array` as Verilator has it.
template <class Array>
class Held : public Words {
public:
    Held(Array& array, uint64_t count, unsigned bits) : array_(array), count_(count), bits_(bits) {}

    uint64_t get(uint64_t number) const override { return array_[number]; }
    void put(uint64_t number, uint64_t word) override {
        array_[number] = static_cast<std::decay_t<decltype(array_[number])>>(word);
    }
    uint64_t count() const override { return count_; }
    unsigned bits() const override { return bits_; }

private:
    Array& array_;
    uint64_t count_;
    unsigned bits_;
};

// Now and then one bit of a word turns round: of a word that the unit has written, and not again
// before it has been written anew. So each is one error, which has to be put right.
class Flips {
public:
    uint32_t count = 0;

    // `often`: in a cycle, in 65,536ths.
    Flips(std::unique_ptr<Words> words, uint32_t often, uint64_t seed)
        : words_(std::move(words)), often_(often), random_(seed) {
        for (uint64_t n = 0; often_ && n < words_->count(); ++n) first_.push_back(words_->get(n));
    }

    void drive() {
        if (!often_ || random_.next() >> 48 >= often_) return;
        for (unsigned tried = 0; tried < TRIES; ++tried) {
            if (flip((random_.next() >> 16) % first_.size())) return;
        }
    }

private:
    static constexpr unsigned TRIES = 64;

    bool flip(uint64_t number) {
        const uint64_t word = words_->get(number);
        const auto before = flipped_.find(number);
        const bool still = before != flipped_.end() && before->second == word;
        if (word == first_[number] || still) return false;
        const uint64_t wrong = word ^ uint64_t{1} << (random_.next() >> 16) % words_->bits();
        words_->put(number, wrong);
        flipped_[number] = wrong;
        ++count;
        return true;
    }

    std::unique_ptr<Words> words_;
    uint32_t often_;
    replay::Random random_;
    std::vector<uint64_t> first_;  // what was there before the unit wrote
    std::unordered_map<uint64_t, uint64_t> flipped_;
};

}  // namespace memory
