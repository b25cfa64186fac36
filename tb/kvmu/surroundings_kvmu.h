// The streams and buses between a KVMU and its player, judge and memories.
#pragma once

#include <memory>

#include "chip_kvmu.h"
#include "flips_kvmu.h"
#include "player_kvmu.h"
#include "replay/program.h"

namespace ports {
struct home;  // not there in all builds
}

enum Stream { COMMANDS, SELECTIONS, ASSIGNED, RESULTS, GRANTS, DELIVERIES, STREAMS };

// How a replay is run: first pages of the memories; how often the unit is told to be quiet, and a
// bit of metadata turns round, in near memory or on the chip, in 65,536ths of a cycle.
struct How {
    replay::How<STREAMS> shared;
    uint32_t ring = 0, area = 0, far = 0, store = 0, quiesce = 0, flips = 0, chip = 0;

    void take(replay::Record& record) {
        shared.take(record, [this](replay::Record& own) {
            for (auto* value : {&ring, &area, &far, &store, &quiesce, &flips, &chip}) {
                *value = own.take<uint32_t>();
            }
        });
    }
};

// Tells the unit to be quiet now and then; when it has drained, nothing may be begun (D82, D92).
class Quiesce {
public:
    Quiesce(Model& model, uint32_t often, uint64_t seed)
        : model_(model), often_(often), random_(seed) {
        ports::quiesce::value(model) = 0;
    }

    void drive() {
        if (!quiet_) quiet_ = random_.next() >> 48 < often_;
        else if (drained_ && random_.next() >> 48 < HOLD) quiet_ = drained_ = false;
        ports::quiesce::value(model_) = quiet_;
    }

    void observe() {
        using State = ports::state;
        const auto state = replay::load<Payload<State::BITS>>(State::value(model_));
        if (drained_ && !State::idle::get(state)) throw Fault("quiesce: a command was begun");
        drained_ = quiet_ && (drained_ || State::drained::get(state));
        if (State::broken::get(state)) throw Fault("state: broken");
    }

private:
    static constexpr uint32_t HOLD = 65536 / 64;
    Model& model_;
    uint32_t often_;
    replay::Random random_;
    bool quiet_ = false, drained_ = false;
};

class Surroundings {
public:
    Surroundings(Model& model, const How& how, const std::vector<Step>& steps,
                 const std::vector<Command>& commands, std::vector<Answer>& answers)
        : model_(model),
          judge_(commands, answers, bytes_, moves_),
          player_(steps, commands, judge_, moves_, bytes_, peers_),
          quiesce_(model, how.quiesce, how.shared.seed * 1000 + 900),
          commands_(model, player_.commands, how.shared.stalls(COMMANDS)),
          selected_(model, player_.selected, how.shared.stalls(SELECTIONS)),
          assignments_(model, player_.assignments, how.shared.stalls(ASSIGNED)),
          results_(model, how.shared.stalls(RESULTS)),
          grants_(model, how.shared.stalls(GRANTS)),
          deliveries_(model, how.shared.stalls(DELIVERIES)) {
        place(how);
        attach(how.shared.seed);
        turn_round(how);
    }

    bool busy() const { return player_.busy(); }
    const std::vector<Difference>& differences() const { return judge_.differences; }
    uint32_t flips() const {
        uint32_t count = 0;
        for (const auto& one : flips_) count += one.count;
        return count;
    }

    void drive(uint64_t now) {
        player_.drive(model_, now);
        quiesce_.drive();
        for (auto& one : flips_) one.drive();
        commands_.drive();
        selected_.drive();
        assignments_.drive();
        results_.drive();
        grants_.drive();
        deliveries_.drive();
        for (auto& peer : driven_) peer->drive(now);
    }

    bool observe(uint64_t now) {
        bool moved = commands_.observe();
        moved |= selected_.observe();
        moved |= assignments_.observe();
        for (auto& peer : driven_) moved |= peer->observe(now);
        if (const auto beat = grants_.observe()) judge_.grant(*beat), moved = true;
        if (const auto beat = deliveries_.observe()) judge_.delivery(*beat), moved = true;
        if (const auto beat = results_.observe()) judge_.result(*beat, now), moved = true;
        quiesce_.observe();
        check_drained();
        return moved;
    }

private:
    // A peer of any kind.
    struct Agent {
        virtual ~Agent() = default;
        virtual void drive(uint64_t now) = 0;
        virtual bool observe(uint64_t now) = 0;
    };

    template <class Peer>
    struct Driven : Agent {
        Peer peer;
        template <class... Arguments>
        explicit Driven(Arguments&&... arguments) : peer(std::forward<Arguments>(arguments)...) {}
        void drive(uint64_t now) override { peer.drive(now); }
        bool observe(uint64_t now) override { return peer.observe(now); }
    };

