# shellcheck shell=bash
# The environment of every `go` that builds something, sourced. What it builds is for tests, and nearly all of it others'
# (a million lines and more): without inlining and what debuggers read, that takes two thirds of the processor time. The
# same options everywhere, so that nothing is compiled twice.
export GOTOOLCHAIN=local GOWORK=off
export GOFLAGS="-buildvcs=false '-gcflags=all=-l -dwarf=false'"
