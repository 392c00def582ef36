"""The attacks of queues.py in their short form."""

from e2e.hostile import queues
from e2e.hostile.short_form import tests_of

QueuesTest = tests_of(queues)