    // Who hears `drained` may switch a memory off (D92).
    void check_drained() const {
        using State = ports::state;
        const auto state = replay::load<Payload<State::BITS>>(State::value(model_));
        if (!State::drained::get(state)) return;
        for (const auto* peer : peers_) {
            if (peer->under_way()) {
                throw Fault(std::string(peer->name()) + ": drained, with a burst under way");
            }
        }
    }

    // Where the memories are; at first they hold anything.
    void place(const How& how) {
        replay::Random random(how.shared.seed + 7);
        const auto region = [&](memory::Space& space, uint32_t page, unsigned pages) {
            std::vector<uint8_t> bytes(pages * memory::PAGE_BYTES);
            for (auto& byte : bytes) byte = static_cast<uint8_t>(random.next() >> 56);
            space.add(page * memory::PAGE_BYTES, std::move(bytes));
        };
        region(bytes_.near, how.ring, build::RING_PAGES);
        region(bytes_.near, how.area, build::FRAMES);
        region(bytes_.far, how.far, build::FAR_PAGES);
        if (build::HOME_PAGES) region(bytes_.home, how.store, build::HOME_PAGES);
        using Bases = ports::bases;
        Payload<Bases::BITS> bases;
        Bases::ring::set(bases, how.ring);
        Bases::area::set(bases, how.area);
        Bases::far::set(bases, how.far);
        Bases::store::set(bases, how.store);
        replay::store(Bases::value(model_), bases);
        ports::clear::value(model_) = 0;
    }

    void turn_round(const How& how) {
        const auto seed = how.shared.seed * 1000 + 901;
        if (build::HOME_PAGES) {
            flips_.emplace_back(std::make_unique<memory::Stored>(
                                    bytes_.home, how.store * memory::PAGE_BYTES,
                                    build::HOME_PAGES * memory::PAGE_BYTES),
                                how.flips, seed);
        }
        for (auto& words : chip::words(*model_.rootp)) {
            flips_.emplace_back(std::move(words), how.chip, seed + flips_.size());
        }
    }

    template <class Peer>
    void attach_one(const memory::Bus& bus, memory::Space& space, uint64_t seed,
                    memory::FateOf fate_of) {
        auto made = std::make_unique<Driven<Peer>>(model_, bus, space, seed, std::move(fate_of));
        peers_.push_back(&made->peer);
        driven_.push_back(std::move(made));
    }

    void attach(uint64_t seed) {
        using namespace memory;
        constexpr unsigned BITS = build::DATA_BITS;
        const uint64_t late = 3 * build::TIMEOUT, own = seed * 1000;
        const auto bus = [&](const char* name) {
            return Bus{name, BITS / 8, build::BURST_BYTES, build::OUTSTANDING, false, true, late};
        };
        const auto fate = [this](uint32_t mover, uint32_t side) {
            return [=](const Burst& burst) { return moves_[mover].fate(side, burst); };
        };
        attach_one<ReadPeer<ports::far, BITS, Model>>(bus("far"), bytes_.far, own + 1,
                                                      fate(FETCHING, READ));
        attach_one<WritePeer<ports::near, BITS, Model>>(bus("near"), bytes_.near, own + 2,
                                                        fate(FETCHING, WRITE));
        attach_one<ReadPeer<ports::near, BITS, Model>>(bus("near"), bytes_.near, own + 3,
                                                       fate(OFFLOADING, READ));
        attach_one<WritePeer<ports::far, BITS, Model>>(bus("far"), bytes_.far, own + 4,
                                                       fate(OFFLOADING, WRITE));
        attach_home<ports::home>(own);
    }

    // There is such a port only if metadata are in near memory (D90).
    template <class Home>
    void attach_home(uint64_t own) {
        if constexpr (build::HOME_PAGES > 0) {
            const memory::Bus home{"home", 8, 64, 1, true, false, 0};
            const auto well = [](const memory::Burst&) { return memory::WELL; };
            attach_one<memory::ReadPeer<Home, 64, Model>>(home, bytes_.home, own + 5, well);
            attach_one<memory::WritePeer<Home, 64, Model>>(home, bytes_.home, own + 6, well);
        }
    }

    Model& model_;
    Bytes bytes_;
    Moves moves_[MOVERS];
    Judge judge_;
    std::vector<memory::Memory*> peers_;
    Player player_;
    Quiesce quiesce_;
    std::vector<memory::Flips> flips_;
    std::vector<std::unique_ptr<Agent>> driven_;
    replay::Source<ports::commands, Model, Feed<ports::commands::BITS>> commands_;
    replay::Source<ports::selected, Model, Feed<ports::selected::BITS>> selected_;
    replay::Source<ports::assignments, Model, Feed<ports::assignments::BITS>> assignments_;
    replay::Sink<ports::results, Model> results_;
    replay::Sink<ports::grants, Model> grants_;
    replay::Sink<ports::deliveries, Model> deliveries_;
};
