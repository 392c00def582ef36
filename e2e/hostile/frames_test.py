"""The attacks of frames.py in their short form."""

from e2e.hostile import frames
from e2e.hostile.short_form import tests_of

FramesTest = tests_of(frames)
