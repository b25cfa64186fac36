// Bytes of the memories beside a KVMU, by their addresses; what lies outside is not there.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "replay/streams.h"

namespace memory {

using replay::Fault;

constexpr uint64_t PAGE_BYTES = 4096;

inline std::string hex(uint64_t value) {
    char text[19];
    std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
    return text;
}

// Bytes by their addresses, in regions; nothing may reach from one into the next.
class Space {
public:
    void add(uint64_t base, std::vector<uint8_t> bytes) {
        regions_.push_back({base, std::move(bytes)});
    }

    uint8_t* at(uint64_t address, uint64_t count) {
        for (auto& region : regions_) {
            const uint64_t size = region.bytes.size(), place = address - region.base;
            if (address >= region.base && place <= size && count <= size - place) {
                return region.bytes.data() + place;
            }
        }
        throw Fault("outside of the memory: " + hex(address) + ", " + std::to_string(count) +
                    " bytes");
    }

private:
    struct Region {
        uint64_t base;
        std::vector<uint8_t> bytes;
    };
    std::vector<Region> regions_;
};

}  // namespace memory
