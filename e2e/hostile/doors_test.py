"""The attacks of doors.py in their short form."""

from e2e.hostile import doors
from e2e.hostile.short_form import tests_of

DoorsTest = tests_of(doors)
