"""What the tests of searches share."""

import json
import math

SPACE = {"learning_rate": (1e-4, 1.0), "reg": (1e-3, 1e3)}


def peak(settings, report):
    """Best at learning_rate 1e-2, reg 1."""
    return 1 - abs(math.log10(settings["learning_rate"]) + 2) / 4 - abs(math.log10(settings["reg"])) / 30


def settings_of(results):
    return sorted(json.dumps(trial.settings) for trial in results)
