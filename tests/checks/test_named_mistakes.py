"""What a student reads first of a mistake that a check itself has a name for, made in the reference."""

import re

import pytest
from notebook_checks import ask_edited

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

# Room, question, what the reference has, what stands there instead, what is said first.
MISTAKES = [
    ("layers", "affine_forward", "x.reshape(x.shape[0], -1) @ w", "x.reshape(-1, x.shape[0]).T @ w",
     "Here the numbers of different examples were mixed up"),
    ("layers", "maxout_forward", "affine_forward(x, w1, b1)", "affine_forward(x, w1, b2)", "Here both pieces got b2"),
    ("layers", "maxout_backward", "dx1 + dx2", "np.maximum(dx1, dx2)", "Here the larger of the two pieces' gradients"),
    ("batchnorm", "activation_statistics", "        x = f(x @ w)\n        activations.append(x)",
     "        activations.append(x @ w)\n        x = f(x @ w)", "Here what goes into the nonlinearity came back"),
    ("batchnorm", "activation_statistics", "        x = f(x @ w)\n        activations.append(x)",
     "        activations.append(f(x @ w))", "Here every layer got x"),
    ("dropout", "FullyConnectedNet", '{"p": dropout_keep_ratio,', '{"p": 1 - dropout_keep_ratio,',
     "loss is nan.* It looks as if p were the probability of dropping"),
    ("convnets", "max_pool_forward_naive", "1 + (W - width) // stride", "1 + (W - height) // stride",
     "Here OW was computed with pool_height"),
    ("convnets", "max_pool_forward_naive", "1 + (H - height) // stride", "1 + (H - width) // stride",
     "Here OH was computed with pool_width|Here OW"),
    ("convnets", "max_pool_forward_naive", "left : left + width", "left : left + stride",
     "Here the stride was taken for pool_width"),
    ("convnets", "max_pool_backward_naive", "top + row, left + column", "row, column",
     "Here a place within its window was taken for a place in the image"),
    ("convnets", "max_pool_backward_naive", "np.unravel_index(window.argmax(), window.shape)",
     "divmod(int(window.argmax()), height)", "the number k lies in row k // pool_width and column k % pool_width"),
    ("convnets", "LeNet5", "np.prod(shape[1:]) if convolution", "np.prod(shape[2:]) if convolution",
     "It looks as if fan_in was taken without the channels"),
    ("babysitting", "kfold_splits", "np.array_split(", "np.split(", "np.split makes parts of one size alone"),
    ("babysitting", "diagnose", "train[-3:] - val[-3:]", "val[-3:] - train[-3:]",
     "the gap is the training accuracy less the validation accuracy"),
    ("babysitting", "at_edge", "np.mean(np.log(np.array(best) / low)) / np.log(high / low)",
     "(np.mean(best) - low) / (high - low)", "It looks as if the place in the range was counted in numbers"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("room", "question", "old", "new", "said"), MISTAKES, ids=lambda value: str(value)[:24]
)
def test_a_mistake_is_named_where_a_student_looks_first(room, question, old, new, said):
    verdict = ask_edited(room, question, (old, new))
    first = next(case for case in verdict.cases if not case.passed)
    assert re.search(said, first.message), first.message
