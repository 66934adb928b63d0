#include "cli/schedule_drawing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/unit_text.hpp"

namespace lockstep::cli {
namespace {

using workloads::Action;
using workloads::Task;

// How an action looks: its letter, its colour on terminals (of 256) and in pictures.
struct Look {
  Action action;
  char letter;
  int terminal_colour;
  const char* fill;
  const char* meaning;
};
constexpr std::array looks = {Look{Action::forward, 'F', 68, "#4e79a7", "forward"},
                              Look{Action::backward, 'B', 71, "#59a14f", "backward"},
                              Look{Action::input_gradient, 'I', 73, "#76b7b2", "input gradient"},
                              Look{Action::weight_gradient, 'W', 179, "#edc948", "weight gradient"}};
constexpr Look other_look = {Action::optimizer, '+', 139, "#b07aa1", "other"};

const Look& look_of(Action action) {
  const auto found = std::find_if(looks.begin(), looks.end(), [&](const Look& look) { return look.action == action; });
  return found == looks.end() ? other_look : *found;
}

// A stretch of time on a device: a task, or a pair that runs at once.
struct Bar {
  std::size_t task;
  bool is_pair;
  double start;
  double end;
};

std::vector<Bar> bars_of(const TimedSchedule& timed, std::size_t device) {
  const std::vector<Task>& tasks = timed.schedule.tasks[device];
  std::vector<Bar> bars;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const workloads::TaskSpan span = timed.spans[device][i];
    const bool is_pair = tasks[i].overlaps_next;
    if (span.end > span.start) bars.push_back({i, is_pair, span.start.si(), span.end.si()});
    if (is_pair) ++i;
  }
  return bars;
}

// The time of one character: the shortest task takes a whole number of them where the width allows one. Where it does
// not, a character stands for several tasks.
struct Scale {
  double character;
  bool is_condensed;
};

Scale scale_of(const TimedSchedule& timed, std::size_t width) {
  double shortest = timed.makespan.si();
  for (std::size_t device = 0; device < timed.schedule.devices(); ++device) {
    for (const Bar& bar : bars_of(timed, device)) shortest = std::min(shortest, bar.end - bar.start);
  }
  const double characters = std::floor(static_cast<double>(width) / (timed.makespan.si() / shortest));
  if (characters >= 1) return {shortest / characters, false};
  return {timed.makespan.si() / static_cast<double>(width), true};
}

std::string label_of(const std::vector<Task>& tasks, const Bar& bar, std::size_t room) {
  const Task& task = tasks[bar.task];
  std::string label = bar.is_pair ? "*" : std::string(1, look_of(task.action).letter);
  const std::string number = std::to_string(task.microbatch);
  if (label.size() + number.size() <= room) label += number;
  return label;
}

std::string row_of(const TimedSchedule& timed, std::size_t device, double character, const DrawingStyle& style) {
  std::string row;
  std::size_t column = 0;
  for (const Bar& bar : bars_of(timed, device)) {
    const auto begin = static_cast<std::size_t>(std::llround(bar.start / character));
    const auto end = static_cast<std::size_t>(std::llround(bar.end / character));
    if (end <= column) continue;
    if (begin > column) row.append(begin - column, style.colours ? ' ' : '.');
    const std::size_t room = end - std::max(begin, column);
    std::string text = label_of(timed.schedule.tasks[device], bar, room);
    text.resize(room, style.colours ? ' ' : '-');
    if (style.colours) {
      const Task& task = timed.schedule.tasks[device][bar.task];
      // Every other chunk of a device in a lighter type, so that they can be told apart.
      const bool is_later_chunk = task.chunk >= timed.schedule.devices();
      const int colour = bar.is_pair ? other_look.terminal_colour : look_of(task.action).terminal_colour;
      text = fmt::format("\x1b[{};38;5;{};48;5;{}m{}\x1b[0m", is_later_chunk ? 3 : 1, is_later_chunk ? 231 : 16, colour,
                         text);
    }
    row += text;
    column = end;
  }
  return row;
}

constexpr char mixed = 'x';

// What fills a character of which `shares` says how much each letter has: '.' where it is mostly idle.
char filling(const std::map<char, double>& shares) {
  constexpr double most_idle = 0.5;
  constexpr double nearly_all = 0.75;
  double busy = 0;
  for (const auto& [letter, share] : shares) busy += share;
  if (busy < most_idle) return '.';
  for (const auto& [letter, share] : shares) {
    if (share >= nearly_all * busy) return letter;
  }
  return mixed;
}

std::string in_colour(char letter) {
  if (letter == '.') return " ";
  const auto look = std::find_if(looks.begin(), looks.end(), [&](const Look& one) { return one.letter == letter; });
  const int colour = look == looks.end() ? other_look.terminal_colour : look->terminal_colour;
  return fmt::format("\x1b[1;38;5;16;48;5;{}m{}\x1b[0m", colour, letter);
}

// Every character by the shares of what happens in its time, so that no task is drawn as if it were longer than it is.
std::string condensed_row(const TimedSchedule& timed, std::size_t device, double character, const DrawingStyle& style) {
  const auto columns = static_cast<std::size_t>(std::llround(timed.makespan.si() / character));
  std::vector<std::map<char, double>> shares(columns);
  for (const Bar& bar : bars_of(timed, device)) {
    const char letter = bar.is_pair ? '*' : look_of(timed.schedule.tasks[device][bar.task].action).letter;
    const double begin = bar.start / character;
    const double end = bar.end / character;
    for (auto column = static_cast<std::size_t>(begin); column < columns && static_cast<double>(column) < end;
         ++column) {
      const double left = static_cast<double>(column);
      shares[column][letter] += std::min(end, left + 1) - std::max(begin, left);
    }
  }
  std::string row;
  for (const auto& column : shares) {
    const char letter = filling(column);
    row += style.colours ? in_colour(letter) : std::string(1, letter);
  }
  return row;
}

std::string legend(const TimedSchedule& timed, const Scale& scale) {
  std::string text;
  bool has_pairs = false;
  for (const Look& look : looks) {
    bool is_used = false;
    for (const auto& tasks : timed.schedule.tasks) {
      for (const Task& task : tasks) {
        is_used = is_used || task.action == look.action;
        has_pairs = has_pairs || task.overlaps_next;
      }
    }
    if (is_used) text += fmt::format("{} {}, ", look.letter, look.meaning);
  }
  if (has_pairs) text += "* overlapped pair, ";
  const std::string character = to_text(Seconds(scale.character));
  if (!scale.is_condensed) return text + "then the microbatch; one character is " + character + "\n";
  return text + mixed + " several in one character of " + character + ": condensed, tasks are shorter than that\n";
}

}  // namespace

