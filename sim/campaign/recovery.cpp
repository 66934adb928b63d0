// What becomes of a campaign when something fails.
#include <algorithm>
#include <limits>

#include "sim/campaign/campaign_run.hpp"

namespace lockstep::sim {
namespace {

// So many failures with nothing saved between them: it would go on like this for ever.
constexpr std::uint64_t hopeless = 100'000;

}  // namespace

std::optional<FailureClocks::Failure> CampaignRun::pass(Seconds span, bool is_running) {
  Seconds left = span;
  for (;;) {
    const Seconds next = clocks_.next(now_, is_running);
    const Seconds step = std::min(next, left);
    now_.wall += step;
    if (is_running) now_.job += step;
    if (writing_ && now_.wall >= writing_->end) {
      const Progress what = writing_->what;
      writing_.reset();
      written(what);
    }
    if (next >= left) return std::nullopt;
    left -= step;
    const Failure failure = clocks_.take();
    if (stops_job(failure) && is_running) return failure;
  }
}

bool CampaignRun::spend(Seconds span, Seconds CampaignTime::*on) {
  const Seconds begin = now_.wall;
  const bool is_cut = capped(span) < span;
  if (const auto failure = pass(capped(span), true)) {
    fail(*failure, {.done = now_.wall - begin});
    return false;
  }
  record_.time.*(is_cut ? &CampaignTime::unfinished : on) += now_.wall - begin;
  return !is_cut;
}

void CampaignRun::idle(Seconds span, Seconds CampaignTime::*on) {
  const Seconds begin = now_.wall;
  pass(std::max(Seconds(0), capped(span)), false);
  record_.time.*on += now_.wall - begin;
}

std::vector<NodePool::Node> CampaignRun::nodes_of(const Failure& failure) {
  std::vector<Node> nodes;
  switch (spec_->causes[failure.cause].scope) {
    case FailureScope::device:
      nodes = {failure.unit / ground_->devices_of_node};
      break;
    case FailureScope::node:
      nodes = {failure.unit};
      break;
    case FailureScope::rack:
      for (std::uint32_t place = 0; place < ground_->places(); ++place) {
        if (ground_->rack_of_place[place] == failure.unit && pool_.at(place)) nodes.push_back(*pool_.at(place));
      }
      break;
    case FailureScope::job:
      if (const auto node = pool_.at(static_cast<NodePool::Place>(culprits_.below(ground_->places())))) {
        nodes = {*node};
      }
      break;
  }
  return nodes;
}

// Takes away what is broken; tells whether the job had it.
bool CampaignRun::stops_job(const Failure& failure) {
  const FailureCause& cause = spec_->causes[failure.cause];
  const std::vector<Node> nodes = nodes_of(failure);
  const bool is_of_nodes = cause.scope == FailureScope::device || cause.scope == FailureScope::node;
  const bool has_it = cause.scope == FailureScope::job || std::any_of(nodes.begin(), nodes.end(), [&](Node node) {
                        return pool_.place_of(node).has_value();
                      });
  // A device that fails alone leaves its host's memory as it is.
  const bool is_of_hosts = cause.scope == FailureScope::node || cause.scope == FailureScope::rack;
  if (cause.takes_nodes || is_of_hosts) forget(nodes);
  if (cause.takes_nodes) lose_nodes(cause, nodes);
  if (!is_of_nodes || !cause.takes_nodes) clocks_.renew(failure.cause, failure.unit, now_);
  return has_it;
}

// Together, since what broke them is one thing.
void CampaignRun::lose_nodes(const FailureCause& cause, const std::vector<Node>& nodes) {
  std::optional<Seconds> back;
  if (cause.repair) back = now_.wall + Seconds(draw(*cause.repair));
  for (const Node node : nodes) {
    clocks_.stop_node(node);
    pool_.lose(node, back);
  }
}

void CampaignRun::fail(Failure failure, Interrupted interrupted) {
  std::optional<Failure> next = failure;
  while (next && record_.is_finished) {
    const FailureCause& cause = spec_->causes[next->cause];
    CauseRecord& account = record_.causes[next->cause];
    const Seconds before = record_.time.total();
    ++record_.failures;
    ++account.failures;
    ++record_.events;
    last_cause_ = &cause;
    if (cause.notice > Seconds(0)) heed_notice(cause, interrupted);
    record_.time.lost += interrupted.done;
    interrupted = {};
    writing_.reset();
    if (++failures_in_a_row_ > hopeless) {
      give_up("after " + std::to_string(hopeless) +
              " failures in a row nothing more is saved: it fails sooner than a " + "checkpoint can be reached");
    } else {
      next = recover(cause, roll_back(cause));
    }
    account.lost += record_.time.total() - before;
  }
}

// Whoever is told in time finishes the step, if there is time for it, and saves.
void CampaignRun::heed_notice(const FailureCause& cause, Interrupted& interrupted) {
  Seconds left = capped(cause.notice);
  const Seconds rest = interrupted.step - interrupted.done;
  const bool can_save = has_checkpoints() && record_.write <= left;
  if (can_save && interrupted.step > Seconds(0) && rest + record_.write <= left) {
    pass(rest, false);
    at_.steps += interrupted.share;
    at_.time += interrupted.step;
    interrupted.done = Seconds(0);
    left -= rest;
  }
  if (can_save && at_.steps > saved_.steps) {
    writing_.reset();
    idle(record_.write, &CampaignTime::checkpoint);
    left -= record_.write;
    between_saves_ += at_.time - last_saved_.time;
    last_saved_ = at_;
    written(at_);
  }
  idle(left, can_save ? &CampaignTime::waiting : &CampaignTime::lost);
}

void CampaignRun::forget(const std::vector<Node>& nodes) {
  for (const Node node : nodes) {
    if (const auto place = pool_.place_of(node)) forgot_[*place] = true;
  }
}

// A copy stands on the next place: it is gone where two neighbours are.
bool CampaignRun::has_copies_left() const {
  for (std::size_t place = 0; place < forgot_.size(); ++place) {
    if (forgot_[place] && forgot_[(place + 1) % forgot_.size()]) return false;
  }
  return true;
}

Seconds CampaignRun::roll_back(const FailureCause& cause) {
  // Whoever has all devices given away keeps no copies on them.
  if (copied_ && (cause.is_outage || !has_copies_left())) copied_ = Progress();
  const bool has_copies = copied_ && copied_->steps > saved_.steps;
  const Progress back = has_copies ? *copied_ : saved_;
  record_.time.lost += at_.time - back.time;
  at_ = back;
  for (Progress* last : {&last_saved_, &last_copied_}) {
    if (last->steps > back.steps) *last = back;
  }
  return has_copies ? rule_.memory->load : record_.load;
}

// Until the job runs again, or something else fails.
std::optional<FailureClocks::Failure> CampaignRun::recover(const FailureCause& cause, Seconds load) {
  idle(Seconds(draw(cause.detect)), &CampaignTime::detect);
  if (!cause.takes_nodes && cause.repair) idle(Seconds(draw(*cause.repair)), &CampaignTime::waiting);
  const std::uint32_t missing = pool_.missing();
  if (!fill_places()) return std::nullopt;
  const Seconds swap = pool_.missing() < missing ? spec_->swap : Seconds(0);
  for (const auto& [span, on] :
       {std::pair(swap + Seconds(draw(cause.restart)), &CampaignTime::restart), std::pair(load, &CampaignTime::load),
        std::pair(Seconds(draw(cause.rewarm)), &CampaignTime::rewarm)}) {
    const Seconds begin = now_.wall;
    const auto failure = pass(capped(span), cause.restart_can_fail);
    record_.time.*on += now_.wall - begin;
    if (failure) return failure;
  }
  // What broke during a start that nothing interrupts has to be made good before the job runs.
  if (can_go_on() || now_.wall >= goal_.time || !record_.is_finished) return std::nullopt;
  if (++failures_in_a_row_ > hopeless) {
    give_up("nodes break faster than the job can be started");
    return std::nullopt;
  }
  return recover(cause, load);
}

bool CampaignRun::can_go_on() const {
  return pool_.missing() == 0 ||
         (spec_->least_replicas && ground_->replicas - lost_replicas() >= *spec_->least_replicas);
}

// Finds nodes for all empty places, or waits for them. False where that would be for ever.
bool CampaignRun::fill_places() {
  for (;;) {
    take_spares();
    if (can_go_on() || now_.wall >= goal_.time) return true;
    const auto back = pool_.next_back();
    if (!back) {
      give_up(std::to_string(pool_.missing()) + " of " + std::to_string(ground_->places()) +
              " nodes are missing, there are no spares left, and none is being repaired");
      return false;
    }
    idle(*back - now_.wall, &CampaignTime::waiting);
  }
}

// Nodes that are back, and spare ones, take empty places.
bool CampaignRun::take_spares() {
  for (const Node node : pool_.take_back(now_.wall)) {
    if (spec_->spares_age) clocks_.renew_node(node, now_);
  }
  bool has_taken = false;
  for (NodePool::Place place = 0; place < ground_->places() && pool_.missing() > 0; ++place) {
    if (pool_.at(place)) continue;
    const auto node = pool_.fill(place);
    if (!node) break;
    if (!spec_->spares_age) clocks_.renew_node(*node, now_);
    has_taken = true;
  }
  return has_taken;
}

bool CampaignRun::has_node_to_take() const {
  const auto back = pool_.next_back();
  return !pool_.spares().empty() || (back && *back <= now_.wall);
}

// A job that went on with fewer takes back what is repaired, once what it has done is safe.
void CampaignRun::regrow() {
  if (!has_node_to_take() || !wait_for_write()) return;
  const bool is_copied = copied_ && copied_->steps >= at_.steps;
  if ((saved_.steps < at_.steps && !is_copied) || !take_spares()) return;
  const Seconds before = record_.time.total();
  const FailureCause& cause = *last_cause_;
  const auto failure = recover({.name = cause.name,
                                .lifetime = cause.lifetime,
                                .restart = cause.restart,
                                .rewarm = cause.rewarm,
                                .restart_can_fail = cause.restart_can_fail},
                               is_copied ? rule_.memory->load : record_.load);
  record_.causes[static_cast<std::size_t>(&cause - spec_->causes.data())].lost += record_.time.total() - before;
  if (failure) fail(*failure, {});
}

void CampaignRun::give_up(const std::string& reason) {
  record_.is_finished = false;
  record_.reason = reason;
}

}  // namespace lockstep::sim
