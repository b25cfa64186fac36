// A DRE as a library: its clock, the ends of its streams, two memories, and its registers.
//
// Functions return 0, or -1 if the device broke a rule, which rtl_fault tells.

#include <memory>

#include "ports.h"
#include "streams.h"
#include "verilated.h"

namespace {

using rtl::Fault;
using Model = ports::Model;
constexpr uint64_t ACCESS_CYCLES = 10'000;

// One access to the registers at a time, over AXI4-Lite.
struct Access {
    bool write = false, busy = false, addressed = false, given = false;
    uint32_t address = 0, word = 0, response = 0;
};

class Simulation {
public:
    std::string fault;
    uint64_t now = 0;
    rtl::Memory<ports::near, Model> near;
    rtl::Memory<ports::far, Model> far;
    std::vector<rtl::Lane<Model>> lanes;

    explicit Simulation(uint64_t seed)
        : near(model_, seed * 64 + 1), far(model_, seed * 64 + 2) {
        for (const auto& stream : ports::STREAMS) {
            lanes.emplace_back(model_, stream, seed * 64 + 3 + lanes.size());
        }
        model_.rst = 1;
        for (int cycle = 0; cycle < 2; ++cycle) clock();
        model_.rst = 0;
    }

    void step() {
        near.drive(now);
        far.drive(now);
        for (auto& lane : lanes) lane.drive();
        drive_access();
        model_.clk = 0;
        model_.eval();
        near.observe(now);
        far.observe(now);
        for (auto& lane : lanes) lane.observe(now);
        observe_access();
        model_.clk = 1;
        model_.eval();
        ++now;
    }

    // Until there is an interrupt, if that is wanted, or enough cycles have gone by.
    void run(bool until_irq, uint64_t cycles) {
        for (uint64_t n = 0; n < cycles; ++n) {
            step();
            if (until_irq && model_.irq) return;
        }
    }

    uint32_t access(bool write, uint32_t address, uint32_t word, uint32_t& response) {
        access_ = {};
        access_.write = write, access_.address = address, access_.word = word;
        access_.busy = true;
        for (uint64_t n = 0; access_.busy; ++n) {
            if (n == ACCESS_CYCLES) throw Fault("control: no answer");
            step();
        }
        response = access_.response;
        return access_.word;
    }

    // To or from a file.
    template <class Archive>
    void pass(Archive& archive) {
        rtl::pass(archive, now);
        rtl::pass(archive, access_);
        near.pass(archive);
        far.pass(archive);
        for (auto& lane : lanes) lane.pass(archive);
        archive.model(model_);
    }

private:
    void clock() {
        model_.clk = 0;
        model_.eval();
        model_.clk = 1;
        model_.eval();
    }

    void drive_access() {
        using control = ports::control;
        const bool writes = access_.busy && access_.write, reads = access_.busy && !access_.write;
        control::awvalid(model_) = writes && !access_.addressed;
        control::wvalid(model_) = writes && !access_.given;
        control::arvalid(model_) = reads && !access_.addressed;
        control::awaddr(model_) = control::araddr(model_) = access_.address;
        control::wdata(model_) = access_.word;
        control::wstrb(model_) = 15;
        control::bready(model_) = control::rready(model_) = 1;
    }

    void observe_access() {
        using control = ports::control;
        if (!access_.busy) return;
        if (control::awvalid(model_) && control::awready(model_)) access_.addressed = true;
        if (control::wvalid(model_) && control::wready(model_)) access_.given = true;
        if (control::arvalid(model_) && control::arready(model_)) access_.addressed = true;
        if (control::bvalid(model_)) {
            access_.response = control::bresp(model_);
            access_.busy = false;
        }
        if (control::rvalid(model_)) {
            access_.response = control::rresp(model_);
            access_.word = control::rdata(model_);
            access_.busy = false;
        }
    }