std::string terminal_drawing(const TimedSchedule& timed, const DrawingStyle& style) {
  if (!(timed.makespan > Seconds(0))) return "";
  const std::size_t name_width = std::to_string(timed.schedule.devices() - 1).size() + 2;
  const Scale scale = scale_of(timed, std::max<std::size_t>(style.width, name_width + 20) - name_width);
  std::string text;
  for (std::size_t device = 0; device < timed.schedule.devices(); ++device) {
    const auto draw_row = scale.is_condensed ? condensed_row : row_of;
    text += fmt::format("{:>{}} {}\n", device, name_width - 1, draw_row(timed, device, scale.character, style));
  }
  return text + legend(timed, scale);
}

std::string svg_drawing(const TimedSchedule& timed) {
  constexpr double row_height = 22;
  constexpr double left = 60;
  constexpr double width = 1200;
  const double scale = timed.makespan > Seconds(0) ? width / timed.makespan.si() : 0;
  const double height = row_height * timed.schedule.devices();
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"10\">\n",
      left + width + 10, height + 30);
  for (std::size_t device = 0; device < timed.schedule.devices(); ++device) {
    const double top = row_height * static_cast<double>(device);
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">device {}</text>\n", left - 6, top + 15, device);
    svg += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"#f2f2f2\"/>\n", left, top + 1, width,
                       row_height - 2);
    for (const Bar& bar : bars_of(timed, device)) {
      const std::vector<Task>& tasks = timed.schedule.tasks[device];
      const Look& look = bar.is_pair ? other_look : look_of(tasks[bar.task].action);
      const double wide = (bar.end - bar.start) * scale;
      svg += fmt::format(
          "<rect x=\"{:.3f}\" y=\"{}\" width=\"{:.3f}\" height=\"{}\" fill=\"{}\" stroke=\"#fff\" stroke-width=\"0.5\">"
          "<title>{}: {} to {}</title></rect>\n",
          left + bar.start * scale, top + 1, wide, row_height - 2, look.fill, entry_text(tasks, bar.task),
          to_text(Seconds(bar.start)), to_text(Seconds(bar.end)));
      constexpr double least_for_a_number = 14;
      if (wide < least_for_a_number) continue;
      svg += fmt::format("<text x=\"{:.3f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
                         left + (bar.start + bar.end) / 2 * scale, top + 15, tasks[bar.task].microbatch);
    }
  }
  svg += fmt::format("<text x=\"{}\" y=\"{}\">0</text><text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", left,
                     height + 16, left + width, height + 16, to_text(timed.makespan));
  double x = left + 60;
  for (const Look& look : looks) {
    svg += fmt::format(
        "<rect x=\"{}\" y=\"{}\" width=\"10\" height=\"10\" fill=\"{}\"/><text x=\"{}\" y=\"{}\">{}</text>\n", x,
        height + 8, look.fill, x + 14, height + 17, look.meaning);
    x += 120;
  }
  return svg + "</svg>\n";
}

}  // namespace lockstep::cli
