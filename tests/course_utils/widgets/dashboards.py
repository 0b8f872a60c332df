"""What the tests of the dashboard share."""

from models_for_training import DATA, SmallNet

from course_utils.training import Callback, Solver


class At(Callback):
    """Do something after a step."""

    def __init__(self, **what):
        self.what = {int(name.removeprefix("step")): action for name, action in what.items()}

    def on_step(self, solver):
        self.what.get(solver.steps_done, lambda: None)()


def quiet(model=None, *callbacks, **settings):
    settings = {"verbose": False, "num_epochs": 4, "batch_size": 30} | settings
    return Solver(model or SmallNet(), DATA, callbacks=callbacks, **settings)