    VerilatedContext context_;
    Model model_{&context_};
    Access access_;
};

template <class Do>
int guarded(void* made, Do act) {
    auto& simulation = *static_cast<Simulation*>(made);
    try {
        act(simulation);
        return 0;
    } catch (const std::exception& error) {
        simulation.fault = error.what();
        return -1;
    }
}

template <class Archive>
int passed(void* made, const char* path) {
    return guarded(made, [=](Simulation& simulation) {
        Archive archive;
        archive.file.open(path);
        if (!archive.file.isOpen()) throw Fault(std::string(path) + ": cannot be opened");
        simulation.pass(archive);
        archive.file.close();
    });
}

}  // namespace

extern "C" {

void* rtl_new(uint64_t seed) { return new Simulation(seed); }
void rtl_delete(void* made) { delete static_cast<Simulation*>(made); }
const char* rtl_fault(void* made) { return static_cast<Simulation*>(made)->fault.c_str(); }
uint64_t rtl_cycles(void* made) { return static_cast<Simulation*>(made)->now; }

void rtl_memory(void* made, int far, uint64_t base, uint8_t* bytes, uint64_t size) {
    auto& simulation = *static_cast<Simulation*>(made);
    const auto set = [&](auto& memory) {
        memory.base = base, memory.bytes = bytes, memory.size = size;
    };
    far ? set(simulation.far) : set(simulation.near);
}

void rtl_habits(void* made, int far, uint32_t least, uint32_t most, uint32_t order,
                uint32_t willing) {
    auto& simulation = *static_cast<Simulation*>(made);
    (far ? simulation.far.habits : simulation.near.habits) = {least, most, order, willing};
}

void rtl_willing(void* made, unsigned stream, uint32_t often) {
    static_cast<Simulation*>(made)->lanes[stream].willing = often;
}

int rtl_stream(void* made, const char* name) {
    const auto& lanes = static_cast<Simulation*>(made)->lanes;
    for (size_t n = 0; n < lanes.size(); ++n) {
        if (lanes[n].stream().name == std::string(name)) return static_cast<int>(n);
    }
    return -1;
}

unsigned rtl_words(void* made, unsigned stream) {
    return static_cast<Simulation*>(made)->lanes[stream].stream().words;
}

void rtl_push(void* made, unsigned stream, const uint32_t* words, uint64_t count) {
    auto& lane = static_cast<Simulation*>(made)->lanes[stream];
    lane.beats.insert(lane.beats.end(), words, words + count * lane.stream().words);
}

uint64_t rtl_left(void* made, unsigned stream) {
    const auto& lane = static_cast<Simulation*>(made)->lanes[stream];
    return (lane.beats.size() - lane.sent) / lane.stream().words;
}

uint64_t rtl_moved(void* made, unsigned stream) {
    return static_cast<Simulation*>(made)->lanes[stream].cycles.size();
}

void rtl_cycles_of(void* made, unsigned stream, uint64_t* cycles) {
    auto& lane = static_cast<Simulation*>(made)->lanes[stream];
    std::copy(lane.cycles.begin(), lane.cycles.end(), cycles);
    lane.cycles.clear();
}

void rtl_take(void* made, unsigned stream, uint32_t* words) {
    auto& lane = static_cast<Simulation*>(made)->lanes[stream];
    std::copy(lane.beats.begin(), lane.beats.end(), words);
    lane.beats.clear();
}

int rtl_run(void* made, int until_irq, uint64_t cycles) {
    return guarded(made, [=](Simulation& simulation) { simulation.run(until_irq, cycles); });
}

int rtl_access(void* made, int write, uint32_t address, uint32_t* word, uint32_t* response) {
    return guarded(made, [=](Simulation& simulation) {
        *word = simulation.access(write, address, *word, *response);
    });
}

int rtl_keep(void* made, const char* path) { return passed<rtl::Writer>(made, path); }
int rtl_resume(void* made, const char* path) { return passed<rtl::Reader>(made, path); }

}  // extern "C"
