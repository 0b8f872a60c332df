"""Notebook 01 as its reader meets it: visible checks that catch the usual mistakes, and demos that fail gently."""

import ast
import contextlib
import io
import re

import matplotlib.pyplot as plt
import nbformat
import pytest
from places import ROOT

NOTEBOOK = ROOT / "solutions" / "01_layers" / "01_layers.ipynb"
MARKED = re.compile(r"^### BEGIN HIDDEN TESTS\n.*?^### END HIDDEN TESTS\n?", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def cells():
    return {cell.id: cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells}


def visible(source):
    return MARKED.sub("", source)


def solutions(cells):
    found = (cell.metadata.get("nbgrader", {}) for cell in cells.values())
    return [m.grade_id for m in found if m.get("solution") and m.grade_id in cells and not m.grade]


def run(source, namespace):
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, "<cell>", "exec"), namespace)


def namespace_of(cells, planted=None):
    """The notebook's functions, with `planted` = {name: source} in place of the model answers."""
    namespace = {"__name__": "notebook"}
    run(cells["setup"].source, namespace)
    for name in solutions(cells):
        run((planted or {}).get(name, cells[name].source), namespace)
    return namespace


def test_every_graded_function_has_a_check_of_its_own(cells):
    assert [f"test_{name}" for name in solutions(cells) if f"test_{name}" not in cells] == []
    assert len(solutions(cells)) == 25


