#include "kube/manifests/yaml_writer.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "kube/manifests/yaml_scalar.h"

namespace countersign::kube {
namespace {

using base::Json;

// The names of an object's members, in the order in which they are written.
std::vector<std::string> NamesIn(const Json& object) {
  static constexpr std::string_view kFirst[] = {"apiVersion", "kind", "metadata", "name"};
  std::vector<std::string> names;
  for (const auto& member : object.items()) names.push_back(member.key());
  std::stable_sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return std::find(std::begin(kFirst), std::end(kFirst), a) <
           std::find(std::begin(kFirst), std::end(kFirst), b);
  });
  return names;
}

// Whether a text can stand without quotes: it is made of letters, digits and a few characters that
// mean nothing at their places, and is not taken for something else than a text.
bool IsPlain(std::string_view text) {
  static constexpr std::string_view kAnywhere =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
  if (text.empty() || text.find_first_not_of(kAnywhere) != std::string_view::npos) return false;
  if (text.front() == '-' || text.front() == '.') return false;
  const absl::StatusOr<Json> read = ReadPlainScalar(text);
  return read.ok() && read->is_string();
}

// Whether a text can be a literal block (YAML 1.2 section 8.1.2): printable lines, the first of which
// does not begin with a space, with one line break at the end.
bool IsBlock(std::string_view text) {
  if (text.size() < 2 || !text.ends_with('\n') || text.ends_with("\n\n")) return false;
  if (text.front() == ' ' || text.front() == '\n' || text.front() == '#') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
}

std::string Scalar(const Json& json) {
  if (json.is_string() && IsPlain(json.get_ref<const std::string&>())) return json;
  // What is quoted in JSON is so in YAML, if it is ASCII.
  return json.dump(-1, ' ', /*ensure_ascii=*/true);
}

class Writer {
 public:
  // Members or elements, each on lines that begin with so many spaces; the first one's are there
  // already if `is_begun`.
  void Write(const Json& json, int indent, bool is_begun) {
    if (json.is_array()) {
      for (const Json& element : json) {
        Begin(indent, is_begun);
        text_ += "- ";
        if (IsNested(element)) {
          Write(element, indent + 2, true);
        } else {
          WriteLeaf(element, indent + 2);
        }
      }
      return;
    }
    for (const std::string& name : NamesIn(json)) {
      const Json& member = json.at(name);
      Begin(indent, is_begun);
      absl::StrAppend(&text_, Scalar(Json(name)), ":");
      if (!IsNested(member)) {
        text_ += ' ';
        WriteLeaf(member, indent + 2);
        continue;
      }
      text_ += '\n';
      Write(member, member.is_array() ? indent : indent + 2, false);
    }
  }

  void WriteLeaf(const Json& json, int indent) {
    if (!json.is_string() || !IsBlock(json.get_ref<const std::string&>())) {
      absl::StrAppend(&text_, Scalar(json), "\n");
      return;
    }
    text_ += "|\n";
    std::string_view lines = json.get_ref<const std::string&>();
    lines.remove_suffix(1);
    for (const absl::string_view line : absl::StrSplit(lines, '\n')) {
      if (!line.empty()) absl::StrAppend(&text_, std::string(indent, ' '), line);
      text_ += '\n';
    }
  }

  static bool IsNested(const Json& json) {
    return (json.is_object() || json.is_array()) && !json.empty();
  }

  std::string text_ = "---\n";

 private:
  void Begin(int indent, bool& is_begun) {
    if (!is_begun) text_.append(static_cast<size_t>(indent), ' ');
    is_begun = false;
  }
};

}  // namespace

std::string WriteYaml(const base::Json& json) {
  Writer writer;
  if (Writer::IsNested(json)) {
    writer.Write(json, 0, false);
  } else {
    writer.WriteLeaf(json, 2);
  }
  return std::move(writer.text_);
}

}  // namespace countersign::kube
