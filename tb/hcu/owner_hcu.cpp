// The owner of the tables, written from spec D23, D24 and section 9.

#include "replay_hcu.h"

namespace {

using Hash = ports::hash_bits;
using Entries = ports::table;
using Answers = ports::assignments;

// 32-bit words of the n-th hash word of a list.
const uint32_t* word_at(const std::vector<uint32_t>& words, size_t n) { return &words[n * WORD]; }

}  // namespace

Payload<Hash::BITS> HashFeed::next(Model& model) {
    const auto& chunk = chunks_[queue_.front()];
    Payload<Hash::BITS> beat;
    Payload<ports::settings::BITS> settings;
    if (at_ == 0) {
        const auto& answer = answers_[queue_.front()];
        Hash::first::set(beat, 1);
        Hash::data::header::context::set(beat, chunk.context);
        Hash::data::header::chunk::set(beat, answer.number);
        Hash::data::header::clusters::set(beat, answer.clusters_before);
        Hash::data::header::tokens::set(beat, chunk.tokens);
        ports::settings::Th_hd::set(settings, chunk.Th_hd);
        ports::settings::max_clusters::set(settings, chunk.max_clusters);
        ports::settings::cluster_cap::set(settings, chunk.cluster_cap);
        replay::store(ports::settings::value(model), settings);
    } else {
        Hash::data::word::set_words(beat, word_at(chunk.words, at_ - 1));
        if (stalls_.ever()) {  // settings count with the header only
            settings = replay::rubbish<ports::settings::BITS>(stalls_);
            replay::store(ports::settings::value(model), settings);
        }
    }
    Hash::last::set(beat, at_ == chunk.tokens);
    return beat;
}

void HashFeed::taken(uint64_t now) {
    const auto& chunk = chunks_[queue_.front()];
    auto& answer = answers_[queue_.front()];
    if (at_ == 0) answer.header_sent = now;
    if (at_ == std::min(chunk.tokens, build::LANES)) answer.loaded = now;
    if (at_++ == chunk.tokens) {
        queue_.pop_front();
        at_ = 0;
    }
}

Payload<Entries::BITS> TableFeed::next(Model&) {
    const auto& pass = queue_.front();
    Payload<Entries::BITS> beat;
    if (at_ == 0) {
        using Asked = ports::passes;
        Entries::first::set(beat, 1);
        Entries::data::header::context::set(beat, Asked::context::get(pass.request));
        Entries::data::header::chunk::set(beat, Asked::chunk::get(pass.request));
        Entries::data::header::clusters::set(beat, Asked::clusters::get(pass.request));
        Entries::data::header::group::set(beat, Asked::group::get(pass.request));
    } else {
        Entries::data::entry::word::set_words(beat, word_at(pass.table->words, at_ - 1));
        Entries::data::entry::members::set(beat, pass.table->members[at_ - 1]);
    }
    Entries::last::set(beat, at_ == pass.clusters);
    return beat;
}

void TableFeed::taken() {
    entries_read += at_ > 0;
    if (at_++ == queue_.front().clusters) {
        queue_.pop_front();
        at_ = 0;
    }
}

Owner::Owner(std::vector<Chunk> chunks, std::vector<Table> tables, uint32_t first_number,
             uint32_t table_latency, replay::Stalls stalls)
    : answers(chunks.size()),
      tables(std::move(tables)),
      chunks_(std::move(chunks)),
      first_number_(first_number),
      table_latency_(table_latency),
      hash_feed(chunks_, answers, stalls) {}

void Owner::drive(uint64_t now) {
    while (next_ < chunks_.size() && !in_flight_[chunks_[next_].context]) {
        const uint32_t context = chunks_[next_].context;
        answers[next_].number = (first_number_ + next_) & 0xFFFF;
        answers[next_].clusters_before = tables[context].clusters();
        in_flight_[context] = true;
        hash_feed.offer(next_++);
    }
    for (; !requests_.empty(); requests_.pop_front()) {
        const auto& request = requests_.front();
        const uint32_t context = ports::passes::context::get(request);
        table_feed.serve(request, tables[context], now + table_latency_);
    }
    table_feed.time(now + 1);
}

void Owner::assigned(const Payload<Answers::BITS>& beat, uint64_t now) {
    const bool first = Answers::first::get(beat), last = Answers::last::get(beat);
    if (first == in_packet_) throw Fault(first ? "a header inside a packet" : "no header");
    if (first_ == next_) throw Fault("an answer to no chunk");
    const auto& chunk = chunks_[first_];
    auto& answer = answers[first_];
    if (first) {
        answer.context = Answers::data::header::context::get(beat);
        answer.chunk = Answers::data::header::chunk::get(beat);
        answer.header_clusters = Answers::data::header::clusters::get(beat);
        answer.size = Answers::data::header::tokens::get(beat);
        answer.tokens.reserve(chunk.tokens);
        in_packet_ = true;
        if (last) throw Fault("a header that is the last beat");
    } else if (!last) {
        using Decision = Answers::data::token;
        if (answer.tokens.size() == chunk.tokens) throw Fault("more tokens than offered");
        Token token{Decision::cluster::get(beat), Decision::founded::get(beat),
                    Decision::full::get(beat), Decision::distance::get(beat), {}};
        Decision::word::get_words(beat, token.word);
        answer.tokens.push_back(token);
    } else {
        answer.clusters = Answers::data::trailer::clusters::get(beat);
        answer.status = Answers::data::trailer::status::get(beat);
        answer.ended = now;
        in_packet_ = false;
        in_flight_[chunk.context] = false;
        ++first_;
        if (answer.status == 0) apply(chunk, answer);
    }
}

void Owner::apply(const Chunk& chunk, const Answer& answer) {
    auto& table = tables[chunk.context];
    for (const auto& token : answer.tokens) {
        if (token.founded) {
            if (token.cluster != table.clusters()) throw Fault("founded with a gap in the table");
            table.words.insert(table.words.end(), token.word, token.word + WORD);
            table.members.push_back(1);
        } else {
            if (token.cluster >= table.clusters()) throw Fault("joined a cluster that is not there");
            if (table.members[token.cluster]++ == LARGEST_MEMBERS) throw Fault("too many members");
        }
    }
}
