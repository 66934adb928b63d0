#include <gtest/gtest.h>

#include <algorithm>

#include "base/text_file.hpp"
#include "validation/closed_forms/closed_form.hpp"
#include "validation/closed_forms/pipeline_form.hpp"
#include "validation/statistics/reliability_situation.hpp"
#include "validation/statistics/straggler_situation.hpp"
#include "validation/training/training_form.hpp"

namespace lockstep::validation {
namespace {

// What stands between bars in a table of Markdown.
std::string cell(std::string text) {
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) text.insert(at, "\\");
  return text;
}

template <class List, class Name>
std::string joined(const List& list, const Name& name) {
  std::string text;
  for (const auto& item : list) text.append(text.empty() ? "" : ", ").append(name(item));
  return text.empty() ? "–" : text;
}

std::string port_name(PortModel model) {
  static const std::vector<std::string> names = {"fluid", "contention_free", "H-block", "H-lat", "LogGP"};
  return names.at(static_cast<std::size_t>(model));
}

std::string row_of(const ClosedForm& form) {
  return "| " + std::string(form.id) + " | " + cell(std::string(form.title)) + " | " + cell(std::string(form.formula)) +
         " | " + joined(form.port_models, port_name) + " | " +
         joined(form.assumptions, [](const Assumption* assumption) { return std::string(assumption->name); }) + " | " +
         std::string(form.source) + " |\n";
}

std::string row_of(const PipelineForm& form) {
  return "| " + std::string(form.id) + " | " + cell(std::string(form.title)) + " | " + cell(std::string(form.formula)) +
         " | " + joined(form.schedules, [](std::string_view name) { return "`" + std::string(name) + "`"; }) + " | " +
         joined(form.assumptions, [](const PipelineAssumption* assumption) { return std::string(assumption->name); }) +
         " | " + std::string(form.source) + " |\n";
}

template <class Situation>
std::string row_of(const SampledForm<Situation>& form) {
  return "| " + std::string(form.id) + " | " + cell(std::string(form.title)) + " | " + cell(std::string(form.formula)) +
         " | " + joined(form.assumptions, [](const auto* assumption) { return std::string(assumption->name); }) +
         " | " + std::string(form.source) + " |\n";
}

template <class Forms>
void expect_table(const Forms& forms) {
  const std::string page = read_text_file(LOCKSTEP_SOURCE_DIR "/docs/closed_forms.md");
  for (const auto& form : forms) {
    EXPECT_NE(page.find(row_of(form)), std::string::npos) << "docs/closed_forms.md lacks this line:\n" << row_of(form);
    for (const auto* assumption : form.assumptions) {
      const std::string line =
          "| `" + std::string(assumption->name) + "` | " + std::string(assumption->description) + " |\n";
      EXPECT_NE(page.find(line), std::string::npos) << "docs/closed_forms.md lacks this line:\n" << line;
    }
  }
}

TEST(ClosedFormDocs, TheTableIsThatOfTheProgram) {
  expect_table(closed_forms());
}

TEST(ClosedFormDocs, TheTableOfPipelinesIsThatOfTheProgram) {
  expect_table(pipeline_forms());
}

TEST(ClosedFormDocs, TheTablesOfStragglersAndFailuresAreThoseOfTheProgram) {
  expect_table(straggler_forms());
  expect_table(reliability_forms());
}

TEST(ClosedFormDocs, TheTablesOfTrainingStepsAreThoseOfTheProgram) {
  const std::string page = read_text_file(LOCKSTEP_SOURCE_DIR "/docs/cross_check.md");
  for (const TrainingForm& form : training_forms()) {
    const std::string row = "| `" + std::string(form.id) + "` | " + std::string(form.title) + " | " +
                            cell(std::string(form.formula)) + " | " + std::string(form.source) + " |\n";
    EXPECT_NE(page.find(row), std::string::npos) << "docs/cross_check.md lacks this line:\n" << row;
    for (const TrainingAssumption* assumption : form.assumptions) {
      const std::string start =
          "| `" + std::string(assumption->name) + "` | " + std::string(assumption->description) + " | ";
      const std::size_t at = page.find(start);
      ASSERT_NE(at, std::string::npos) << "docs/cross_check.md lacks a line that starts so:\n" << start;
      const bool is_granted = page.compare(at + start.size(), 3, "–") != 0;
      EXPECT_EQ(is_granted, assumption->grant != nullptr) << assumption->name;
    }
  }
}

}  // namespace
}  // namespace lockstep::validation
