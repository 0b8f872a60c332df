"""Planted answers: forgetting gradients, the graph, and what can be computed again."""

from contextlib import contextmanager

import numpy as np

from answers import right, wrong
from answers.autograd.tensors import Plain


@wrong("zero_grad", "the grad of each of the tensors is None")
def fills_with_zeros(parameters):
    for parameter in parameters:
        parameter.grad = np.zeros_like(parameter.data)


@wrong("zero_grad", "the grad of each of the tensors is None", earns=(0.0, 0.5))
def the_first_alone(parameters):
    next(iter(parameters)).grad = None


@wrong("zero_grad", "raised TypeError", earns=(0.0, 0.9))
def counts_them_first(parameters):
    for k in range(len(parameters)):
        parameters[k].grad = None


@wrong("zero_grad", "data of a tensor that was named|the next gradient")
def forgets_the_numbers_too(parameters):
    for parameter in parameters:
        parameter.grad = None
        parameter.data = np.zeros_like(parameter.data)


@wrong("zero_grad", "the next gradient")
def wants_no_more_gradients(parameters):
    for parameter in parameters:
        parameter.grad = None
        parameter.requires_grad = False


@wrong("zero_grad", "any iterable: ", earns=(0.5, 0.9))
def looks_twice(parameters):
    if all(parameter.grad is not None for parameter in parameters):
        for parameter in parameters:
            parameter.grad = None
    for parameter in parameters:
        parameter.grad = None


@right("zero_grad")
def by_setattr(parameters):
    for parameter in list(parameters):
        setattr(parameter, "grad", None)  # noqa: B010


@right("zero_grad")
def one_after_the_other(parameters):
    waiting = iter(parameters)
    while (parameter := next(waiting, None)) is not None:
        parameter.grad = None


@right("zero_grad")
def in_a_list(parameters):
    for parameter in [*parameters][::-1]:
        parameter.grad = None


def _silent(reason, earns=(0.0, 0.95)):
    return wrong("no_grad", reason, earns=earns, Tensor=Plain)


class Silence:
    """A right no_grad, which a wrong one changes."""

    def __enter__(self):
        self.before, Plain.recording = Plain.recording, False

    def __exit__(self, kind, error, trace):
        Plain.recording = self.before


@_silent("must have no parents")
class records_all_the_same(Silence):
    def __enter__(self):
        self.before = Plain.recording


@_silent("afterwards all is as before: outside again, a result must have parents")
class never_records_again(Silence):
    def __exit__(self, kind, error, trace):
        pass


@_silent("one block inside another: what is computed inside must have no parents")
class always_on_afterwards(Silence):
    def __exit__(self, kind, error, trace):
        Plain.recording = True


@_silent("was swallowed")
class swallows_errors(Silence):
    def __exit__(self, kind, error, trace):
        super().__exit__(kind, error, trace)
        return True


@_silent("after an error, too: ")
class forgets_itself_after_an_error(Silence):
    def __exit__(self, kind, error, trace):
        if kind is None:
            super().__exit__(kind, error, trace)


@_silent("what is computed inside")
class takes_data_away(Silence):
    def __enter__(self):
        super().__enter__()
        self.numbers, Plain.numbers = Plain.numbers, staticmethod(lambda data: np.zeros(np.shape(data)))

    def __exit__(self, kind, error, trace):
        Plain.numbers = staticmethod(self.numbers)
        super().__exit__(kind, error, trace)


@right("no_grad", Tensor=Plain)
class plain_silence(Silence):
    pass


@right("no_grad", Tensor=Plain)
@contextmanager
def by_a_generator():
    before, Plain.recording = Plain.recording, False
    try:
        yield
    finally:
        Plain.recording = before


@right("no_grad", Tensor=Plain)
class by_a_stack(Silence):
    stack = ()

    def __enter__(self):
        by_a_stack.stack = (*self.stack, Plain.recording)
        Plain.recording = False
        return self

    def __exit__(self, *error):
        *by_a_stack.stack, Plain.recording = by_a_stack.stack
        return False


def _checkpoint(reason, earns=(0.0, 0.95)):
    return wrong("checkpointed", reason, earns=earns, Tensor=Plain, no_grad=Silence)


