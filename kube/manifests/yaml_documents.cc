#include "kube/manifests/yaml_documents.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "kube/manifests/source_fault.h"
#include "kube/manifests/yaml_scalar.h"
#include "kube/manifests/yaml_text.h"
#include "yaml-cpp/anchor.h"
#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/exceptions.h"
#include "yaml-cpp/mark.h"
#include "yaml-cpp/parser.h"

namespace countersign::kube {
namespace {

using base::Json;

constexpr size_t kMaxQuotedBytes = 64;

// Thrown out of the parser by our own event handler, and caught where the parser was called.
struct Refusal {
  int line;
  std::string reason;
};

int LineOf(const YAML::Mark& mark) { return mark.line + 1; }

// A value that is complete, and what it weighs.
struct Node {
  Json json;
  SourceLines lines;
  size_t nodes = 1;
  size_t scalar_bytes = 0;
};

// A mapping or sequence that has started and not ended.
struct OpenNode {
  Node node;
  YAML::anchor_t anchor = 0;
  // Of a mapping: the key whose value comes next, and where it is in the text.
  std::optional<std::string> key = {};
  int key_position = 0;
};

// Builds values from the parser's events; the parser's own tree would be built before anything
// could be counted.
class DocumentBuilder final : public YAML::EventHandler {
 public:
  DocumentBuilder(std::string_view text, const YamlLimits& limits) : text_(text), limits_(limits) {}

