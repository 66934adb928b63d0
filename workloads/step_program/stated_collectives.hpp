#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/json_fields.hpp"
#include "workloads/step_program/json_lines.hpp"
#include "workloads/step_program/line_fields.hpp"
#include "workloads/step_program/listed_program.hpp"

namespace lockstep::workloads {

// The collectives of a file: their members' lines meet by name, and have to agree.
class StatedCollectives {
 public:
  StatedCollectives(std::string file, const ProgramGround& ground, std::uint32_t ranks)
      : file_(std::move(file)), ground_(ground), ranks_(ranks) {}

  // Takes part as the line of that rank says: fills in collective and member of `op`. A line that only gives the name
  // means what an earlier line says. Throws InputError.
  void join(const std::string& line, const LineFields& fields, RankId rank, ProgramBuilder& builder, Op& op);

  // Throws InputError where a member never takes part.
  void require_members() const;

 private:
  struct Group {
    std::vector<RankId> ranks;
    std::unordered_map<std::uint32_t, std::uint32_t> member_of;  // of each rank
  };
  struct Named {
    std::uint64_t line = 0;
    std::string request;
    std::shared_ptr<const Group> group;
    std::uint64_t number = 0;
    std::vector<std::uint64_t> lines;  // of each member; 0 until it is there
  };

  Named& stated(const std::string& line, const LineFields& fields, ProgramBuilder& builder);
  std::shared_ptr<const Group> group_of(const JsonFields& fields);
  PlanPointer plan(const CollectiveRequest& request, const std::string& text, const Group& group);

  std::string file_;
  ProgramGround ground_;
  std::uint32_t ranks_;
  std::map<std::string, Named, std::less<>> named_;
  std::map<std::vector<std::uint32_t>, std::shared_ptr<const Group>> groups_;
  std::map<std::pair<const Group*, std::string>, PlanPointer> plans_;
};

}  // namespace lockstep::workloads
