"""The attacks of redirects.py in their short form."""

from e2e.hostile import redirects
from e2e.hostile.short_form import tests_of

RedirectsTest = tests_of(redirects)