  std::vector<Document> TakeDocuments() { return std::move(documents_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    // Where the indentation is wrong yaml-cpp ends the document and starts another one.
    if (std::exchange(started_, true) && !IsDocumentMarker(mark)) {
      throw Refusal{LineOf(mark), "no part of what comes before (is the indentation right?)"};
    }
    anchors_.clear();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (ExpectsKey()) throw Refusal{LineOf(mark), "a key that is null"};
    // yaml-cpp gives the place of the key for that of a value which is not even announced.
    if (!open_.empty() && open_.back().key && open_.back().key_position == mark.pos) {
      throw Refusal{LineOf(mark), "a key without a colon"};
    }
    Add(Leaf(Json(), mark, 0), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (ExpectsKey()) throw Refusal{LineOf(mark), "a key that is an alias"};
    const auto marked = anchors_.find(anchor);
    if (marked == anchors_.end()) {
      throw Refusal{LineOf(mark), "an alias of something that contains it"};
    }
    line_ = LineOf(mark);
    Count(marked->second);
    Add(Node(marked->second), 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (ExpectsKey() && value == "<<" && tag == "?") {
      throw Refusal{LineOf(mark),
                    "merge keys (<<) are not supported: write out what they bring in"};
    }
    Node leaf = Leaf(ReadScalar(mark, tag, value), mark, value.size());
    if (ExpectsKey()) {
      StartMember(leaf, anchor);
      open_.back().key_position = mark.pos;
    } else {
      Add(std::move(leaf), anchor);
    }
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(Json::array(), mark, tag, "tag:yaml.org,2002:seq", anchor);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(Json::object(), mark, tag, "tag:yaml.org,2002:map", anchor);
  }
  void OnMapEnd() override { Close(); }

 private:
  bool IsDocumentMarker(const YAML::Mark& mark) const {
    const std::string_view rest = text_.substr(mark.pos);
    return mark.column == 0 && rest.starts_with("---") &&
           (rest.size() == 3 ||
            std::string_view(" \t\r\n").find(rest[3]) != std::string_view::npos);
  }

  bool ExpectsKey() const {
    return !open_.empty() && open_.back().node.json.is_object() && !open_.back().key;
  }

  // yaml-cpp gives "?" for a plain scalar without a tag and "!" for a quoted one.
  static Json ReadScalar(const YAML::Mark& mark, const std::string& tag, const std::string& value) {
    const bool is_text = tag == "!" || tag == "tag:yaml.org,2002:str";
    if (!is_text && tag != "?") throw UnknownTag(mark, tag);
    absl::StatusOr<Json> read = is_text ? ReadQuotedScalar(value) : ReadPlainScalar(value);
    if (!read.ok()) throw Refusal{LineOf(mark), std::string(read.status().message())};
    return *std::move(read);
  }

  static Refusal UnknownTag(const YAML::Mark& mark, const std::string& tag) {
    return {LineOf(mark),
            absl::StrCat("the tag ", base::Printable(tag, kMaxQuotedBytes),
                         " is not supported: leave it out, or write the value that is meant")};
  }

  Node Leaf(Json json, const YAML::Mark& mark, size_t scalar_bytes) {
    Node leaf;
    leaf.json = std::move(json);
    leaf.lines.line = line_ = LineOf(mark);
    leaf.scalar_bytes = scalar_bytes;
    Count(leaf);
    return leaf;
  }

  void Count(const Node& node) {
    nodes_ += node.nodes;
    scalar_bytes_ += node.scalar_bytes;
    if (nodes_ > limits_.max_nodes) {
      throw Refusal{line_, absl::StrCat("more than ", limits_.max_nodes, " values")};
    }
    if (scalar_bytes_ > limits_.max_scalar_bytes) {
      throw Refusal{line_, absl::StrCat("more than ", limits_.max_scalar_bytes,
                                        " bytes of text, aliases followed")};
    }
  }

  void Open(Json container, const YAML::Mark& mark, const std::string& tag,
            std::string_view own_tag, YAML::anchor_t anchor) {
    if (ExpectsKey()) {
      throw Refusal{LineOf(mark),
                    "a key that is no scalar: if it is a template's {{ }}, render it first (helm "
                    "template), or put it in quotes"};
    }
    if (!tag.empty() && tag != "?" && tag != own_tag) throw UnknownTag(mark, tag);
    if (open_.size() >= static_cast<size_t>(limits_.max_depth)) {
      throw Refusal{LineOf(mark), absl::StrCat("nested more than ", limits_.max_depth, " deep")};
    }
    open_.push_back({.node = Leaf(std::move(container), mark, 0), .anchor = anchor});
  }

  void Close() {
    OpenNode closed = std::move(open_.back());
    open_.pop_back();
    Add(std::move(closed.node), closed.anchor);
  }

  void StartMember(const Node& key, YAML::anchor_t anchor) {
    Keep(key, anchor);
    OpenNode& parent = open_.back();
    const Json& json = key.json;
    if (!json.is_string() && !json.is_boolean() && !json.is_number_integer()) {
      throw Refusal{key.lines.line, "a key that is no string: quote it"};
    }
    parent.key = json.is_string() ? json.get<std::string>() : json.dump();
    if (parent.node.json.contains(*parent.key)) {
      throw Refusal{key.lines.line,
                    absl::StrCat("a second key \"", base::Printable(*parent.key, kMaxQuotedBytes),
                                 "\" in one mapping")};
    }
    parent.node.lines.names.push_back(*parent.key);
    parent.node.lines.children.push_back(key.lines);
    parent.node.scalar_bytes += key.scalar_bytes;
  }

  // Remembers what the aliases of `anchor` stand for, unless it is 0.
  void Keep(const Node& node, YAML::anchor_t anchor) {
    if (anchor == 0) return;
    Count(node);
    anchors_.insert_or_assign(anchor, node);
  }

  // Puts a complete value where it belongs.
  void Add(Node node, YAML::anchor_t anchor) {
    Keep(node, anchor);
    if (open_.empty()) {
      if (!node.json.is_null()) documents_.push_back({std::move(node.json), std::move(node.lines)});
      return;
    }
    OpenNode& parent = open_.back();
    parent.node.nodes += node.nodes;
    parent.node.scalar_bytes += node.scalar_bytes;
    if (parent.node.json.is_array()) {
      parent.node.json.push_back(std::move(node.json));
      parent.node.lines.children.push_back(std::move(node.lines));
      return;
    }
    node.lines.line = parent.node.lines.children.back().line;
    parent.node.lines.children.back() = std::move(node.lines);
    parent.node.json[*parent.key] = std::move(node.json);
    parent.key.reset();
  }

  const std::string_view text_;
  const YamlLimits limits_;
  std::vector<Document> documents_;
  bool started_ = false;
  std::vector<OpenNode> open_;
  absl::flat_hash_map<YAML::anchor_t, Node> anchors_;
  int line_ = 1;  // of the event that is being handled
  size_t nodes_ = 0;
  size_t scalar_bytes_ = 0;
};

absl::StatusOr<std::vector<Document>> Build(std::string_view file, const std::string& text,
                                            const YamlLimits& limits) {
  DocumentBuilder builder(text, limits);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refusal& refusal) {
    return SourceError(file, {.line = refusal.line, .reason = refusal.reason});
  } catch (const YAML::Exception& error) {
    const int line = LineOf(error.mark);
    return SourceError(file,
                       {.line = line,
                        .reason = absl::StrCat(
                            base::Printable(error.msg),
                            IsIndentedByTab(text, line) ? ": indent by spaces, not tabs" : "")});
  }
  return builder.TakeDocuments();
}

}  // namespace

absl::StatusOr<std::vector<Document>> ParseYamlDocuments(std::string_view file,
                                                         const std::string& text,
                                                         const YamlLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return SourceError(
        file, {.line = 1, .reason = absl::StrCat("larger than ", limits.max_bytes, " bytes")});
  }
  if (const std::optional<TextFault> fault = FindTextFault(text); fault.has_value()) {
    return SourceError(file, {.line = fault->line, .reason = std::string(fault->reason)});
  }
  if (text.starts_with("\uFEFF")) {
    return SourceError(
        file, {.line = 1, .reason = "a byte order mark at the start: save the file without it"});
  }

  // yaml-cpp takes the end of the text for the end of a quoted scalar, so that half a file could
  // pass for a whole one; before an explicit end of the document it does not.
  const bool has_last_line_break = text.ends_with('\n');
  absl::StatusOr<std::vector<Document>> documents =
      Build(file, absl::StrCat(text, has_last_line_break ? "" : "\n", "...\n"), limits);
  if (!documents.ok() || has_last_line_break) return documents;
  // A block scalar on the last line must not be given the line break that the text lacks.
  return Build(file, text, limits);
}

}  // namespace countersign::kube
