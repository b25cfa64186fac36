// Files of records, as tb/replay/records.py describes them.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace replay {

constexpr char MAGIC[] = "VREX-REC";
constexpr uint32_t VERSION = 1;
constexpr uint32_t END = 0;

// CRC-32 of zlib and IEEE 802.3.
inline uint32_t crc32(const uint8_t* bytes, size_t count) {
    static const auto table = [] {
        std::array<uint32_t, 256> table;
        for (uint32_t n = 0; n < 256; ++n) {
            table[n] = n;
            for (int bit = 0; bit < 8; ++bit) {
                table[n] = table[n] >> 1 ^ (table[n] & 1 ? 0xEDB88320u : 0);
            }
        }
        return table;
    }();
    uint32_t crc = ~0u;
    for (size_t n = 0; n < count; ++n) crc = table[(crc ^ bytes[n]) & 255] ^ crc >> 8;
    return ~crc;
}

// The bytes of one record, written and read little-endian, field by field.
class Record {
public:
    uint32_t kind = END;
    std::vector<uint8_t> bytes;

    Record() = default;
    explicit Record(uint32_t kind) : kind(kind) {}

    template <class Value>
    Record& put(Value value) {
        const auto* at = reinterpret_cast<const uint8_t*>(&value);
        bytes.insert(bytes.end(), at, at + sizeof value);
        return *this;
    }

    void put_bytes(const void* from, size_t count) {
        const auto* at = static_cast<const uint8_t*>(from);
        bytes.insert(bytes.end(), at, at + count);
    }

    template <class Value>
    Value take() {
        Value value;
        take_bytes(&value, sizeof value);
        return value;
    }

    void take_bytes(void* to, size_t count) {
        if (count > bytes.size() - taken_) throw std::runtime_error("is too short for its kind");
        std::memcpy(to, bytes.data() + taken_, count);
        taken_ += count;
    }

    void finish() const {
        if (taken_ != bytes.size()) throw std::runtime_error("is too long for its kind");
    }

private:
    size_t taken_ = 0;
};

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records are little-endian");

inline std::vector<Record> read_records(const std::string& path, const std::string& unit) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path + ": cannot be read");
    const std::vector<char> all((std::istreambuf_iterator<char>(file)), {});
    const auto* bytes = reinterpret_cast<const uint8_t*>(all.data());
    char head[16] = {};
    std::memcpy(head, MAGIC, 8);
    std::memcpy(head + 8, &VERSION, 4);
    unit.copy(head + 12, 4);
    if (all.size() < 16 || std::memcmp(bytes, head, 16) != 0) {
        throw std::runtime_error(path + ": must be a file of records of " + unit + ", version 1");
    }
    std::vector<Record> records;
    for (size_t at = 16;;) {
        const auto damaged = [&](const char* what) {
            const auto number = std::to_string(records.size());
            return std::runtime_error(path + ": record " + number + " " + what);
        };
        if (all.size() - at < 12) throw damaged("is cut off");
        uint32_t kind, size, crc;
        std::memcpy(&kind, bytes + at, 4);
        std::memcpy(&size, bytes + at + 4, 4);
        if (size > all.size() - at - 12) throw damaged("is cut off");
        std::memcpy(&crc, bytes + at + 8 + size, 4);
        if (crc != crc32(bytes + at, 8 + size)) throw damaged("has a wrong checksum");
        Record record(kind);
        record.put_bytes(bytes + at + 8, size);
        at += 12 + size;
        if (kind == END) {
            if (size != 4 || record.take<uint32_t>() != records.size()) throw damaged("miscounts");
            if (at != all.size()) throw damaged("must be the last");
            return records;
        }
        records.push_back(std::move(record));
    }
}

inline void write_records(const std::string& path, const std::string& unit,
                          const std::vector<Record>& records) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    char head[16] = {};
    std::memcpy(head, MAGIC, 8);
    std::memcpy(head + 8, &VERSION, 4);
    unit.copy(head + 12, 4);
    file.write(head, sizeof head);
    const auto write = [&](const Record& record) {
        Record framed;
        framed.put(record.kind).put(static_cast<uint32_t>(record.bytes.size()));
        framed.put_bytes(record.bytes.data(), record.bytes.size());
        framed.put(crc32(framed.bytes.data(), framed.bytes.size()));
        file.write(reinterpret_cast<const char*>(framed.bytes.data()),
                   static_cast<std::streamsize>(framed.bytes.size()));
    };
    for (const auto& record : records) write(record);
    write(Record(END).put(static_cast<uint32_t>(records.size())));
    file.close();
    if (!file) throw std::runtime_error(path + ": cannot be written");
}

}  // namespace replay
