// Gives the steps of a stimulus to a KVMU: each command when what it builds on has arrived.
#pragma once

#include "replay_kvmu.h"

class Player {
public:
    Player(const std::vector<Step>& steps, const std::vector<Command>& commands, Judge& judge,
           Moves* moves, Bytes& bytes, const std::vector<memory::Memory*>& peers)
        : steps_(steps),
          commands_(commands),
          judge_(judge),
          moves_(moves),
          bytes_(bytes),
          peers_(peers) {}

    Feed<ports::commands::BITS> commands;
    Feed<ports::selected::BITS> selected;
    Feed<ports::assignments::BITS> assignments;

    // Goes on as far as it can.
    void drive(Model& model, uint64_t now);
    bool busy() const { return at_ < steps_.size() || judge_.busy(); }

private:
    bool passes(const Step& step, Model& model, uint64_t now);
    bool give(uint32_t command, uint64_t now);
    bool waits(const Step& step, Model& model);

    const std::vector<Step>& steps_;
    const std::vector<Command>& commands_;
    Judge& judge_;
    Moves* moves_;
    Bytes& bytes_;
    const std::vector<memory::Memory*>& peers_;
    size_t at_ = 0;
    unsigned quiet_cycles_ = 0;  // since the last result
};

// Kinds of records of a stimulus that are steps: tb/kvmu/replay_kvmu.py.
enum StepKind : uint32_t { COMMAND = 3, HABITS = 4, OUTAGE = 5, WAIT = 6, SPOIL = 7 };
