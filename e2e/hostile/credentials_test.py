"""The attacks of credentials.py in their short form."""

from e2e.hostile import credentials
from e2e.hostile.short_form import tests_of

CredentialsTest = tests_of(credentials)
