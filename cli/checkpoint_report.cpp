#include "cli/checkpoint_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <sstream>

#include "base/unit_text.hpp"
#include "cli/table.hpp"

namespace lockstep::cli {
namespace {

using studies::CheckpointStudy;
using studies::IntervalPoint;
using studies::Summary;

std::string percent(double share) {
  return fmt::format("{:.2f} %", 100 * share);
}

// With as many digits as the 95 % interval makes worth telling.
std::string percent(const Summary& summary) {
  if (!summary.ci95) return percent(summary.mean);
  const double half = 50 * (summary.ci95->high - summary.ci95->low);
  const int digits = half > 0 ? std::clamp(1 - static_cast<int>(std::floor(std::log10(half))), 0, 6) : 2;
  return fmt::format("{:.{}f} ± {:.{}f} %", 100 * summary.mean, digits, half, digits);
}

std::string interval_text(const IntervalPoint& point) {
  return point.interval ? to_text(*point.interval) : "varies";
}

std::string title_of(const IntervalPoint& point) {
  const std::string work = interval_text(point);
  return point.name.empty() ? work : point.name + " (" + work + ")";
}

std::string behind_text(const CheckpointStudy& study, const IntervalPoint& point) {
  if (&point == &study.best_point()) return "the best";
  return percent(point.behind) + (point.may_be_best() ? " =" : "  ");
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

// Which rules are as good as the best, as far as can be told.
std::string verdict_on_rules(const CheckpointStudy& study) {
  std::vector<std::string> equal;
  std::vector<std::string> worse;
  for (const IntervalPoint& point : study.points) {
    if (point.name.empty() || &point == &study.best_point()) continue;
    if (point.may_be_best()) {
      equal.push_back(point.name);
    } else {
      worse.push_back(point.name + " by " + percent(point.behind));
    }
  }
  std::string text;
  if (!equal.empty())
    text += fmt::format("Cannot be told from it with {} replicas: {}.\n", study.replicas, joined(equal));
  if (!worse.empty()) text += fmt::format("Worse: {}.\n", joined(worse));
  return text;
}

std::string verdict(const CheckpointStudy& study) {
  const IntervalPoint& best = study.best_point();
  std::string text =
      fmt::format("The best of those simulated is {}, with a goodput of {}.\n", title_of(best), percent(best.goodput));
  text += verdict_on_rules(study);
  if (study.broken.empty()) {
    return text + fmt::format("R04 applies, and has its optimum at {}.\n", interval_text(study.rule("exact")));
  }
  text += "R04 does not apply:\n";
  for (const auto& broken : study.broken) text += "  " + broken.assumption + ": " + broken.explanation + "\n";
  return text;
}

Table table_of(const CheckpointStudy& study) {
  Table table({{"work between", Align::right},
               {"rule"},
               {"goodput", Align::right},
               {"behind the best", Align::right},
               {"R04", Align::right},
               {"checkpoints", Align::right},
               {"lost", Align::right},
               {"recovery", Align::right}});
  for (const IntervalPoint& point : study.points) {
    table.add_row({point.interval ? to_text(*point.interval) : to_text(point.between_saves), point.name,
                   percent(point.goodput), behind_text(study, point), point.form ? percent(*point.form) : "",
                   percent(point.checkpoint), percent(point.lost), percent(point.recovery)});
  }
  return table;
}

// Where things are on the drawing: intervals by their logarithms, goodputs from the least to the most.
class Axes {
 public:
  static constexpr double width = 640, height = 380, left = 64, right = 20, top = 40, bottom = 46;

  explicit Axes(const CheckpointStudy& study) {
    const auto hold = [&](Seconds interval, double goodput) {
      shortest_ = std::min(shortest_, std::log(interval.si()));
      longest_ = std::max(longest_, std::log(interval.si()));
      least_ = std::min(least_, goodput);
      most_ = std::max(most_, goodput);
    };
    for (const IntervalPoint& point : study.points) {
      if (!point.interval) continue;
      hold(*point.interval, point.goodput.mean);
      if (point.goodput.ci95) hold(*point.interval, point.goodput.ci95->low);
      if (point.goodput.ci95) hold(*point.interval, point.goodput.ci95->high);
    }
    for (const auto& [interval, goodput] : study.form_curve) hold(interval, goodput);
    const double margin = 0.05 * std::max(most_ - least_, 1e-6);
    least_ -= margin;
    most_ += margin;
  }

  double x(Seconds interval) const {
    return left + (width - left - right) * (std::log(interval.si()) - shortest_) / (longest_ - shortest_);
  }
  double y(double goodput) const { return top + (height - top - bottom) * (most_ - goodput) / (most_ - least_); }
  // A share of the way up.
  double goodput_at(double share) const { return least_ + share * (most_ - least_); }

 private:
  static constexpr double infinite = std::numeric_limits<double>::infinity();
  double shortest_ = infinite;
  double longest_ = -infinite;
  double least_ = infinite;
  double most_ = -infinite;
};

std::string svg_frame(const CheckpointStudy& study, const Axes& axes) {
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" font-size=\"11\">\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n"
      "<text x=\"8\" y=\"18\" font-size=\"13\">goodput over the work between checkpoints, {2} replicas</text>\n"
      "<text x=\"8\" y=\"33\" fill=\"#2a6fbb\">R04{3}</text>\n",
      Axes::width, Axes::height, study.replicas, study.broken.empty() ? "" : ", which does not apply here");
  for (const double share : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    const double goodput = axes.goodput_at(share);
    svg += fmt::format(
        "<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#dddddd\"/>"
        "<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
        Axes::left, Axes::width - Axes::right, axes.y(goodput), axes.y(goodput), Axes::left - 6, axes.y(goodput) + 4,
        percent(goodput));
  }
  return svg;
}

std::string svg_point(const IntervalPoint& point, const Axes& axes, bool is_best) {
  const double x = axes.x(*point.interval);
  std::string svg;
  if (point.goodput.ci95) {
    svg += fmt::format("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\" stroke=\"#555555\"/>\n", x,
                       axes.y(point.goodput.ci95->low), axes.y(point.goodput.ci95->high));
  }
  svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"{}\"><title>{}: {}</title></circle>\n", x,
                     axes.y(point.goodput.mean), is_best ? 5 : 3, is_best ? "#c23b22" : "#333333", title_of(point),
                     percent(point.goodput));
  // Those that are only tried stand evenly, and their names do not run into each other.
  if (point.name.empty()) {
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", x, Axes::height - 28,
                       to_text(*point.interval));
  }
  return svg;
}

}  // namespace

