#include "bench/sim/bare_ring.hpp"

#include <array>
#include <ctime>
#include <simgrid/s4u.hpp>
#include <string>
#include <utility>
#include <vector>

namespace lockstep::bench {
namespace {

namespace s4u = simgrid::s4u;

constexpr double vector_bytes = 1e9;

// Hosts on one switch by full-duplex links of 50 GB/s and 2.5 us.
class Platform {
 public:
  explicit Platform(unsigned ranks) {
    auto* zone = s4u::create_star_zone("switch");
    for (unsigned rank = 0; rank < ranks; ++rank) {
      hosts.push_back(zone->create_host("host" + std::to_string(rank), 1.0));
      const auto* link =
          zone->create_split_duplex_link("link" + std::to_string(rank), 50e9)->set_latency(2.5e-6)->seal();
      zone->add_route(hosts.back()->get_netpoint(), nullptr, nullptr, nullptr,
                      {{link, s4u::LinkInRoute::Direction::UP}}, true);
    }
    zone->seal();
  }

  Measured run() {
    const std::clock_t start = std::clock();
    engine_.run();
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    const std::uint64_t ranks = hosts.size();
    return {.events = 2 * ranks * (ranks - 1), .seconds = seconds};
  }

  std::vector<s4u::Host*> hosts;

 private:
  struct Arguments {
    std::array<std::string, 8> texts = {"bare",
                                        "--log=root.thres:critical",
                                        "--cfg=network/model:CM02",
                                        "--cfg=network/crosstraffic:0",
                                        "--cfg=network/TCP-gamma:0",
                                        "--cfg=network/latency-factor:1",
                                        "--cfg=network/bandwidth-factor:1",
                                        "--cfg=network/weight-S:0"};
    std::array<char*, 9> pointers = {};
    int count = 8;
    Arguments() {
      for (std::size_t i = 0; i < texts.size(); ++i) pointers[i] = texts[i].data();
    }
  };
  Arguments arguments_;
  s4u::Engine engine_{&arguments_.count, arguments_.pointers.data()};
};

// A rank sends when it has received and sent in the step before, and the next rank has, too.
class RingOfCallbacks {
 public:
  explicit RingOfCallbacks(Platform& platform)
      : platform_(&platform),
        ranks_(static_cast<unsigned>(platform.hosts.size())),
        bytes_(static_cast<std::uint64_t>(vector_bytes / ranks_)),
        ends_done_(ranks_),
        ends_ready_(ranks_),
        steps_(ranks_),
        number_(ranks_),
        under_way_(ranks_) {
    for (unsigned rank = 0; rank < ranks_; ++rank) number_[rank] = rank;
    s4u::Activity::on_completion_cb([this](const s4u::Activity& activity) {
      const unsigned sender = *activity.get_data<unsigned>();
      // SimGrid needs it until this function has returned.
      const s4u::CommPtr finished = std::exchange(last_finished_, std::move(under_way_[sender]));
      half_done(sender);
      half_done(next(sender));
    });
    for (unsigned rank = 0; rank < ranks_; ++rank) enter_step(rank);
  }

 private:
  unsigned next(unsigned rank) const { return rank + 1 == ranks_ ? 0 : rank + 1; }
  unsigned previous(unsigned rank) const { return rank == 0 ? ranks_ - 1 : rank - 1; }

  void half_done(unsigned rank) {
    if (++ends_done_[rank] < 2) return;
    ends_done_[rank] = 0;
    if (++steps_[rank] < 2 * (ranks_ - 1)) enter_step(rank);
  }
  void enter_step(unsigned rank) {
    end_ready(rank);
    end_ready(previous(rank));
  }
  void end_ready(unsigned sender) {
    if (++ends_ready_[sender] < 2) return;
    ends_ready_[sender] = 0;
    auto message = s4u::Comm::sendto_init(platform_->hosts[sender], platform_->hosts[next(sender)]);
    message->set_payload_size(bytes_);
    message->set_data(&number_[sender]);
    message->start();
    under_way_[sender] = std::move(message);
  }

  Platform* platform_;
  unsigned ranks_;
  std::uint64_t bytes_;
  std::vector<unsigned> ends_done_;
  std::vector<unsigned> ends_ready_;
  std::vector<unsigned> steps_;
  std::vector<unsigned> number_;
  std::vector<s4u::CommPtr> under_way_;
  s4u::CommPtr last_finished_;
};

}  // namespace

Measured bare_ring_by_callbacks(unsigned ranks) {
  Platform platform(ranks);
  const RingOfCallbacks ring(platform);
  return platform.run();
}

Measured bare_ring_by_actors(unsigned ranks) {
  Platform platform(ranks);
  std::vector<s4u::Mailbox*> boxes;
  for (unsigned rank = 0; rank < ranks; ++rank) boxes.push_back(s4u::Mailbox::by_name(std::to_string(rank)));
  const auto bytes = static_cast<std::uint64_t>(vector_bytes / ranks);
  int payload = 0;
  for (unsigned rank = 0; rank < ranks; ++rank) {
    s4u::Actor::create("rank", platform.hosts[rank], [&, rank] {
      s4u::Mailbox* to = boxes[(rank + 1) % ranks];
      for (unsigned step = 0; step < 2 * (ranks - 1); ++step) {
        const s4u::CommPtr sent = to->put_async(&payload, bytes);
        boxes[rank]->get<int>();
        sent->wait();
      }
    });
  }
  return platform.run();
}

Measured bare_ring(unsigned ranks) {
  // What is started outside of actors is on one list, which SimGrid searches at each completion.
  return ranks <= 256 ? bare_ring_by_callbacks(ranks) : bare_ring_by_actors(ranks);
}

}  // namespace lockstep::bench
