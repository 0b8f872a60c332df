"""No test of the library asserts on time: on a busy machine an example may take longer than Hypothesis would wait."""

from hypothesis import settings

settings.register_profile("course", deadline=None)
settings.load_profile("course")
