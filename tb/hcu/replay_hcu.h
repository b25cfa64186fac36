// What surrounds an HCU in a replay: it offers chunks, owns the tables, applies what was assigned.
#pragma once

#include <deque>
#include <vector>

#include "build.h"
#include "ports.h"
#include "replay/streams.h"

using replay::Fault;
using replay::Payload;
using Model = ports::Model;

constexpr unsigned CONTEXTS = 4096;
constexpr unsigned WORD_BYTES = build::HASH_BITS / 8;
constexpr unsigned WORD = (WORD_BYTES + 3) / 4;  // in words of 32 bits
constexpr unsigned LARGEST_MEMBERS = 65535;

// One context's hash table (spec section 7): hash words one after the other, members.
struct Table {
    std::vector<uint32_t> words;
    std::vector<uint32_t> members;

    uint32_t clusters() const { return static_cast<uint32_t>(members.size()); }
};

struct Chunk {
    uint32_t context, Th_hd, max_clusters, cluster_cap, tokens;
    std::vector<uint32_t> words;
};

struct Token {
    uint32_t cluster, founded, full, distance, word[WORD];
};

// What the unit said of a chunk, and when.
struct Answer {
    uint32_t number = 0, clusters_before = 0;                       // as offered
    uint32_t context = 0, chunk = 0, header_clusters = 0, size = 0;  // as its header says
    uint32_t clusters = 0, status = 0;
    uint64_t header_sent = 0, loaded = 0, ended = 0;
    std::vector<Token> tokens;
};

// Chunks as beats of `hash_bits`, with the settings beside the header.
class HashFeed {
public:
    HashFeed(const std::vector<Chunk>& chunks, std::vector<Answer>& answers, replay::Stalls stalls)
        : chunks_(chunks), answers_(answers), stalls_(stalls) {}

    void offer(size_t chunk) { queue_.push_back(chunk); }
    bool more() const { return !queue_.empty(); }
    Payload<ports::hash_bits::BITS> next(Model& model);
    void taken(uint64_t now);

private:
    const std::vector<Chunk>& chunks_;
    std::vector<Answer>& answers_;
    replay::Stalls stalls_;
    std::deque<size_t> queue_;
    uint32_t at_ = 0;  // words of the first chunk that have been taken, and its header
};

// Passes over tables as beats of `table`, each some cycles after it was asked for.
class TableFeed {
public:
    using Request = Payload<ports::passes::BITS>;

    void serve(const Request& request, const Table& table, uint64_t due) {
        queue_.push_back({request, &table, table.clusters(), due});
    }
    void time(uint64_t now) { now_ = now; }
    bool more() const { return !queue_.empty() && queue_.front().due <= now_; }
    Payload<ports::table::BITS> next(Model&);
    void taken();

    uint64_t entries_read = 0;

private:
    struct Pass {
        Request request;
        const Table* table;
        uint32_t clusters;
        uint64_t due;
    };
    std::deque<Pass> queue_;
    uint32_t at_ = 0;
    uint64_t now_ = 0;
};

// Owner of the tables: one chunk in flight per context (spec D23), tables change at an OK trailer
// (D24). Like any owner it needs a cycle to react.
class Owner {
public:
    Owner(std::vector<Chunk> chunks, std::vector<Table> tables, uint32_t first_number,
          uint32_t table_latency, replay::Stalls stalls);

    bool busy() const { return next_ < chunks_.size() || first_ < next_; }
    void drive(uint64_t now);
    void asked(const Payload<ports::passes::BITS>& request) { requests_.push_back(request); }
    void assigned(const Payload<ports::assignments::BITS>& beat, uint64_t now);

    std::vector<Answer> answers;
    std::vector<Table> tables;  // by context
    size_t answered() const { return first_; }

private:
    void apply(const Chunk& chunk, const Answer& answer);

    std::vector<Chunk> chunks_;
    uint32_t first_number_, table_latency_;
    size_t next_ = 0, first_ = 0;  // chunks offered, chunks answered
    std::vector<bool> in_flight_ = std::vector<bool>(CONTEXTS);
    std::deque<Payload<ports::passes::BITS>> requests_;
    bool in_packet_ = false;

public:
    HashFeed hash_feed;
    TableFeed table_feed;
};
