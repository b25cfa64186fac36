// How well the mover uses its source: pieces at scattered addresses, read through a memory that
// gives a beat a cycle after a latency, and written to one that takes everything.
//
//     efficiency_mover PIECES PIECE_BYTES LATENCY WRITE_LATENCY ORDER SPREAD SEED
//
// ORDER 0: bursts are answered in order; 1: in any order; 2: in any order, beats interleaved. With
// 1 and 2 a burst has up to SPREAD cycles more latency. Prints, as JSON, the beats that were read,
// the cycles from the first request to the last beat, both included, and what was wrong.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <unordered_map>
#include <vector>

#include "build.h"
#include "ports.h"
#include "replay/program.h"

namespace {

using ports::Model;
using Source = ports::source;
using Target = ports::target;

constexpr uint64_t BEAT = 8;  // bytes: this is for 64 bits
constexpr uint64_t TARGET_AT = uint64_t{1} << 38;

// What the source holds at an address.
uint64_t content(uint64_t address) {
    uint64_t value = address * 0x9E3779B97F4A7C15u;
    return value ^ value >> 29;
}

struct Burst {
    uint32_t id;
    uint64_t address, due;
    unsigned beats, moved = 0;
};

struct How {
    uint64_t pieces, piece_bytes, latency, write_latency, order, spread, seed;
};

struct Found {
    uint64_t beats = 0, first = 0, last = 0, wrong = 0, done = 0, written = 0;
};

// The memory that is read.
class Reads {
public:
    Reads(Model& model, const How& how, Found& found)
        : model_(model), how_(how), found_(found), random_(how.seed) {}

    void drive(uint64_t now) {
        Source::arready(model_) = 1;
        Burst* burst = choose(now);
        Source::rvalid(model_) = burst != nullptr;
        offered_ = burst;
        if (!burst) return;
        Source::rid(model_) = burst->id;
        Source::rdata(model_) = content(burst->address + burst->moved * BEAT);
        Source::rresp(model_) = 0;
        Source::rlast(model_) = burst->moved + 1 == burst->beats;
    }

    void observe(uint64_t now) {
        if (offered_ && Source::rready(model_)) {
            ++found_.beats;
            found_.last = now;
            begun_ = offered_->id;
            if (++offered_->moved == offered_->beats) {
                begun_ = NONE;
                bursts_.erase(std::find_if(bursts_.begin(), bursts_.end(),
                                           [this](const Burst& one) { return &one == offered_; }));
            }
        }
        if (!Source::arvalid(model_)) return;
        if (!found_.first) found_.first = now;
        const uint64_t more = how_.order ? random_.next() % (how_.spread + 1) : 0;
        bursts_.push_back({static_cast<uint32_t>(Source::arid(model_)), Source::araddr(model_),
                           now + how_.latency + more, Source::arlen(model_) + 1u});
    }

private:
    static constexpr uint32_t NONE = ~0u;

    // Whose beat is next: nobody's before it is due.
    Burst* choose(uint64_t now) {
        if (how_.order == 0) {
            return !bursts_.empty() && bursts_[0].due <= now ? &bursts_[0] : nullptr;
        }
        due_.clear();
        for (Burst& burst : bursts_) {
            if (burst.due > now) continue;
            if (how_.order == 1 && burst.id == begun_) return &burst;
            due_.push_back(&burst);
        }
        return due_.empty() ? nullptr : due_[random_.next() % due_.size()];
    }

    Model& model_;
    const How& how_;
    Found& found_;
    replay::Random random_;
    std::vector<Burst> bursts_;
    std::vector<Burst*> due_;
    Burst* offered_ = nullptr;
    uint32_t begun_ = NONE;
};

// The memory that is written: looks at every word, by the source that its piece comes from.
class Writes {
public:
    Writes(Model& model, const How& how, Found& found, const std::vector<uint64_t>& sources)
        : model_(model), how_(how), found_(found), sources_(sources) {}

    void drive(uint64_t now) {
        Target::awready(model_) = Target::wready(model_) = 1;
        const bool due = !answers_.empty() && answers_.front().due <= now;
        Target::bvalid(model_) = due;
        if (due) Target::bid(model_) = answers_.front().id;
        Target::bresp(model_) = 0;
    }