std::string checkpoint_text(const CheckpointStudy& study) {
  std::ostringstream out;
  out << fmt::format("The job stops every {} on average; a checkpoint holds its steps of {} up for {}.\n\n",
                     to_text(study.mtbf), to_text(study.step), to_text(study.cost));
  table_of(study).print(out, 2);
  out << "\n" << verdict(study);
  for (const IntervalPoint& point : study.points) {
    if (point.endless == 0) continue;
    out << fmt::format("{} of {} replicas with {} never get to their end, and count as 0.\n", point.endless,
                       study.replicas, title_of(point));
  }
  return out.str();
}

std::string svg_goodput_curve(const CheckpointStudy& study) {
  const Axes axes(study);
  std::string svg = svg_frame(study, axes);
  std::string line;
  for (const auto& [interval, goodput] : study.form_curve) {
    line += fmt::format("{:.1f},{:.1f} ", axes.x(interval), axes.y(goodput));
  }
  svg += "<polyline points=\"" + line + "\" fill=\"none\" stroke=\"#2a6fbb\" stroke-width=\"1.5\"/>\n";
  for (const IntervalPoint& point : study.points) {
    if (point.interval) svg += svg_point(point, axes, &point == &study.best_point());
  }
  return svg + "</svg>\n";
}

}  // namespace lockstep::cli
