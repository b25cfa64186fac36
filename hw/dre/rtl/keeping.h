// All of a simulation to a file, and back: the same functions do both.
#pragma once

#include <deque>
#include <type_traits>
#include <vector>

#include "verilated_save.h"

namespace rtl {

struct Writer {
    static constexpr bool WRITES = true;
    VerilatedSave file;
    void raw(void* bytes, size_t size) { file.write(bytes, size); }
    template <class Model>
    void model(Model& model) { file << model; }
};

struct Reader {
    static constexpr bool WRITES = false;
    VerilatedRestore file;
    void raw(void* bytes, size_t size) { file.read(bytes, size); }
    template <class Model>
    void model(Model& model) { file >> model; }
};

template <class Archive, class Value>
void pass(Archive& archive, Value& value) {
    if constexpr (std::is_trivially_copyable_v<Value>) {
        archive.raw(&value, sizeof value);
    } else {
        value.pass(archive);
    }
}

template <class Archive, class List>
void pass_list(Archive& archive, List& list) {
    uint64_t size = list.size();
    archive.raw(&size, sizeof size);
    list.resize(size);
    for (auto& value : list) pass(archive, value);
}

template <class Archive, class Value>
void pass(Archive& archive, std::deque<Value>& list) { pass_list(archive, list); }

template <class Archive, class Value>
void pass(Archive& archive, std::vector<Value>& list) { pass_list(archive, list); }

}  // namespace rtl
