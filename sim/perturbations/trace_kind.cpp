// Recorded speeds, from SimGrid's profile files or CSV.
#include <cmath>
#include <limits>
#include <sstream>

#include "base/error.hpp"
#include "base/text_file.hpp"
#include "base/unit_text.hpp"
#include "sim/perturbations/kinds.hpp"
#include "sim/perturbations/targets.hpp"

namespace lockstep::sim {
namespace {

struct SpeedTrace {
  std::vector<SpeedChange> changes;  // speeds as they are written: shares, or bytes a second
  Seconds period = Seconds(std::numeric_limits<double>::infinity());
};

// Lines of a time in seconds and a value, separated by a comma or white space; '#' starts a comment, a line of words is
// a heading. As in SimGrid, "LOOPAFTER 5" (formerly "PERIODICITY 5") begins anew 5 s after the last change.
class TraceReader {
 public:
  TraceReader(std::string file, const std::string& text) : file_(std::move(file)), text_(text) {}

  SpeedTrace read() {
    std::istringstream lines(text_);
    for (std::string line; std::getline(lines, line);) {
      ++number_;
      read_line(line.substr(0, line.find('#')));
    }
    if (trace_.changes.empty()) fail("there is no line with a time and a value");
    if (loop_) trace_.period = trace_.changes.back().at + *loop_;
    if (!(trace_.period > trace_.changes.back().at)) fail("it begins anew before the last change");
    return std::move(trace_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw InputError({.where = file_ + ": line " + std::to_string(number_),
                      .problem = problem,
                      .suggestion = "lines are like \"12.5 0.8\": from 12.5 s on at 80 % of the full speed"});
  }

  void read_line(std::string line) {
    for (char& character : line) {
      if (character == ',' || character == ';' || character == '\r') character = ' ';
    }
    std::istringstream words(line);
    std::string first;
    if (!(words >> first)) return;
    std::string second;
    words >> second;
    if (first == "LOOPAFTER" || first == "PERIODICITY") {
      loop_ = Seconds(number_of(second));
      return;
    }
    const bool is_heading = trace_.changes.empty() && std::isalpha(static_cast<unsigned char>(first.front())) != 0;
    if (is_heading) return;
    std::string more;
    if (words >> more) fail("there are more than two columns");
    const SpeedChange change{.at = Seconds(number_of(first)), .speed = number_of(second)};
    if (!trace_.changes.empty() && !(change.at > trace_.changes.back().at)) fail("times must increase");
    trace_.changes.push_back(change);
  }

  double number_of(const std::string& word) const {
    std::size_t used = 0;
    double value = -1;
    try {
      value = std::stod(word, &used);
    } catch (const std::exception&) {
      used = 0;
    }
    if (used != word.size() || word.empty()) fail("'" + excerpt(word) + "' is not a number");
    if (!(value >= 0) || !std::isfinite(value)) fail("'" + excerpt(word) + "' is negative or not finite");
    return value;
  }

  std::string file_;
  const std::string& text_;
  std::uint64_t number_ = 0;
  SpeedTrace trace_;
  std::optional<Seconds> loop_;
};

class Trace final : public Perturbation {
 public:
  explicit Trace(SpeedTrace trace) : trace_(std::move(trace)) {}
  void of_devices(DeviceTargets targets) { devices_ = std::move(targets); }
  void of_links(LinkTargets targets, std::vector<Bandwidth> bandwidths) {
    links_ = std::move(targets);
    bandwidths_ = std::move(bandwidths);
  }

  void disturb(Conditions& conditions, const RunDraws& draws) const override {
    if (devices_) {
      const ProfilePointer profile = profile_for(1);
      for (const topology::VertexId device : devices_->of_run(draws)) conditions.disturb_device(device, profile);
    }
    if (!links_) return;
    for (const topology::ChannelId channel : links_->of_run(draws)) {
      const double unit = bandwidths_.empty() ? 1 : bandwidths_[channel.value()].si();
      conditions.disturb_channel(channel, profile_for(unit));
    }
  }
  bool is_random() const override { return (devices_ && devices_->are_drawn()) || (links_ && links_->are_drawn()); }

 private:
  // Of something whose full speed is so many of the trace's units.
  ProfilePointer profile_for(double unit) const {
    std::vector<SpeedChange> changes = trace_.changes;
    for (SpeedChange& change : changes) change.speed /= unit;
    return recorded_speed(std::move(changes), trace_.period);
  }

  SpeedTrace trace_;
  std::optional<DeviceTargets> devices_;
  std::optional<LinkTargets> links_;
  std::vector<Bandwidth> bandwidths_;  // of each channel, where the trace states bytes a second
};

}  // namespace

std::unique_ptr<Perturbation> read_trace(const JsonFields& fields, const PerturbationGround& ground) {
  const auto name = fields.required<std::string>("file");
  const std::string path = name.starts_with('/') ? name : ground.directory + "/" + name;
  auto trace = std::make_unique<Trace>(TraceReader(path, read_text_file(path)).read());
  const std::string of = fields.choice_or("of", "devices", {"devices", "links"});
  const std::string values = fields.choice_or("values", "share", {"share", "bandwidth"});
  if (of == "devices") {
    if (values == "bandwidth") fields.fail("values", "devices have no bandwidth", "write \"of\": \"links\"");
    trace->of_devices(DeviceTargets::read(fields, ground.fleet));
    return trace;
  }
  std::vector<Bandwidth> bandwidths;
  if (values == "bandwidth") {
    for (const topology::Channel& channel : ground.fleet.channels()) bandwidths.push_back(channel.bandwidth);
  }
  trace->of_links(LinkTargets::read(fields, ground.fleet), std::move(bandwidths));
  return trace;
}

}  // namespace lockstep::sim
