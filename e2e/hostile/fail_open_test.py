"""The attacks of fail_open.py in their short form."""

from e2e.hostile import fail_open
from e2e.hostile.short_form import tests_of

FailOpenTest = tests_of(fail_open)
