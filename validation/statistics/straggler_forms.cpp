// The lines of the table for stragglers.
#include <algorithm>
#include <array>

#include "validation/statistics/straggler_situation.hpp"

namespace lockstep::validation {
namespace {

using enum WaitingProtocol;
using Answer = std::optional<Prediction>;

// Laws as scenarios call them.
constexpr char exponential[] = "exponential", shifted_exponential[] = "shifted_exponential", uniform[] = "uniform",
               normal[] = "normal", pareto[] = "pareto", weibull[] = "weibull", lognormal[] = "lognormal",
               bernoulli[] = "bernoulli";

bool is_random(const StragglerSituation& at) {
  return at.law != "constant" && !at.persistent;
}

// The k-th of n draws, and the exchange.
Answer waited(const StragglerSituation& at) {
  const auto moments = order_moments(at.factor, at.rank);
  if (!moments) return std::nullopt;
  return Prediction{moments->mean * at.compute + at.exchange};
}

template <WaitingProtocol protocol, const char* law>
Answer waited_of(const StragglerSituation& at) {
  return is_random(at) && at.protocol == protocol && at.local_steps == 1 && at.law == law ? waited(at) : std::nullopt;
}

template <const char* law>
Answer waited_either_way(const StragglerSituation& at) {
  return at.protocol == sync ? waited_of<sync, law>(at) : waited_of<k_sync, law>(at);
}

// Where no law has a form of its own.
Answer waited_of_other_laws(const StragglerSituation& at) {
  constexpr std::array own = {exponential, uniform, pareto, bernoulli};
  constexpr std::array own_maximum = {shifted_exponential, normal, weibull, lognormal};
  const auto is_in = [&](const auto& names) { return std::ranges::find(names, at.law) != names.end(); };
  if (!is_random(at) || at.local_steps != 1 || is_in(own)) return std::nullopt;
  if (at.protocol == k_sync || (at.protocol == sync && !is_in(own_maximum))) return waited(at);
  return std::nullopt;
}

Answer memoryless_k_async(const StragglerSituation& at) {
  return is_random(at) && at.protocol == k_async ? waited(at) : std::nullopt;
}

// The mean of n workers' updates, or of k of them, that nobody waits for.
template <WaitingProtocol protocol>
Answer unwaited(const StragglerSituation& at) {
  if (!is_random(at) || at.protocol != protocol || !at.factor.mean()) return std::nullopt;
  const double gradients = protocol == async ? 1 : at.rank.k;
  return Prediction{gradients / at.rank.n * *at.factor.mean() * at.compute};
}

Answer persistent_step(const StragglerSituation& at) {
  if (!at.persistent || at.protocol != sync) return std::nullopt;
  return Prediction{at.rank.n / persistent_rates(at.rank.n, at.compute, *at.persistent).sync + at.exchange};
}

Answer persistent_updates(const StragglerSituation& at) {
  if (!at.persistent || at.protocol != async) return std::nullopt;
  return Prediction{1.0 / persistent_rates(at.rank.n, at.compute, *at.persistent).async};
}

Answer local_round(const StragglerSituation& at) {
  const bool speaks = is_random(at) && at.protocol == sync && at.local_steps > 1 && at.factor.mean();
  if (!speaks) return std::nullopt;
  const auto steps = static_cast<std::uint32_t>(at.local_steps);
  return Prediction{local_steps_round(at.rank.n, steps, *at.factor.mean() * at.compute / steps) + at.exchange};
}

Answer at_least_the_means(const StragglerSituation& at) {
  if (!is_random(at) || !at.step_of_means) return std::nullopt;
  return Prediction{*at.step_of_means};
}

const std::vector<const StragglerAssumption*> of_waiting = {&alike_workers, &one_draw_a_step, &exposed_exchange,
                                                            &nothing_else_random, &finite_variance};

std::vector<const StragglerAssumption*> of_not_waiting(std::vector<const StragglerAssumption*> more = {}) {
  std::vector<const StragglerAssumption*> all = {&alike_workers,  &one_draw_a_step,     &independent_steps,
                                                 &free_exchange,  &nothing_else_random, &long_run,
                                                 &finite_variance};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::vector<StragglerForm> waiting_forms() {
  constexpr std::string_view order = "David and Nagaraja 2003";
  return {
      {.id = "S01",
       .title = "slowest of n exponential times",
       .formula = "H_n/μ + T",
       .source = order,
       .assumptions = of_waiting,
       .predict = waited_of<sync, exponential>},
      {.id = "S02",
       .title = "slowest of n shifted exponential times",
       .formula = "D + H_n/μ + T",
       .source = order,
       .assumptions = of_waiting,
       .predict = waited_of<sync, shifted_exponential>},
      {.id = "S03",
       .title = "slowest of n even times",
       .formula = "a + (b-a)n/(n+1) + T",
       .source = order,
       .assumptions = of_waiting,
       .predict = waited_of<sync, uniform>},
      {.id = "S04",
       .title = "slowest of n normal times",
       .formula = "μ + σe_n + T, cut off as the law is",
       .source = order,
       .assumptions = of_waiting,
       .predict = waited_of<sync, normal>},
      {.id = "S05",
       .title = "k-th of n Pareto times",
       .formula = "x_m Γ(n+1)Γ(n-k+1-1/a)/(Γ(n-k+1)Γ(n+1-1/a)) + T",
       .source = "Arnold 1983",
       .assumptions = of_waiting,
       .predict = waited_either_way<pareto>},
      {.id = "S06",
       .title = "slowest of n Weibull times",
       .formula = "λΓ(1+1/c) Σ_j (-1)^(j+1) C(n,j) j^(-1/c) + T",
       .source = order,
       .assumptions = of_waiting,
       .predict = waited_of<sync, weibull>},
      {.id = "S07",
       .title = "slowest of n lognormal times",
       .formula = "∫ 1 - Φ((ln x - m)/s)^n dx + T",
       .source = order,
       .assumptions = of_waiting,
       .predict = waited_of<sync, lognormal>},
      {.id = "S08",
       .title = "transient stragglers",
       .formula = "t(1 + (s-1)(1 - (1-p)^n)) + T",
       .source = order,
       .assumptions = of_waiting,
       .predict = waited_of<sync, bernoulli>},
      {.id = "S09",
       .title = "k-th of n exponential times",
       .formula = "(H_n - H_(n-k))/μ + T",
       .source = order,
       .assumptions = of_waiting,
       .predict = waited_of<k_sync, exponential>},
      {.id = "S09",
       .title = "k-th of n even times",
       .formula = "a + (b-a)k/(n+1) + T",
       .source = order,
       .assumptions = of_waiting,
       .predict = waited_of<k_sync, uniform>},
      {.id = "S10",
       .title = "k of n with transient stragglers",
       .formula = "t(1 + (s-1)P(Bin(n,1-p) < k)) + T",
       .source = order,
       .assumptions = of_waiting,
       .predict = waited_of<k_sync, bernoulli>},
      {.id = "order",
       .title = "k-th of n times of any law",
       .formula = "∫ Q(u) dI_u(k, n-k+1) + T",
       .source = order,
       .assumptions = of_waiting,
       .predict = waited_of_other_laws},
  };
}

std::vector<StragglerForm> protocol_forms() {
  constexpr std::string_view protocols = "Dutta et al. 2018";
  return {
      {.id = "S11",
       .title = "k-async",
       .formula = "(H_n - H_(n-k))/μ",
       .source = protocols,
       .assumptions = of_not_waiting({&memoryless}),
       .predict = memoryless_k_async},
      {.id = "S11",
       .title = "k-batch-sync",
       .formula = "k/(nμ)",
       .source = protocols,
       .assumptions = of_not_waiting({&memoryless}),
       .predict = unwaited<k_batch_sync>},
      {.id = "S11",
       .title = "k-batch-async",
       .formula = "k E[X]/n",
       .source = protocols,
       .assumptions = of_not_waiting(),
       .predict = unwaited<k_batch_async>},
      {.id = "S11",
       .title = "async",
       .formula = "E[X]/n",
       .source = protocols,
       .assumptions = of_not_waiting(),
       .predict = unwaited<async>},
      {.id = "S12",
       .title = "persistent stragglers, waited for",
       .formula = "st + T",
       .source = protocols,
       .kind = FormKind::exact,
       .assumptions = {&whole_stragglers, &alike_workers, &exposed_exchange, &nothing_else_random},
       .predict = persistent_step},
      {.id = "S12",
       .title = "persistent stragglers, async",
       .formula = "t/(n(1 - f + f/s))",
       .source = protocols,
       .assumptions = {&whole_stragglers, &alike_workers, &free_exchange, &nothing_else_random, &long_run},
       .predict = persistent_updates},
      {.id = "S15",
       .title = "means of random times",
       .formula = "T(means) ≤ E[T]",
       .source = "Jensen's inequality; Baccelli et al. 1992",
       .kind = FormKind::bound,
       .assumptions = {&nothing_else_random, &finite_variance},
       .predict = at_least_the_means},
      {.id = "S17",
       .title = "barrier after H exponential steps",
       .formula = "E[max Erlang(H)]/μ + T",
       .source = protocols,
       .assumptions = {&alike_workers, &one_draw_a_step, &independent_steps, &memoryless, &exposed_exchange,
                       &nothing_else_random},
       .predict = local_round},
  };
}

}  // namespace

std::span<const StragglerForm> straggler_forms() {
  static const std::vector<StragglerForm> table = [] {
    std::vector<StragglerForm> all = waiting_forms();
    std::ranges::move(protocol_forms(), std::back_inserter(all));
    return all;
  }();
  return table;
}

std::vector<FormCheck> check_stragglers(const StragglerSituation& situation, const SampledMean& update_time) {
  return check_sampled(straggler_forms(), situation, update_time);
}

}  // namespace lockstep::validation
