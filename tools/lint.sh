#!/usr/bin/env bash
# Checks that need no test run. The last line is "N passed, N failed", counting checks.
set -uo pipefail

passed=0
failed=0

check() {
  local name=$1 started=$SECONDS
  shift
  if "$@"; then
    echo "ok      $name"
    passed=$((passed + 1))
  else
    echo "FAILED  $name"
    failed=$((failed + 1))
  fi
  echo "time: $name: $((SECONDS - started)) s"
}

# Files of the checkout, also new ones that git does not know yet.
files() {
  git ls-files --cached --others --exclude-standard -- "$@" | while IFS= read -r file; do
    if [[ -e $file ]]; then printf '%s\0' "$file"; fi
  done
}

clang_format() {
  local changed
  changed=$(files '*.h' '*.cc' | xargs -0 clang-format --dry-run 2>&1 | sed -n 's/^\([^ :]*\):.*/\1/p' | uniq -c)
  [[ -z $changed ]] || {
    printf 'clang-format -i would change (lines, file):\n%s\n' "$changed"
    return 1
  }
}

clang_tidy() {
  # The headers that are not in the checkout: generated ones, and those of external repositories.
  local quiet=(--noshow_progress --ui_event_filters=-info) generated output_base headers
  mapfile -t generated < <(bazel query "${quiet[@]}" 'kind(genrule, //proto:all)')
  bazel build "${quiet[@]}" --show_result=0 "${generated[@]}" &&
    bazel build "${quiet[@]}" --nobuild @boringssl//:crypto @com_google_absl//absl/strings @nlohmann_json//:json &&
    output_base=$(bazel info output_base 2>/dev/null) &&
    headers=$(bazel info bazel-bin 2>/dev/null) &&
    tools/clang_tidy.py "$output_base" "$headers"
}

shell() {
  files '*.sh' dev .ci/run tools/bazel | xargs -0 shellcheck --external-sources --source-path=SCRIPTDIR
}

python() {
  files '*.py' | xargs -0 python3 -c '
import ast, sys
for path in sys.argv[1:]:
    ast.parse(open(path, encoding="utf-8").read(), path)'
}

go_code() {
  local go unformatted
  go=$(tools/setup_go.sh) || return 1
  unformatted=$(files '*.go' | xargs -0 "$(dirname "$go")/gofmt" -l)
  if [[ -n $unformatted ]]; then
    printf 'gofmt -w would change:\n%s\n' "$unformatted"
    return 1
  fi
  (
    # shellcheck source=go_env.sh
    source tools/go_env.sh
    cd e2e/kubernetes && "$go" vet ./...
  )
}

# A file that no BUILD file names is never compiled, and its tests never run.
every_source_is_built() {
  local named orphans
  named=$(bazel query --noshow_progress --keep_going 'kind("source file", //...:*)' 2>/dev/null |
    sed -E 's,^//:?,,; s,:,/,' | sort)
  orphans=$(files '*.h' '*.cc' '*.proto' | tr '\0' '\n' | sort | comm -23 - <(echo "$named"))
  if [[ -n $orphans ]]; then
    printf 'in no BUILD file:\n%s\n' "$orphans"
    return 1
  fi
}

check "format (clang-format)" clang_format
check "shell scripts (shellcheck)" shell
check "python parses" python
check "arrows between rooms" python3 tools/arrows_test.py
check "who looks at the wall clock" python3 tools/clock_test.py
check "files include what they use" python3 tools/includes_test.py
check "no file is too long" python3 tools/sizes_test.py
check "every source file is in a BUILD file" every_source_is_built
check "static checks (clang-tidy)" clang_tidy
# What it compiles of others is then there, where the programs of others are built meanwhile.
check "Go (gofmt, go vet)" go_code

echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
