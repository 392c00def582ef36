"""The attacks of memory.py in their short form."""

from e2e.hostile import memory
from e2e.hostile.short_form import tests_of

MemoryTest = tests_of(memory)
