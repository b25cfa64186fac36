// Metadata on the chip, as Verilator has it: only here are names of the unit's memories known.
#pragma once

#include "Vkvmu___024root.h"
#include "build.h"
#include "flips_kvmu.h"

namespace chip {

constexpr unsigned WORD_BITS = 63, CACHED_BITS = 64, LINE_WORDS = 4;

// A memory of the unit; null if the build has none of that name.
template <class Root, class Member>
auto held(Root& root, Member member, uint64_t count, unsigned bits, int)
    -> decltype(member(root), std::unique_ptr<memory::Words>()) {
    using Array = std::decay_t<decltype(member(root))>;
    return std::make_unique<memory::Held<Array>>(member(root), count, bits);
}

template <class Root, class Member>
std::unique_ptr<memory::Words> held(Root&, Member, uint64_t, unsigned, long) {
    return nullptr;
}

// All that there are.
template <class Root>
std::vector<std::unique_ptr<memory::Words>> words(Root& root) {
    const auto array = [](auto& in) -> decltype((in.kvmu__DOT__store__DOT__array__DOT__array)) {
        return in.kvmu__DOT__store__DOT__array__DOT__array;
    };
    const auto cache =
        [](auto& in) -> decltype((in.kvmu__DOT__store__DOT__cache__DOT__array__DOT__array)) {
        return in.kvmu__DOT__store__DOT__cache__DOT__array__DOT__array;
    };
    const auto kept =
        [](auto& in) -> decltype((in.kvmu__DOT__store__DOT__cache__DOT__kept__DOT__array)) {
        return in.kvmu__DOT__store__DOT__cache__DOT__kept__DOT__array;
    };
    const auto tags =
        [](auto& in) -> decltype((in.kvmu__DOT__store__DOT__cache__DOT__tags__DOT__array)) {
        return in.kvmu__DOT__store__DOT__cache__DOT__tags__DOT__array;
    };
    std::vector<std::unique_ptr<memory::Words>> found;
    const auto add = [&](std::unique_ptr<memory::Words> one) {
        if (one) found.push_back(std::move(one));
    };
    add(held(root, array, build::STORE_WORDS, WORD_BITS, 0));
    add(held(root, cache, build::CACHE_WORDS, CACHED_BITS, 0));
    add(held(root, kept, build::KEPT_WORDS, CACHED_BITS, 0));
    add(held(root, tags, build::CACHE_WORDS / LINE_WORDS, build::TAG_BITS, 0));
    return found;
}

}  // namespace chip
