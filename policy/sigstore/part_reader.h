#ifndef COUNTERSIGN_POLICY_SIGSTORE_PART_READER_H_
#define COUNTERSIGN_POLICY_SIGSTORE_PART_READER_H_

#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "policy/problem.h"

namespace countersign::policy {

// Reads the members of one part (a JSON object) of an object of policy.sigstore.dev as strictly as the
// Policy Controller's decoder does, but to the end: what is of the wrong type, and each member that is
// not asked for, is a problem, and the part is then broken; so is one in which another is. A part that
// cannot be read is there all the same, as far as it could be read, so that nothing that a policy asks
// for vanishes with it. JSON null is an absent member.
//
// A part is a struct with `std::optional<Problem> broken`, which a function
// `Part ReadPart(const base::JsonPlace&, std::vector<Problem>&)` makes, whose last deed is Finish.
// For one object and one thread.
class PartReader {
 public:
  // Problems are appended to `problems`, which must outlive this.
  PartReader(const base::JsonPlace& place, std::vector<Problem>& problems);

  // The member `name`, if it is there and of its type; `value` stays as it is otherwise.
  void Read(std::string_view name, std::string& value);
  void Read(std::string_view name, std::optional<std::string>& value);
  void Read(std::string_view name, std::optional<bool>& value);
  void Read(std::string_view name, std::vector<std::string>& values);
  void Read(std::string_view name, std::map<std::string, std::string>& values);
  // A URL that Go's parser takes (policy/sigstore/go_url.h).
  void ReadUrl(std::string_view name, std::optional<std::string>& url);

  template <typename Part>
  using ReadPart = Part (*)(const base::JsonPlace&, std::vector<Problem>&);

  // A part inside this one, which this one is broken with.
  template <typename Part>
  void Read(std::string_view name, std::optional<Part>& part, ReadPart<Part> read) {
    ReadApart(name, part, read);
    if (part.has_value()) BreakWith(part->broken);
  }
  template <typename Part>
  void Read(std::string_view name, std::vector<Part>& parts, ReadPart<Part> read) {
    ReadApart(name, parts, read);
    for (const Part& part : parts) BreakWith(part.broken);
  }

  // The same of parts that are broken each for itself. What should be a list and is none is one broken
  // part; so is one of more than `most`.
  template <typename Part>
  void ReadApart(std::string_view name, std::optional<Part>& part, ReadPart<Part> read) {
    const std::optional<base::JsonPlace> member = Find(name);
    if (member.has_value()) part = read(*member, problems_);
  }
  template <typename Part>
  void ReadApart(std::string_view name, std::vector<Part>& parts, ReadPart<Part> read,
                 size_t most = std::numeric_limits<size_t>::max()) {
    const std::optional<base::JsonPlace> member = Find(name);
    if (!member.has_value()) return;
    absl::StatusOr<std::vector<base::JsonPlace>> elements = member->Elements();
    if (elements.ok() && elements->size() > most) {
      elements = member->Error(absl::StrCat("must hold at most ", most, " entries"));
    }
    if (elements.ok()) {
      for (const base::JsonPlace& element : *elements) parts.push_back(read(element, problems_));
    } else {
      parts.emplace_back().broken = Note(elements.status());
    }
  }

  // A member that is not looked into.
  void Skip(std::string_view name) { Find(name); }

  // Something else that is wrong with the part, or its member.
  void Add(Problem problem);

  // Adds a problem for each member that was not asked for, and says what the part is broken with, the
  // first problem in it, if it is.
  std::optional<Problem> Finish();

 private:
  std::optional<base::JsonPlace> Find(std::string_view name);
  // Adds the problem of an error that a JsonPlace made.
  Problem Note(const absl::Status& error);
  void BreakWith(const std::optional<Problem>& problem) {
    if (!broken_.has_value()) broken_ = problem;
  }

  const base::JsonPlace place_;
  std::vector<Problem>& problems_;
  std::set<std::string, std::less<>> known_;
  std::optional<Problem> broken_;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_PART_READER_H_
