#include "sim/traces/trace_writer.hpp"

#include <algorithm>
#include <cmath>
#include <ostream>

#include "base/unit_text.hpp"
#include "sim/traces/slice_text.hpp"
#include "sim/traces/trace_tracks.hpp"

namespace lockstep::sim {
namespace {

constexpr double microseconds_per_second = 1e6;

// Times are written as multiples of a power of two of a microsecond, so fine that nothing is lost (1 ps in runs up to
// an hour) and so coarse that sums of them are exact doubles: what ends when the next begins does so in the file too.
class Clock {
 public:
  explicit Clock(Seconds end) {
    constexpr int finest = 20;
    constexpr int bits = 51;  // of a double, and one to spare
    const double microseconds = end.si() * microseconds_per_second;
    const int whole_bits = microseconds >= 1 ? std::ilogb(microseconds) + 1 : 0;
    ticks_ = std::ldexp(1.0, std::min(finest, bits - whole_bits));
  }
  double microseconds(Seconds time) const { return std::round(time.si() * microseconds_per_second * ticks_) / ticks_; }

 private:
  double ticks_;  // in a microsecond
};

// Where the ends of an arrow are drawn. Viewers bind them to the slice that is under way then, in whole nanoseconds, so
// the tip keeps away from the slice's end, where the next one begins.
struct Arrow {
  Seconds from;
  Seconds to;
};

Arrow arrow_of(const ChromeTrace::Message& message, const ChromeTrace& trace) {
  constexpr Seconds margin(2e-9);
  const ChromeTrace::Slice& sending = trace.lanes()[message.from].slices[message.from_position];
  const ChromeTrace::Slice& receiving = trace.lanes()[message.to].slices[message.to_position];
  const Seconds tip = message.end - std::min(margin, (message.end - message.start) / 2);
  return {.from = std::clamp(message.start, sending.start, sending.end),
          .to = std::clamp(tip, receiving.start, receiving.end)};
}

const char* category(workloads::OpKind kind) {
  switch (kind) {
    case workloads::OpKind::exchange:
      return "exchange";
    case workloads::OpKind::compute:
      return "compute";
    case workloads::OpKind::collective:
      return "collective";
    case workloads::OpKind::hold:
      break;
  }
  return "hold";
}

class TraceWriter {
 public:
  TraceWriter(const ChromeTrace& trace, std::ostream& out)
      : trace_(trace), out_(out), layout_(lay_out(trace)), clock_(end_of(trace)) {}

  void write() {
    text_ = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[";
    for (const TraceProcess& process : layout_.processes) add_process(process);
    for (const TraceTrack& track : layout_.tracks) add_track(track);
    for (const TraceTrack& track : layout_.tracks) {
      for (const std::uint32_t lane : track.lanes) add_slices(track, trace_.lanes()[lane]);
    }
    const auto messages = trace_.messages();
    for (std::size_t i = 0; i < messages.size(); ++i) add_arrow(messages[i], i);
    if (trace_.options().counters) add_counters();
    text_ += "\n]}\n";
    out_ << text_;
  }

 private:
  static Seconds end_of(const ChromeTrace& trace) {
    Seconds end;
    for (const ChromeTrace::Lane& lane : trace.lanes()) end = std::max(end, lane.slices.back().end);
    return end;
  }

  void begin(char phase) {
    constexpr std::size_t most_held = std::size_t{1} << 20;
    if (text_.size() > most_held) {
      out_ << text_;
      text_.clear();
    }
    text_ += is_first_ ? "\n{\"ph\":\"" : ",\n{\"ph\":\"";
    text_ += phase;
    text_ += '"';
    is_first_ = false;
  }
  void add_number(const char* key, double value) {
    text_.append(",\"").append(key).append("\":").append(shortest_text(value));
  }
  void add_number(const char* key, std::uint64_t value) {
    text_.append(",\"").append(key).append("\":").append(std::to_string(value));
  }
  void add_place(const TraceTrack& track) {
    add_number("pid", std::uint64_t{track.process});
    add_number("tid", std::uint64_t{track.id});
  }

  void add_process(const TraceProcess& process) {
    begin('M');
    add_number("pid", std::uint64_t{process.id});
    text_ += ",\"name\":\"process_name\",\"args\":{\"name\":" + json_string(process.name) + "}}";
    begin('M');
    add_number("pid", std::uint64_t{process.id});
    text_ += ",\"name\":\"process_sort_index\",\"args\":{\"sort_index\":" + std::to_string(process.id) + "}}";
  }
  void add_track(const TraceTrack& track) {
    begin('M');
    add_place(track);
    text_ += ",\"name\":\"thread_name\",\"args\":{\"name\":" + json_string(track.name) + "}}";
    begin('M');
    add_place(track);
    text_ += ",\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":" + std::to_string(track.id) + "}}";
  }