def noted(value, x, again):
    """A Tensor whose parent is x, and whose gradient `again` takes back to it."""
    out = Plain(value, (x,))
    out.shares = [again]
    return out


def stand_in(x):
    return x if x.requires_grad else Plain(x.data, requires_grad=True)


def forward_once(f, x):
    with Silence():
        return f(x).data


@_checkpoint("what f computed is forgotten: ")
def keeps_it_all(f, x):
    return f(x)


@_checkpoint("no gradient has arrived|requires no gradient")
def forgets_for_ever(f, x):
    with Silence():
        return f(x)


@_checkpoint("x that requires no gradient", earns=(0.5, 0.8))
def asks_x_alone(f, x):
    def again(dout):
        leaf = Plain(x.data, requires_grad=True)
        f(leaf).backward(dout)
        return leaf.grad

    out = Plain(forward_once(f, x), (x,) if Plain.recording else ())
    out.shares = [again]
    return out


@_checkpoint("x.grad|of a parameter that f uses", earns=(0.0, 0.2))
def begins_with_ones_again(f, x):
    def again(dout):
        leaf = Plain(x.data, requires_grad=True)
        out = f(leaf)
        out.backward(np.ones(out.shape))
        return leaf.grad * dout.mean()

    value = forward_once(f, x)
    return noted(value, stand_in(x), again) if Plain.recording else Plain(value)


@_checkpoint("of a parameter that f uses")
def only_for_x(f, x):
    def again(dout):
        leaf = Plain(x.data, requires_grad=True)
        f(leaf).backward(dout)
        change, leaf.grad = leaf.grad, None
        f(leaf).backward(-dout)
        return change

    value = forward_once(f, x)
    return noted(value, stand_in(x), again) if Plain.recording else Plain(value)


@_checkpoint("f was called 3 times", earns=(0.8, 0.95))
def computes_once_too_often(f, x):
    def again(dout):
        leaf = Plain(x.data, requires_grad=True)
        f(leaf)
        f(leaf).backward(dout)
        return leaf.grad

    value = forward_once(f, x)
    return noted(value, stand_in(x), again) if Plain.recording else Plain(value)


@_checkpoint("inside no_grad nothing is recorded: ", earns=(0.9, 0.98))
def records_inside_no_grad(f, x):
    def again(dout):
        leaf = Plain(x.data, requires_grad=True)
        f(leaf).backward(dout)
        return leaf.grad

    return noted(forward_once(f, x), stand_in(x), again)


@_checkpoint("twice too large", earns=(0.0, 0.6))
def adds_to_x_itself(f, x):
    def again(dout):
        leaf = Plain(x.data, requires_grad=True)
        f(leaf).backward(dout)
        return 2 * leaf.grad

    value = forward_once(f, x)
    return noted(value, stand_in(x), again) if Plain.recording else Plain(value)


@right("checkpointed", Tensor=Plain, no_grad=Silence)
def with_a_fresh_leaf(f, x):
    def again(dout):
        leaf = Plain(x.data.copy(), requires_grad=True)
        f(leaf).backward(dout)
        return leaf.grad

    value = forward_once(f, x)
    return noted(value, stand_in(x), again) if Plain.recording else Plain(value)


@right("checkpointed", Tensor=Plain, no_grad=Silence)
def of_numbers_alone(f, x):
    """The first pass goes through a Tensor that requires nothing."""
    was, Plain.recording = Plain.recording, False
    try:
        value = f(Plain(x.data)).data
    finally:
        Plain.recording = was
    if not was:
        return Plain(value)

    def again(dout):
        leaf = Plain(x.data, requires_grad=True)
        f(leaf).backward(dout)
        return leaf.grad

    return noted(value, stand_in(x), again)


@right("checkpointed", Tensor=Plain, no_grad=Silence)
class Later(Plain):
    """A Tensor that computes its own past when it is asked."""

    def __new__(cls, f=None, x=None, **kwargs):
        value = forward_once(f, x)
        return noted(value, stand_in(x), Past(f, x)) if Plain.recording else Plain(value)


class Past:
    def __init__(self, f, x):
        self.f, self.x = f, x

    def __call__(self, dout):
        leaf = Plain(self.x.data, requires_grad=True)
        self.f(leaf).backward(dout)
        return leaf.grad
