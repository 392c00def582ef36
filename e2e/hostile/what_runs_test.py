"""The attacks of what_runs.py in their short form."""

from e2e.hostile import what_runs
from e2e.hostile.short_form import tests_of

WhatRunsTest = tests_of(what_runs)
