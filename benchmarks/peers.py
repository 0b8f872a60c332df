"""Other gradient checkers on the same functions: PyTorch's, JAX's and autograd's, each as it comes.

Run by benchmarks/gradcheck.py in the environment of benchmarks.with_torch; the course depends on none of them.
"""

from __future__ import annotations

import importlib.util
import inspect
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.blind import measure as blind
from benchmarks.fresh import right as fresh_right
from benchmarks.unseen import near_roundoff, right, trials

# ask(forward, backward, arrays) -> whether the checker is content; raises where it cannot ask.
Ask = Callable[[Callable, Callable, list[np.ndarray]], bool]


def table(_seeds: int, show: Callable) -> None:
    """What each of them finds of the mistakes, and how often it raises a false alarm, one seed each."""
    asked = {name: ask for name, ask in PEERS.items() if importlib.util.find_spec(name)}
    rows = []
    for title, cases, is_wrong in SETS:
        known = list(cases())
        counted = [_counted([_says(ask, case) for case in known], is_wrong) for ask in asked.values()]
        rows.append((title, len(known), "missed" if is_wrong else "false alarms", *counted))
    show(("functions", "kinds", "counted", *asked), rows)


def _counted(said: list[bool | None], is_wrong: bool) -> str:
    """How many were said to be what they are not, and of how many nothing could be said."""
    silent = said.count(None)
    return f"{said.count(is_wrong)}{f' ({silent} not asked)' if silent else ''}"


def _says(ask: Ask, case: tuple) -> bool | None:
    """Whether a checker says that all is well; None where it cannot ask."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return ask(*case)
        except AssertionError:
            return False
        except ImportError:
            raise
        except Exception as error:
            # PyTorch's own kind, which can be named only where PyTorch is.
            return False if type(error).__name__ == "GradcheckError" else None


def _bugs(whose: str) -> Iterator[tuple]:
    for bug in trials.mistakes(whose):
        args, kwargs = bug.arguments(0)
        function, _ = bug.code()
        if bug.layer.endswith("_loss"):
            yield _of_loss(function, args)
        else:
            yield _of_layer(getattr(bug.module, f"{bug.layer}_forward"), function, args, kwargs)


def _right(cases: Callable) -> Iterator[tuple]:
    for _, forward, backward, args in cases(np.random.default_rng(0)):
        # They take arrays alone, and give one.
        if all(isinstance(a, (np.ndarray, float)) for a in args) and not isinstance(forward(*args)[0], dict):
            yield _of_layer(forward, backward, args, {})


def _blind(kinds: tuple[str, ...]) -> Iterator[tuple]:
    for half in blind.HALVES:
        for _, (_, kind, _), ((forward, backward, *args), kwargs) in blind.cases(half, 0):
            if kind in kinds:
                # `wrt` is for the checker: the parameters whose gradients are asked for.
                asked = kwargs.pop("wrt", None)
                yield _of_layer(forward, backward, tuple(args), kwargs, asked)


def _of_layer(
    forward: Callable, backward: Callable, args: tuple, kwargs: dict, asked: list[str] | None = None
) -> tuple:
    """The same as functions of the float arrays alone, or of the parameters that are asked for."""
    names = list(inspect.signature(forward).parameters)[: len(args)]
    places = [
        k
        for k, a in enumerate(args)
        if (names[k] in asked if asked else isinstance(a, float) or getattr(a, "dtype", None) == np.float64)
    ]

    def filled(arrays: list) -> list:
        every = list(args)
        for place, array in zip(places, arrays, strict=True):
            every[place] = np.array(array)
        return every

    def gradients(dout: np.ndarray, *arrays: np.ndarray) -> tuple:
        found = backward(np.array(dout), forward(*filled(list(arrays)), **kwargs)[1])
        if isinstance(found, dict):
            raise NotImplementedError("gradients by name")
        return tuple(np.asarray(g) for g in (found if isinstance(found, (tuple, list)) else (found,)))

    return (
        lambda *arrays: np.asarray(forward(*filled(list(arrays)), **kwargs)[0]),
        gradients,
        [np.asarray(args[k], dtype=float) for k in places],
    )


def _of_loss(loss: Callable, args: tuple) -> tuple:
    return (
        lambda x: np.asarray(loss(np.array(x), *args[1:])[0]),
        lambda dout, x: (dout * loss(np.array(x), *args[1:])[1],),
        [args[0]],
    )


def _ours(forward: Callable, backward: Callable, arrays: list[np.ndarray]) -> bool:
    from course_utils.gradcheck import gradient_check

    return gradient_check(
        lambda *x: (forward(*x), x), lambda dout, x: backward(dout, *x), *arrays, line_seconds=0
    ).passed


def _torch(forward: Callable, backward: Callable, arrays: list[np.ndarray]) -> bool:
    import torch

    class Asked(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, *tensors: Any) -> Any:
            context.save_for_backward(*tensors)
            return torch.as_tensor(np.array(forward(*(t.detach().numpy() for t in tensors)), dtype=float))

        @staticmethod
        def backward(context: Any, dout: Any) -> Any:
            kept = (t.detach().numpy() for t in context.saved_tensors)
            return tuple(torch.as_tensor(np.array(g, dtype=float)) for g in backward(dout.numpy(), *kept))

    inputs = tuple(torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in arrays)
    return bool(torch.autograd.gradcheck(Asked.apply, inputs))


def _autograd(forward: Callable, backward: Callable, arrays: list[np.ndarray]) -> bool:
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    asked = primitive(forward)

    def of(k: int) -> Callable:
        return lambda _out, *inputs: lambda dout: backward(dout, *inputs)[k]

    defvjp(asked, *(of(k) for k in range(len(arrays))))
    check_grads(asked, modes=["rev"], order=1)(*arrays)
    return True


def _jax(forward: Callable, backward: Callable, arrays: list[np.ndarray]) -> bool:
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    shape = np.shape(forward(*arrays))
    like = [jax.ShapeDtypeStruct(a.shape, np.float64) for a in arrays]

    @jax.custom_vjp
    def asked(*inputs: Any) -> Any:
        return jax.pure_callback(
            lambda *x: np.asarray(forward(*map(np.asarray, x)), dtype=float),
            jax.ShapeDtypeStruct(shape, np.float64),
            *inputs,
        )

    def back(inputs: Any, dout: Any) -> Any:
        def ask(d: Any, *x: Any) -> tuple:
            return tuple(np.asarray(g, dtype=float) for g in backward(np.asarray(d), *map(np.asarray, x)))

        return jax.pure_callback(ask, tuple(like), dout, *inputs)

    asked.defvjp(lambda *inputs: (asked(*inputs), inputs), back)
    check_grads(asked, tuple(arrays), order=1, modes=["rev"])
    return True


PEERS: dict[str, Ask] = {"course_utils": _ours, "torch": _torch, "jax": _jax, "autograd": _autograd}
SETS = (
    ("mistakes, first set", lambda: [*_bugs("course"), *_bugs("other")], True),
    ("mistakes, fresh set", lambda: [*_bugs("fresh course"), *_bugs("fresh other")], True),
    ("mistakes, blind set", lambda: _blind(("course", "other")), True),
    ("odd but right", lambda: [*_right(right.cases), *_right(fresh_right.cases)], False),
    ("near round-off", lambda: _right(near_roundoff.cases), False),
    ("odd but right, blind set", lambda: _blind(("right",)), False),
)