  void add_slices(const TraceTrack& track, const ChromeTrace::Lane& lane) {
    for (std::size_t position = 0; position < lane.slices.size(); ++position) {
      const ChromeTrace::Slice& slice = lane.slices[position];
      const double start = clock_.microseconds(slice.start);
      begin('X');
      add_place(track);
      add_number("ts", start);
      add_number("dur", clock_.microseconds(slice.end) - start);
      text_.append(",\"cat\":\"").append(category(slice.kind));
      text_.append("\",\"name\":").append(trace_.texts()[slice.name]);
      text_.append(",\"args\":{\"position\":").append(std::to_string(position));
      text_ += trace_.texts()[slice.details];
      if (slice.received > Bytes(0)) add_number("received_bytes", slice.received.si());
      text_ += "}}";
    }
  }

  void add_arrow(const ChromeTrace::Message& message, std::uint64_t id) {
    const Arrow arrow = arrow_of(message, trace_);
    add_arrow_end('s', id, message.from, arrow.from);
    text_ += ",\"args\":{\"bytes\":" + shortest_text(message.bytes.si()) + "}}";
    add_arrow_end('f', id, message.to, arrow.to);
    text_ += ",\"bp\":\"e\"}";
  }
  void add_arrow_end(char phase, std::uint64_t id, std::uint32_t lane, Seconds at) {
    begin(phase);
    add_place(layout_.tracks[layout_.track_of[lane]]);
    add_number("id", id);
    add_number("ts", clock_.microseconds(at));
    text_ += R"(,"cat":"message","name":"message")";
  }

  // What each process has sent and nobody has received yet.
  void add_counters() {
    struct Change {
      std::uint32_t process;
      double at;
      double bytes;
      int messages;
    };
    std::vector<Change> changes;
    for (const ChromeTrace::Message& message : trace_.messages()) {
      const std::uint32_t process = layout_.tracks[layout_.track_of[message.from]].process;
      changes.push_back({process, clock_.microseconds(message.start), message.bytes.si(), 1});
      changes.push_back({process, clock_.microseconds(message.end), -message.bytes.si(), -1});
    }
    std::stable_sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
      return a.process != b.process ? a.process < b.process : a.at < b.at;
    });
    double bytes = 0;
    int messages = 0;
    for (std::size_t i = 0; i < changes.size(); ++i) {
      bytes += changes[i].bytes;
      messages += changes[i].messages;
      if (messages == 0) bytes = 0;  // fractions of bytes may leave a rest
      const bool is_last_of_time =
          i + 1 == changes.size() || changes[i + 1].process != changes[i].process || changes[i + 1].at != changes[i].at;
      if (!is_last_of_time) continue;
      begin('C');
      add_number("pid", std::uint64_t{changes[i].process});
      add_number("ts", changes[i].at);
      text_ += R"(,"name":"in flight","args":{"bytes":)" + shortest_text(bytes) + "}}";
    }
  }

  const ChromeTrace& trace_;
  std::ostream& out_;
  TraceLayout layout_;
  Clock clock_;
  std::string text_;  // not yet written
  bool is_first_ = true;
};

}  // namespace

void write_trace(const ChromeTrace& trace, std::ostream& out) {
  TraceWriter(trace, out).write();
}

}  // namespace lockstep::sim
