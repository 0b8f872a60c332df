"""How good the gradient checker is: planted bugs found and named, false alarms, cost, time against PyTorch.

python benchmarks/gradcheck.py bugs --seeds 5      planted bugs: found, named, named wrongly
python benchmarks/gradcheck.py alarms --seeds 100  correct code that must pass, the known traps among it
python benchmarks/gradcheck.py large --seeds 200   a conv layer of 10,000 weights: evaluations, bugs found
python benchmarks/gradcheck.py time --torch        against torch.autograd.gradcheck; installs PyTorch under build/ first
python benchmarks/gradcheck.py unseen --seeds 3    mistakes and right code written apart from the signatures
python benchmarks/gradcheck.py fresh               a second set of them, measured once
python benchmarks/gradcheck.py blind               a set by somebody else, each report beside the truth, judged by hand
python benchmarks/gradcheck.py peers --torch       the same by PyTorch's, JAX's and autograd's checkers, installed under build/ first
python benchmarks/gradcheck.py all --markdown      everything, as the tables of docs/gradcheck.md
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

ROOT = Path(__file__).resolve().parents[1]
# In place of this folder, whose modules are called like packages that the peers import (autograd).
sys.path[0] = str(ROOT)

import answers.gradcheck.planted as answers  # noqa: E402
from answers.gradcheck import bugs as planted  # noqa: E402
from answers.gradcheck import layers, operations  # noqa: E402
from benchmarks import peers  # noqa: E402
from benchmarks.blind import measure as blind_cases  # noqa: E402
from benchmarks.tables import as_markdown, as_text  # noqa: E402
from benchmarks.unseen import measure  # noqa: E402
from benchmarks.with_torch import torch_packages  # noqa: E402
from course_utils.gradcheck import gradient_check  # noqa: E402


def outcome(bug: planted.Bug, seed: int) -> tuple[str, str]:
    """("named" | "unnamed" | "wrongly" | "missed", the report's line) for one bug and one seed."""
    rng = np.random.default_rng(seed)
    trial = layers.trials(rng)[bug.trial]
    answer = bug.answer(rng) if trial.kind == "model" else bug.answer
    report = trial.check(answer, np.random.default_rng(seed + 1))
    result = report[bug.label]
    if result.passed:
        return "missed", str(result)
    if result.cause is None:
        return "unnamed", str(result)
    return ("named" if result.cause.kind in bug.kinds else "wrongly"), str(result)


def bugs(seeds: int, table: Callable) -> None:
    """Every planted bug, every seed: by function, those held out, and the answers planted for the hidden checks."""
    _bugs(planted.bugs(), seeds, table)
    print("bugs held out while the signatures were written:\n")
    _bugs(planted.held_out(), seeds, table, by_function=False)
    print("wrong answers planted for the hidden checks:\n")
    _wrong_answers(seeds, table)
    print("mistakes in the machine of notebook 07:\n")
    _slips(seeds, table)


def _slips(seeds: int, table: Callable) -> None:
    counts, odd = defaultdict(Counter), []
    for slip in operations.slips():
        counts[slip.operation]["bugs"] += 1
        for seed in range(seeds):
            result, said = slip.outcome(seed)
            counts[slip.operation][result] += 1
            if result in ("missed", "wrongly"):
                odd.append(f"{result}: {slip.operation}, {slip.title}, seed {seed}: {said}\n")
    rows = [(name, *_shares(count)) for name, count in counts.items()]
    rows.append(("all", *_shares(sum(counts.values(), Counter()))))
    table(("operation", "mistakes", "trials", "found", "named", "found, not named", "named wrongly"), rows)
    print("\n".join(odd))


def _bugs(chosen: list[planted.Bug], seeds: int, table: Callable, by_function: bool = True) -> None:
    counts, odd = defaultdict(Counter), []
    for bug in chosen:
        counts[bug.trial]["bugs"] += 1
        for seed in range(seeds):
            result, line = outcome(bug, seed)
            counts[bug.trial][result] += 1
            if result in ("missed", "wrongly"):
                odd.append(f"{result}: {bug.trial}, {bug.title}, seed {seed}: {line}\n")
    rows = [(name, *_shares(count)) for name, count in counts.items()] if by_function else []
    total = sum(counts.values(), Counter())
    rows.append(("all", *_shares(total)))
    table(("function", "planted bugs", "trials", "found", "named", "found, not named", "named wrongly"), rows)
    print("\n".join(odd))


def _wrong_answers(seeds: int, table: Callable) -> None:
    counts, odd = defaultdict(Counter), []
    for wrong in answers.wrong_answers():
        counts[wrong.notebook]["bugs"] += 1
        for seed in range(seeds):
            result, lines = answers.outcome(wrong, seed)
            counts[wrong.notebook][result] += 1
            if result in ("missed", "wrongly"):
                odd.append(f"{result}: {wrong}, seed {seed}: {lines}\n")
    rows = [(name, *_shares(count)) for name, count in counts.items()]
    rows.append(("all", *_shares(sum(counts.values(), Counter()))))
    table(
        ("notebook", "wrong answers", "trials", "found", "named", "found, not named", "named wrongly"), rows
    )
    print("\n".join(odd))


def _shares(count: Counter) -> tuple:
    trials = count["named"] + count["unnamed"] + count["wrongly"] + count["missed"]
    found = trials - count["missed"]
    shares = (f"{n / trials:.1%}" for n in (found, count["named"], count["unnamed"], count["wrongly"]))
    return (count["bugs"], trials, *shares)


def alarms(seeds: int, table: Callable) -> None:
    """Correct code, every seed; one row for each kind of code."""
    checks, false = Counter(), Counter()
    for seed in range(seeds):
        for kind, name, check in _correct_code(seed):
            checks[kind] += 1
            report = check()
            if not report.passed:
                false[kind] += 1
                print(f"false alarm: {name}, seed {seed}\n{report.explain()}")
    table(("correct code", "checks", "false alarms"), [(kind, n, false[kind]) for kind, n in checks.items()])


def _correct_code(seed: int) -> Iterable[tuple[str, str, Callable]]:
    rng = np.random.default_rng(seed)
    trials = layers.trials(rng)
    for name, trial in trials.items():
        answer = layers.correct(name, rng)
        yield "reference layers", name, lambda t=trial, a=answer: t.check(a, np.random.default_rng(seed + 1))
    for name, how, answer in layers.OTHERWISE_WRITTEN:
        yield "written differently", f"{name} by {how}", lambda n=name, a=answer: trials[n].check(a, rng)
    for name, (check, _) in layers.traps(rng).items():
        yield name, name, check
    yield from _notebook_answers(seed)


def _notebook_answers(seed: int) -> Iterable[tuple[str, str, Callable]]:
    """Checks of the course's own reference functions and of the differently written right answers planted for them."""
    for question, notebook, space, who in answers.right_spaces():
        for check in answers.checks_of(question, notebook, np.random.default_rng(seed)):
            yield f"{who} of {notebook}", f"{notebook}, {question}", lambda c=check, s=space: c(dict(s))


def large(seeds: int, table: Callable) -> None:
    """A conv layer with 10,080 weights: what a check costs, and whether every planted bug of conv is found."""
    rng = np.random.default_rng(0)
    right = _large_conv(rng).check(layers.conv_backward, rng)
    size = sum(a.size for a in _large_conv(rng).args[:3])
    sweep = 2 * size
    rows = [
        (
            "correct",
            1,
            "passed" if right.passed else "FAILED",
            right.evaluations,
            f"{sweep / right.evaluations:.0f}",
        )
    ]
    conv = [bug for bug in planted.bugs() if bug.trial == "conv"]
    for bug in conv:
        found, costs = 0, []
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            report = _large_conv(rng).check(bug.answer, rng)
            found += not report[bug.label].passed
            costs.append(report.evaluations)
        share = f"{found} of {seeds}"
        rows.append((bug.title, seeds, share, max(costs), f"{sweep / max(costs):.0f}"))
    table(("conv layer", "trials", "found", "most evaluations", f"times fewer than {sweep}"), rows)


def _large_conv(rng: np.random.Generator) -> layers.Trial:
    n = rng.normal
    args = n(size=(2, 28, 5, 6)), n(size=(40, 28, 3, 3)), n(size=40), {"stride": 2, "pad": 1}
    return layers.Trial("layer", layers.conv_forward, args)


def timing(_: int, table: Callable) -> None:
    """Time of one check, in one thread; PyTorch's columns stay empty without --torch."""
    try:
        import torch

        torch.set_num_threads(1)
    except ImportError:
        torch = None
    rng = np.random.default_rng(0)
    n = rng.normal
    cases = {
        "affine (10, 60) to 20": ("affine", (n(size=(10, 60)), n(size=(60, 20)), n(size=20))),
        "relu (20, 50)": ("relu", (n(size=(20, 50)),)),
        "batch norm (20, 30)": ("batchnorm", (n(size=(20, 30)), n(size=30), n(size=30), {"mode": "train"})),
        "conv (2, 3, 8, 8), 8 filters 3x3": (
            "conv",
            (n(size=(2, 3, 8, 8)), n(size=(8, 3, 3, 3)), n(size=8), {"stride": 1, "pad": 1}),
        ),
    }
    rows = []
    for title, (name, args) in cases.items():
        forward = layers.trials(rng)[name].forward
        report = gradient_check(forward, layers.REFERENCES[name], *args, rng=rng)
        ours = _milliseconds(
            lambda f=forward, n=name, a=args: gradient_check(f, layers.REFERENCES[n], *a, rng=rng)
        )
        slow, fast = _torch_times(torch, name, args)
        rows.append((title, report.evaluations, ours, slow, fast))
    table(("function", "evaluations", "ours (ms)", "PyTorch slow (ms)", "PyTorch fast (ms)"), rows)


def _torch_times(torch, name: str, args: tuple) -> tuple[str, str]:
    if torch is None:
        return "-", "-"
    f = torch.nn.functional
    functions = {
        "affine": lambda x, w, b: x @ w + b,
        "relu": torch.relu,
        "batchnorm": lambda x, g, b: f.batch_norm(x, None, None, g, b, training=True),
        "conv": lambda x, w, b: f.conv2d(x, w, b, stride=1, padding=1),
    }
    inputs = tuple(torch.tensor(a, requires_grad=True) for a in args if isinstance(a, np.ndarray))
    check = torch.autograd.gradcheck
    return tuple(
        _milliseconds(lambda fast=fast: check(functions[name], inputs, fast_mode=fast))
        for fast in (False, True)
    )


def _milliseconds(action: Callable, repeats: int = 9) -> str:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(1000 * (time.perf_counter() - start))
    return f"{min(times):.1f}"


def unseen(seeds: int, table: Callable) -> None:
    """Mistakes, odd right functions and cases near round-off, written apart from the signatures."""
    measure.mistakes(seeds, table)
    measure.alarms(seeds, table)


def fresh(seeds: int, table: Callable) -> None:
    """A second set, measured once when the checker was done."""
    measure.mistakes(seeds, table, ("fresh course", "fresh other"))
    measure.alarms(seeds, table, measure.FRESH)


PARTS = {
    "bugs": (bugs, 5),
    "alarms": (alarms, 100),
    "large": (large, 200),
    "time": (timing, 1),
    "unseen": (unseen, 3),
    "fresh": (fresh, 1),
    "blind": (blind_cases.table, 1),
    "peers": (peers.table, 1),
}


def main() -> None:
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", choices=[*PARTS, "all"])
    parser.add_argument("--seeds", type=int, help="trials for each case (default: as in docs/gradcheck.md)")
    parser.add_argument("--torch", action="store_true", help="ask other checkers as well")
    parser.add_argument("--markdown", action="store_true", help="print tables in Markdown")
    arguments = parser.parse_args()
    if arguments.torch:
        # Behind the course's own packages, so that only what they lack comes from there.
        sys.path.append(torch_packages())
    for name in PARTS if arguments.part == "all" else [arguments.part]:
        run, seeds = PARTS[name]
        with threadpool_limits(1):
            run(arguments.seeds or seeds, as_markdown if arguments.markdown else as_text)


if __name__ == "__main__":
    main()
