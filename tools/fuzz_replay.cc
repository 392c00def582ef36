// Runs a fuzz target as a plain test: the files named on the command line, seeds that upset
// parsers, and mutations of both. Everything is deterministic, so that a failure can be repeated.
// The input that was being tried when the process died is left in
// $TEST_UNDECLARED_OUTPUTS_DIR/input or ./fuzz_input.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr int kMutations = 4096;
constexpr size_t kMaxMutatedBytes = 16 * 1024;
constexpr int kMaxEditsPerMutation = 8;

std::string Repeat(std::string_view text, int times) {
  std::string repeated;
  for (int i = 0; i < times; ++i) repeated += text;
  return repeated;
}

// Pieces that mean something to what is parsed here: JSON, YAML, PEM, DER, names of images.
// clang-format off
constexpr std::string_view kTokens[] = {
    "{", "}", "[", "]", "\"", ":", ",", "null", "true", "1e999", "-0", "18446744073709551616",
    "\\u0000", "\\ud800", "\xff\xfe", "\xc0\x80", std::string_view("\0", 1), "\n", "\r\n", "\t", " ",
    "---\n", "&a ", "*a", "!!binary", "-----BEGIN ", "-----END ", "=", "Bearer ",
    "\x30\x82", "\x30\x80", "\x02\x01", "\x84\xff\xff\xff\xff",
    "/", "@", "*", "..", "sha256:"};
// clang-format on

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds = {"", "{}", "[]", "{\"a\":1,\"a\":2}", "{} {}", "a: &a [*a, *a]"};
  for (int byte = 0; byte < 256; ++byte) seeds.emplace_back(1, static_cast<char>(byte));
  for (std::string_view token : kTokens) seeds.emplace_back(token);
  for (std::string_view opening : {"[", "{\"a\":", "- ", "(", "\x30\x80", "a/", "*"}) {
    seeds.push_back(Repeat(opening, 10'000));
  }
  seeds.push_back(std::string(1 << 20, 'a'));
  return seeds;
}

void EditOnce(std::string& input, std::mt19937& random) {
  const size_t at = random() % (input.size() + 1);
  const size_t length = std::min<size_t>(random() % 16, input.size() - at);
  switch (random() % 5) {
    case 0:
      if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << (random() % 8)));
      break;
    case 1:
      input.insert(at, kTokens[random() % std::size(kTokens)]);
      break;
    case 2:
      input.erase(at, length);
      break;
    case 3:
      input.insert(at, input.substr(at, length));
      break;
    default:
      input.resize(at);
  }
}

std::string Mutate(const std::vector<std::string>& corpus, std::mt19937& random) {
  std::string input = corpus[random() % corpus.size()].substr(0, kMaxMutatedBytes);
  const int edits = 1 + static_cast<int>(random() % kMaxEditsPerMutation);
  for (int i = 0; i < edits; ++i) EditOnce(input, random);
  return input;
}

// Where the input that is being tried can be found if the process dies of it. One open file, since
// closing a truncated one waits for the disk.
class Record {
 public:
  explicit Record(std::string path)
      : path_(std::move(path)), file_(open(path_.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644)) {}
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;
  ~Record() {
    if (file_ < 0) return;
    close(file_);
    unlink(path_.c_str());
  }

  bool Write(const std::string& input) {
    return ftruncate(file_, 0) == 0 &&
           pwrite(file_, input.data(), input.size(), 0) == static_cast<ssize_t>(input.size());
  }

 private:
  const std::string path_;
  const int file_;
};

void Try(const std::string& input, Record& record) {
  if (!record.Write(input)) std::cerr << "cannot record the input\n";
  // In memory of exactly its size, where a sanitizer sees the first byte that is read too much.
  const auto bytes = std::make_unique<uint8_t[]>(input.size());
  std::copy(input.begin(), input.end(), bytes.get());
  LLVMFuzzerTestOneInput(bytes.get(), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  const char* const outputs = std::getenv("TEST_UNDECLARED_OUTPUTS_DIR");
  Record record(outputs != nullptr ? std::string(outputs) + "/input" : "fuzz_input");

  std::vector<std::string> corpus;
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    if (!file) {
      std::cerr << "cannot read " << argv[i] << "\n";
      return 1;
    }
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  const size_t files = corpus.size();
  for (std::string& seed : Seeds()) corpus.push_back(std::move(seed));
  for (const std::string& input : corpus) Try(input, record);

  // Files are mutated as often as all the seeds together: they reach deeper.
  const std::vector<std::string> chosen(corpus.begin(),
                                        corpus.begin() + static_cast<ptrdiff_t>(files));
  std::mt19937 random(1);  // NOLINT: the same inputs in every run
  for (int i = 0; i < kMutations; ++i) {
    Try(Mutate(files > 0 && i % 2 == 0 ? chosen : corpus, random), record);
  }
  std::cout << files << " corpus files, " << corpus.size() - files << " seeds, " << kMutations
            << " mutations\n";
  return 0;
}