    void observe(uint64_t now) {
        if (Target::bvalid(model_) && Target::bready(model_)) answers_.pop_front();
        if (Target::awvalid(model_)) {
            open_.push_back({static_cast<uint32_t>(Target::awid(model_)), Target::awaddr(model_), 0,
                             Target::awlen(model_) + 1u});
        }
        if (!Target::wvalid(model_)) return;
        if (open_.empty()) throw replay::Fault("a word before its address");
        Burst& burst = open_.front();
        const uint64_t at = burst.address + burst.moved * BEAT - TARGET_AT;
        const uint64_t piece = at / how_.piece_bytes;
        found_.wrong += piece >= sources_.size() ||
                        Target::wdata(model_) != content(sources_[piece] + at % how_.piece_bytes);
        ++found_.written;
        const bool last = ++burst.moved == burst.beats;
        found_.wrong += last != Target::wlast(model_);
        if (!last) return;
        burst.due = now + how_.write_latency;
        answers_.push_back(burst);
        open_.pop_front();
    }

private:
    Model& model_;
    const How& how_;
    Found& found_;
    const std::vector<uint64_t>& sources_;
    std::deque<Burst> open_, answers_;
};

// Offers a job for each piece, as fast as they are taken.
class Jobs {
public:
    Jobs(Model& model, const How& how, Found& found, const std::vector<uint64_t>& sources)
        : model_(model), how_(how), found_(found), sources_(sources) {}

    void drive(uint64_t) {
        ports::done::ready(model_) = 1;
        ports::jobs::valid(model_) = next_ < sources_.size();
        if (next_ == sources_.size()) return;
        replay::Payload<ports::jobs::BITS> job;
        set<ports::jobs::source>(job, sources_[next_]);
        set<ports::jobs::target>(job, TARGET_AT + next_ * how_.piece_bytes);
        ports::jobs::bytes::set(job, how_.piece_bytes);
        ports::jobs::tag::set(job, next_ % build::JOBS);
        replay::store(ports::jobs::payload(model_), job);
    }

    void observe(uint64_t) {
        next_ += ports::jobs::valid(model_) && ports::jobs::ready(model_);
        if (!ports::done::valid(model_)) return;
        using Done = replay::Payload<ports::done::BITS>;
        const auto done = replay::load<Done>(ports::done::payload(model_));
        found_.wrong += ports::done::status::get(done) != 0;
        ++found_.done;
    }

private:
    template <class Field, class Payload>
    static void set(Payload& payload, uint64_t value) {
        const uint32_t words[] = {static_cast<uint32_t>(value), static_cast<uint32_t>(value >> 32)};
        Field::set_words(payload, words);
    }

    Model& model_;
    const How& how_;
    Found& found_;
    const std::vector<uint64_t>& sources_;
    uint64_t next_ = 0;
};

// Everything lies in the regions.
void open_regions(Model& model) {
    using Regions = ports::regions;
    replay::Payload<Regions::BITS> regions;
    const uint32_t limit = 1u << (build::ADDRESS_BITS - 12);
    Regions::source::limit::set(regions, limit);
    Regions::target::limit::set(regions, limit);
    replay::store(Regions::value(model), regions);
    ports::quiesce::value(model) = 0;
}

Found measure(const How& how) {
    Model model;
    Found found;
    replay::Random random(how.seed + 1);
    std::vector<uint64_t> sources(how.pieces);
    for (auto& source : sources) {
        source = random.next() % TARGET_AT / how.piece_bytes * how.piece_bytes;
    }
    open_regions(model);
    replay::reset(model);
    Reads reads(model, how, found);
    Writes writes(model, how, found, sources);
    Jobs jobs(model, how, found, sources);
    for (uint64_t now = 1; found.done < how.pieces; ++now) {
        reads.drive(now);
        writes.drive(now);
        jobs.drive(now);
        model.clk = 0;
        model.eval();
        reads.observe(now);
        writes.observe(now);
        jobs.observe(now);
        model.clk = 1;
        model.eval();
        if (now > 1'000'000 + 4 * how.pieces * how.piece_bytes) throw replay::Fault("no end");
    }
    const uint64_t all = how.pieces * how.piece_bytes / BEAT;
    found.wrong += (found.beats != all) + (found.written != all);
    return found;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 8) {
        std::fprintf(stderr, "usage: efficiency_mover PIECES PIECE_BYTES LATENCY WRITE_LATENCY "
                             "ORDER SPREAD SEED\n");
        return 2;
    }
    uint64_t given[7];
    for (int n = 0; n < 7; ++n) given[n] = std::strtoull(arguments[n + 1], nullptr, 10);
    const How how{given[0], given[1], given[2], given[3], given[4], given[5], given[6]};
    try {
        const Found found = measure(how);
        std::printf("{\"beats\": %llu, \"cycles\": %llu, \"wrong\": %llu}\n",
                    static_cast<unsigned long long>(found.beats),
                    static_cast<unsigned long long>(found.last - found.first + 1),
                    static_cast<unsigned long long>(found.wrong));
    } catch (const replay::Fault& fault) {
        std::fprintf(stderr, "%s\n", fault.what());
        return 1;
    }
}
