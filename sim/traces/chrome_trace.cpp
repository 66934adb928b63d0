#include "sim/traces/chrome_trace.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "sim/traces/slice_text.hpp"
#include "sim/traces/trace_writer.hpp"

namespace lockstep::sim {

ChromeTrace::ChromeTrace(const topology::Fleet& fleet, std::span<const Job> jobs, TraceOptions options)
    : fleet_(&fleet), jobs_(jobs.begin(), jobs.end()), options_(std::move(options)) {
  std::sort(options_.ranks.begin(), options_.ranks.end());
}

bool ChromeTrace::shows(const OpPlace& place) const {
  return options_.ranks.empty() || place.is_agent ||
         std::binary_search(options_.ranks.begin(), options_.ranks.end(), place.rank);
}

void ChromeTrace::count_event() {
  if (++events_ <= options_.most_events) return;
  throw InputError({.where = "trace",
                    .problem = "there are more than " + std::to_string(options_.most_events) +
                               " operations and messages, which no viewer would open",
                    .suggestion = "trace a few ranks only, or a smaller run"});
}

std::uint32_t ChromeTrace::lane_of(const OpPlace& place) {
  const auto [entry, is_new] =
      lane_numbers_.try_emplace({place.frame, place.stream}, static_cast<std::uint32_t>(lanes_.size()));
  if (is_new) {
    const std::string name = place.program->stream_name(place.member, place.stream);
    lanes_.push_back({.place = place, .name = texts_.number_of(name)});
  }
  return entry->second;
}

ChromeTrace::Slice& ChromeTrace::slice_at(const OpPlace& place) {
  std::vector<Slice>& slices = lanes_[lane_of(place)].slices;
  if (slices.size() <= place.position) slices.resize(place.position + 1);
  return slices[place.position];
}

void ChromeTrace::op_done(const OpSpan& span) {
  if (!shows(span.place)) return;
  count_event();
  const SliceText text = slice_text(span, *fleet_);
  Slice& slice = slice_at(span.place);
  slice.start = span.start;
  slice.end = span.end;
  slice.kind = span.kind;
  slice.name = texts_.number_of(text.name);
  slice.details = texts_.number_of(text.details);
}

void ChromeTrace::message_done(const MessageSpan& span) {
  if (!shows(span.to)) return;
  slice_at(span.to).received += span.bytes;
  if (!shows(span.from)) return;
  count_event();
  const std::uint32_t from = lane_of(span.from);
  messages_.push_back({.from = from,
                       .to = lane_of(span.to),
                       .from_position = span.from.position,
                       .to_position = span.to.position,
                       .start = span.start,
                       .end = span.end,
                       .bytes = span.bytes});
}

void ChromeTrace::write(std::ostream& out) const {
  write_trace(*this, out);
}

}  // namespace lockstep::sim