PLANTED = {
    "forgets df": ("graph_backward", "dz = q * df", "dz = q", "dz for df = -2.5"),
    "does not swap": ("graph_backward", "dz = q * df\n    dq = z * df", "dz = z * df\n    dq = q * df", "dx is"),
    "forgets the bias": ("sigmoid_neuron_forward", " + w[2]\n", "\n", "f at w = "),
    "bias has no gradient": ("sigmoid_neuron_backward", "x[1], 1.0]", "x[1], 0.0]", r"dw .* at \[2\]"),
    "forgets df in a neuron": ("sigmoid_neuron_backward", "(1 - f) * f * df", "(1 - f) * f", "dw"),
    "one copy too few": ("copy_backward", "range(n)", "range(n - 1)", "has 3 entries, expected 4"),
    "averages": ("copy_backward", "np.sum", "np.mean", "halved"),
    "adds into the first": (
        "copy_backward",
        "return np.sum(douts, axis=0)",
        "dx = douts[0]\n    for dout in douts[1:]:\n        dx += dout\n    return dx",
        "changed an array in douts",
    ),
    "one-sided": ("numeric_gradient", "x[i] = old - h", "x[i] = old", "sum of cubes"),
    "forgets the two": ("numeric_gradient", "(2 * h)", "h", "doubled"),
    "leaves x changed": ("numeric_gradient", "        x[i] = old\n", "", "not exactly what it was"),
    "leaves dirt in x": ("numeric_gradient", "        x[i] = old\n", "        x[i] += h\n", "put the old number itself back"),
    "flattens in place": ("affine_forward", "x.reshape(x.shape[0], -1)", "(setattr(x, 'shape', (len(x), -1)), x)[1]", "shape"),
    "bias by row": ("affine_forward", "w + b\n    cache", "w + b[0]\n    cache", "out for x"),
    "db keeps its axis": ("affine_backward", "dout.sum(axis=0)", "dout.sum(axis=0, keepdims=True)", r"db has shape \(1, 5\)"),
    "db of every example": ("affine_backward", "dout.sum(axis=0)", "dout", "the sum over the batch is missing"),
    "db is a mean": ("affine_backward", "dout.sum(axis=0)", "dout.mean(axis=0)", "db is wrong .* N = 4 times too small"),
    "dx stays flat": ("affine_backward", ".reshape(x.shape)\n", "\n", r"dx has shape \(4, 6\)"),
    "dw divided by N": ("affine_backward", ".T @ dout", ".T @ dout / len(x)", "dw is wrong .* N = 4 times too small"),
    "changes x": ("relu_forward", "np.maximum(x, 0)", "np.maximum(x, 0, out=x)", "changed x itself"),
    "masks by dout": ("relu_backward", "(x > 0)", "(dout > 0)", "dx is wrong"),
    "passes at zero": ("relu_backward", "x > 0", "x >= 0", r"dx is wrong in 1 of 6 values, at \[0, 2\]"),
    "changes dout": ("relu_backward", "return dout * (x > 0)", "dout *= x > 0\n    return dout", "changed dout"),
    "alpha fixed": ("leaky_relu_forward", "alpha * x)", "0.1 * x)", "alpha = 0.5"),
    "no upstream": ("leaky_relu_backward", "dout, alpha * dout", "1.0, alpha", "dx is wrong"),
    "no minus one": ("elu_forward", "np.expm1", "np.exp", "alpha = 1"),
    "exp of everything": ("elu_forward", "np.minimum(x, 0)", "x", "overflow"),
    "alpha lost": ("elu_backward", "dout * alpha *", "dout *", "dx is wrong"),
    "slope of out": ("tanh_backward", "1 - out**2", "1 - out", "dx is wrong"),
    "naive": (
        "sigmoid_forward",
        "np.where(x >= 0, 1, e) / (1 + e)",
        "1 / (1 + np.exp(-x))",
        "overflow",
    ),
    "sign of the sigmoid": ("sigmoid_backward", "(1 - out)", "(out - 1)", "the sign is flipped"),
    "both win": ("maxout_backward", "dout * ~first_won", "dout", "dx is wrong"),
    "x is used once": ("maxout_backward", "dx1 + dx2", "dx1", "dx is wrong"),
    "no mean": ("softmax_loss", ".mean()", ".sum()", "the loss of ten equal scores"),
    "gradient without 1/N": ("softmax_loss", "dx / N", "dx", "dx"),
    "unstable": ("softmax_loss", "x - x.max(axis=1, keepdims=True)", "x", "overflow"),
    "one maximum for all rows": ("softmax_loss", "x.max(axis=1, keepdims=True)", "x.max(axis=0)", "."),
    "shifts x itself": (
        "softmax_loss",
        "shifted = x - x.max(axis=1, keepdims=True)",
        "x -= x.max(axis=1, keepdims=True)\n    shifted = x",
        "changed the scores",
    ),
    "counts the right class": ("svm_loss", "    margins[rows, y] = 0\n", "", "loss of three examples"),
    "no margin": ("svm_loss", "[:, None] + 1", "[:, None]", "loss of three examples"),
    "right class gets nothing": ("svm_loss", "    dx[rows, y] = -dx.sum(axis=1)\n", "", "dx of three examples"),
    "no half": ("TwoLayerNet", "loss += 0.5 * self.reg", "loss += self.reg", "loss with reg = 0.5"),
    "penalty on a bias": ("TwoLayerNet", '"b1": db1', '"b1": db1 + self.reg * b1', "b1 is wrong"),
    "penalty without gradient": ("TwoLayerNet", "dW1 + self.reg * W1", "dW1", "W1 is wrong"),
    "ReLU skipped on the way back": ("TwoLayerNet", "relu_backward(dhidden, relu_cache)", "dhidden", "W1 is wrong"),
    "variance for scale": ("TwoLayerNet", "scale=weight_scale, size=(input_dim", "scale=weight_scale**2, size=(input_dim", "standard deviation"),
    "float64": ("FullyConnectedNet", "W.astype(dtype)", "W", "float32"),
    "ReLU after the scores": ("FullyConnectedNet", "            return scores", "            return relu_forward(scores)[0]", "scores"),
    "penalty on one layer": ("FullyConnectedNet", "            loss += 0.5", "            loss += (i == 1) * 0.5", "loss of one hidden layer"),
    "uphill": ("train_step", "param -=", "param +=", "after a step"),
    "not in place": ("train_step", "param -= learning_rate * grads[name]", "model.params[name] = param - learning_rate * grads[name]", "in place"),
    "loss afterwards": ("train_step", "return loss", "return model.loss(X, y)[0]", "the loss that train_step returns"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("mistake", PLANTED)
def test_visible_checks_catch_the_usual_mistakes(cells, mistake):
    name, right, wrong, said = PLANTED[mistake]
    assert cells[name].source.count(right) == 1, "the planted mistake no longer fits the model answer"
    namespace = namespace_of(cells, {name: cells[name].source.replace(right, wrong)})
    with pytest.raises((AssertionError, FloatingPointError), match=said):
        run(visible(cells[f"test_{name}"].source), namespace)


def unwritten(cells):
    """Stubs for all functions and classes, raising the error that a released notebook raises."""
    stubs = {}
    for name in solutions(cells):
        definition = ast.parse(cells[name].source).body[0]
        functions = [f for f in ast.walk(definition) if isinstance(f, ast.FunctionDef)]
        for function in functions:
            function.body = [ast.parse(f'raise NotImplementedError("{name} is not written yet")').body[0]]
        stubs[name] = ast.unparse(definition)
    return stubs


@pytest.mark.slow
def test_demos_of_an_unfilled_notebook_fail_with_the_stub_error_or_not_at_all(cells):
    plt.switch_backend("agg")
    namespace = namespace_of(cells, unwritten(cells))
    demos = [cell for cell in cells.values() if "demo" in cell.metadata.get("tags", [])]
    stub_errors = []
    for cell in demos:
        with contextlib.suppress(NotImplementedError):
            run(cell.source, namespace)
            plt.close("all")
            continue
        stub_errors.append(cell.id)
        assert plt.get_fignums() == [], f"{cell.id} leaves an empty figure behind"
    assert len(stub_errors) > 10
