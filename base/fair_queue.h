#ifndef COUNTERSIGN_BASE_FAIR_QUEUE_H_
#define COUNTERSIGN_BASE_FAIR_QUEUE_H_

#include <array>
#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "base/share.h"

namespace countersign::base {

// Items that wait for one of a number of places, and take turns: by caller first, then by group,
// then by request; those of one request in the order in which they came.
//
//   FairQueue<Task>::Holder* holder = queue.Admit(share);    // null: no room
//   queue.Enqueue(holder, task);                             // the task stands in line
//   std::optional<FairQueue<Task>::Turn> turn = queue.Take(is_wanted, drop);
//   ... a place is held ...
//   queue.Release(turn->holder);
//
// With Options::shares, a caller, a group and a request may hold only their part of the places, and
// of the room to wait (ShareLimits): whoever has had all his part has no turn until one of his
// places is free again.
//
// Taking costs a number of steps that grows with the places that are held, never with the items
// that wait. Not thread-safe.
template <typename Item>
class FairQueue {
 private:
  struct Node;

 public:
  struct Options {
    size_t places = 1;
    // How many more may be admitted.
    size_t queue = 0;
    bool shares = false;
  };

  // An admitted item's share; lives until it has left.
  using Holder = Node;

  struct Turn {
    Item item;
    Holder* holder;
  };

  explicit FairQueue(const Options& options)
      : places_(options.places),
        room_(options.places + options.queue),
        shares_(options.shares),
        place_limits_(places_),
        room_limits_(room_) {}
  FairQueue(const FairQueue&) = delete;
  FairQueue& operator=(const FairQueue&) = delete;

  // Counts one more item of `share` as inside. Null if there is no room for it.
  Holder* Admit(const Share& share) {
    const std::array<std::string, ShareLimits::kLevels> path = {share.caller, share.group,
                                                                absl::StrCat(share.request)};
    if (!HasRoom(path)) return nullptr;
    Node* node = &root_;
    ++node->inside;
    for (const std::string& name : path) {
      std::unique_ptr<Node>& below = node->below[name];
      if (below == nullptr) below = std::make_unique<Node>(node, name);
      node = below.get();
      ++node->inside;
    }
    return node;
  }

  // Puts an item that was admitted in line. Once for each Admit.
  void Enqueue(Holder* holder, Item item) {
    holder->items.push_back(std::move(item));
    for (Node* node = holder; node != nullptr; node = node->above) {
      if (node->waiting++ > 0 || node->above == nullptr) continue;
      node->turn = node->above->turns.insert(node->above->turns.end(), node);
    }
  }

  // The next item that may have a place, which it then holds; nullopt if there is none. An item for
  // which `is_wanted` is false is given to `drop` instead, when its turn comes, has left, and has
  // cost nobody a turn. Neither may call the queue.
  std::optional<Turn> Take(absl::FunctionRef<bool(const Item&)> is_wanted,
                           absl::FunctionRef<void(Item)> drop) {
    while (Node* const holder = FindNext(root_, places_ - root_.held, 0)) {
      const bool wanted = is_wanted(holder->items.front());
      Item item = std::move(holder->items.front());
      holder->items.pop_front();
      PassTurn(holder, wanted);
      if (wanted) return Turn{std::move(item), holder};
      drop(std::move(item));
      Leave(holder);
    }
    return std::nullopt;
  }

  // Gives back a place that Take gave.
  void Release(Holder* holder) {
    for (Node* node = holder; node != nullptr; node = node->above) --node->held;
    Leave(holder);
  }

  // For what was admitted and is not put in line after all.
  void Leave(Holder* holder) {
    for (Node* node = holder; node != nullptr; node = node->above) --node->inside;
    for (Node* node = holder; node->above != nullptr && node->inside == 0;) {
      Node* const above = node->above;
      above->below.erase(std::string(node->name));
      node = above;
    }
  }

  // Items that stand in line, places that are held, and all that were admitted and have not left.
  size_t waiting() const { return root_.waiting; }
  size_t held() const { return root_.held; }
  size_t inside() const { return root_.inside; }

 private:
  // The root, a caller, a group or a request.
  struct Node {
    Node() = default;
    Node(Node* node_above, std::string node_name) : above(node_above), name(std::move(node_name)) {}

    Node* above = nullptr;
    std::string name;
    size_t inside = 0;
    size_t waiting = 0;
    size_t held = 0;
    absl::flat_hash_map<std::string, std::unique_ptr<Node>> below;
    std::list<Node*> turns;                    // of those below, who has items that wait
    typename std::list<Node*>::iterator turn;  // in above->turns, while `waiting` is not 0
    std::deque<Item> items;                    // of a request
  };

  bool HasRoom(const std::array<std::string, ShareLimits::kLevels>& path) const {
    size_t left = room_ - root_.inside;
    const Node* node = &root_;
    for (size_t level = 0; shares_ && level < path.size(); ++level) {
      if (node != nullptr) {
        const auto below = node->below.find(path[level]);
        node = below == node->below.end() ? nullptr : below->second.get();
      }
      left = room_limits_.Left(level, left, node == nullptr ? 0 : node->inside);
    }
    return left > 0;
  }

  // Whoever is next of those below `node`, which has `left` places left for them.
  Node* FindNext(Node& node, size_t left, size_t level) {
    if (left == 0) return nullptr;
    if (level == ShareLimits::kLevels) return &node;
    // Whom this passes over holds places already.
    for (Node* const below : node.turns) {
      const size_t left_below = shares_ ? place_limits_.Left(level, left, below->held) : left;
      if (Node* const found = FindNext(*below, left_below, level + 1)) return found;
    }
    return nullptr;
  }

  // One item fewer of `holder` waits; if it was its turn, the others come first from now on.
  void PassTurn(Node* holder, bool had_turn) {
    for (Node* node = holder; node != nullptr; node = node->above) {
      --node->waiting;
      if (had_turn) ++node->held;
      if (node->above == nullptr) continue;
      std::list<Node*>& turns = node->above->turns;
      if (node->waiting == 0) {
        turns.erase(node->turn);
      } else if (had_turn) {
        turns.splice(turns.end(), turns, node->turn);
      }
    }
  }

  const size_t places_;
  const size_t room_;
  const bool shares_;
  const ShareLimits place_limits_;
  const ShareLimits room_limits_;
  Node root_;
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_FAIR_QUEUE_H_
