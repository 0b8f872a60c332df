"""The wrong answers planted for the hidden checks, put to the gradient checker, each with the words that name it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

import answers
import answers.gradcheck.layers as L
from answers.gradcheck import seeing
from autograder.course.reference import load_reference
from autograder.verdict.check import load_checks
from course_utils.gradcheck import gradient_check, loss_gradient_check, model_gradient_check
from course_utils.gradcheck.report import GradientReport

# The modules of checks whose questions have gradients, and the notebook of each.
NOTEBOOKS = {
    "layers": "01_layers",
    "batchnorm": "02_batchnorm",
    "dropout": "03_dropout",
    "convnets": "04_convnets",
    "deep": "08_deep",
    "seeing": "09_seeing",
}


def checks_of(function: str, notebook: str, rng: np.random.Generator) -> list[Callable]:
    """What a learner would check their `function` on: functions of the namespace that give a report each."""
    if function in seeing.CHECKS:
        return [lambda space, check=check: check(space, rng) for check in seeing.CHECKS[function]]
    trials = L.trials(rng)
    name = function.replace("_naive", "").replace("_alt", "").removesuffix("_backward")
    if function in NETS:
        return [lambda space, ask=ask: ask(space, rng) for ask in NETS[function](notebook)]
    if name in ("l2_regularization", "l1_regularization"):
        W = rng.normal(size=(4, 3))
        return [lambda space: loss_gradient_check(space[name], W, 0.3, rng=rng, line_seconds=0)]
    if name == "elastic_net":
        W = rng.normal(size=(4, 3))
        return [lambda space: loss_gradient_check(space[name], W, 0.2, 0.7, rng=rng, line_seconds=0)]
    if name.endswith("_loss"):
        args = trials[name].args
        return [lambda space: loss_gradient_check(space[name], *args, rng=rng, line_seconds=0)]
    forward = function.replace("_backward", "_forward").replace("_alt", "")
    return [
        lambda space, args=args, kwargs=kwargs: gradient_check(
            space[forward], space[function], *args, rng=rng, line_seconds=0, **kwargs
        )
        for args, kwargs in _arguments(name, trials, rng)
    ]


def _arguments(name: str, trials: dict, rng: np.random.Generator) -> Iterator[tuple[tuple, dict]]:
    n = rng.normal
    if name == "copy":
        return
    if name == "sigmoid_neuron":
        yield (n(size=3), n(size=2)), {}
    elif name in ("dropout", "dropconnect"):
        shapes = ((8, 6),) if name == "dropout" else ((5, 4), (4, 6), (6,))
        for mode in ("train", "test"):
            param = {"p": 0.7, "mode": mode, "seed": int(rng.integers(1000))}
            yield (*(n(size=shape) for shape in shapes), param), {}
    elif name in ("batchnorm", "layernorm", "spatial_batchnorm"):
        *args, param = trials[name].args
        yield (*args, param), {}
        yield (*args, param | {"eps": 0.1}), {}
    elif name in ("max_pool", "avg_pool"):
        for shape, *pool in (((2, 3, 6, 7), 2, 3, 2), ((2, 3, 5, 6), 3, 2, 1), ((2, 3, 4, 6), 2, 2, 2)):
            yield (n(size=shape), dict(zip(("pool_height", "pool_width", "stride"), pool, strict=True))), {}
    elif name == "depthwise":
        for shape, window, stride, pad in (((2, 3, 5, 6), (3, 2), 2, 1), ((3, 2, 4, 5), (2, 3), 1, 0)):
            yield (n(size=shape), n(size=(shape[1], *window)), {"stride": stride, "pad": pad}), {}
    elif name == "global_avg_pool":
        yield (n(size=(2, 3, 4, 5)),), {}
    elif name == "residual_block":
        for C, F, stride in ((3, 3, 1), (2, 3, 2)):
            yield (n(size=(3, C, 5, 4)), _block(C, F, rng), stride, [{"mode": "train"} for _ in range(3)]), {}
    elif name == "conv":
        for trial in ("conv", "conv_plain"):
            yield trials[trial].args, {}
    else:
        yield trials[name].args, trials[name].kwargs


def _block(C: int, F: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Parameters of a residual block, with a projection where the number of channels changes."""
    shapes = {"1": (F, C, 3, 3), "2": (F, F, 3, 3)} | ({} if C == F else {"3": (F, C, 1, 1)})
    params = {f"W{k}": rng.normal(size=shape) / np.sqrt(shape[1]) for k, shape in shapes.items()}
    params |= {f"gamma{k}": rng.uniform(0.5, 1.5, size=F) for k in shapes}
    return params | {f"beta{k}": rng.normal(size=F) for k in shapes}


def _fully_connected(notebook: str) -> list[Callable]:
    extras: tuple[dict, ...] = ({},)
    if notebook == "02_batchnorm":
        extras = ({"normalization": "batchnorm"}, {"normalization": "layernorm"}, {})
    if notebook == "03_dropout":
        extras = ({"dropout_keep_ratio": 0.6, "seed": 7}, {})

    def ask(space: dict, rng: np.random.Generator, extra: dict) -> GradientReport:
        net = space["FullyConnectedNet"](
            [7, 6], input_dim=8, num_classes=4, reg=0.4, weight_scale=0.5, dtype=np.float64, **extra
        )
        return _check_model(net, (6, 8), 4, rng)

    return [lambda space, rng, extra=extra: ask(space, rng, extra) for extra in extras]


def _check_model(net: Any, shape: tuple[int, ...], classes: int, rng: np.random.Generator) -> GradientReport:
    for name, value in net.params.items():
        scale = 1.5 / np.sqrt(value[0].size if value.ndim == 4 else len(value)) if value.ndim > 1 else 0.3
        net.params[name] = scale * rng.normal(size=value.shape) + (1.0 if "gamma" in name else 0.0)
    return model_gradient_check(
        net, rng.normal(size=shape), rng.integers(classes, size=shape[0]), rng=rng, line_seconds=0
    )


NETS: dict[str, Callable[[str], list[Callable]]] = {
    "FullyConnectedNet": _fully_connected,
    "TwoLayerNet": lambda _: [
        lambda space, rng: _check_model(
            space["TwoLayerNet"](input_dim=8, hidden_dim=7, num_classes=4, reg=0.4), (6, 8), 4, rng
        )
    ],
    "ThreeLayerConvNet": lambda _: [
        lambda space, rng: _check_model(
            space["ThreeLayerConvNet"]((2, 4, 6), 3, 3, 5, 4, reg=0.4, dtype=np.float64), (5, 2, 4, 6), 4, rng
        )
    ],
    "LeNet5": lambda _: [
        lambda space, rng: _check_model(
            space["LeNet5"]((2, 16, 20), 3, reg=0.4, dtype=np.float64), (3, 2, 16, 20), 3, rng
        )
    ],
    "ResNet": lambda _: [
        lambda space, rng: _check_model(
            space["ResNet"]((2, 6, 5), (2, 3), 1, 4, reg=0.4, dtype=np.float64), (4, 2, 6, 5), 4, rng
        )
    ],
}


# Words of the report that name the mistake, and the planted answers that make it; `Name*` stands for every ending.
_NAMED: dict[str, str] = {
    r"sum over the batch is missing|sums over the batch and over all positions are missing": """
        bias_gradient_not_summed maxout_biases_not_summed db_not_summed_over_the_batch dbeta_of_each_image""",
    r"= \S+ times too (large|small)": """
        bias_gradient_averaged dw_averaged softmax_gradient_not_averaged softmax_gradient_averaged_twice
        svm_averages_over_classes_too svm_gradient_not_averaged bias_gradients_averaged_* dgamma_averaged_*
        dbeta_averaged_* dbeta_averaged connect_db_averaged gradients_averaged_twice_* db_is_the_mean
        dw_averaged_over_the_batch everybody_gets_everything adds_whole_maps_to_db averages_dw hands_on_the_whole
        divides_by_the_height divides_by_the_width divides_by_the_picture averaged_over_the_batch""",
    r"it is 4 times too small everywhere": "without_the_four",
    r"sizes are right and some of its signs": "sizes_only",
    r"multiplied by the example's own output": "of_the_score_times_itself",
    r"dX has shape \(3, 8, 8\), expected \(3, 3, 8, 8\)": "largest_over_channels",
    r"read without its negative entries|its negative entries are cut to zero": "lets_only_positive_through",
    r"(multiplied|divided) by (p|keep|reg)²? = ": """
        back_not_scaled back_scaled_twice back_divides_by_the_mask back_scaled_at_test_time connect_dw_not_scaled
        connect_dw_scaled_twice connect_dx_not_scaled connect_db_scaled unscaled_mask_on_the_way_back l2_squares_reg
        l1_gradient_without_reg""",
    r"the same number everywhere": "l1_gradient_one_everywhere",
    r"it is (halved|doubled)": "l2_without_the_half l2_gradient_doubled l2_gradient_halved l1_halved",
    r"sign is flipped|with the sign flipped": """
        sign_flipped graph_sign_flipped softmax_loss_of_the_wrong_sign svm_gradient_of_the_wrong_sign
        gradient_of_the_wrong_sign l1_upside_down svm_subtracts_the_wrong_way_round pushes_where_it_should_pull""",
    r"keepdims": """
        bias_gradient_keeps_its_axis bias_gradients_keep_their_axis_* dgamma_as_a_row_* connect_db_keeps_its_axis
        dgamma_with_four_axes""",
    r"\(reshape\?\)|of length 1 (is|are) missing": "dx_stays_flat maxout_dx_stays_flat dgamma_with_one_axis biases_as_rows_*",
    r"it is transposed": "dw_transposed",
    r"dout is not used": """
        ignores_dout right_shapes_only gives_the_mask leaky_forgets_dout elu_forgets_dout tanh_forgets_dout
        sigmoid_forgets_dout ignores_df neuron_ignores_df""",
    r"changed in place": """
        scales_dout_in_place clips_dout_in_place leaky_scales_dout_in_place elu_scales_dout_in_place
        tanh_scales_dout_in_place sigmoid_scales_dout_in_place maxout_clears_dout softmax_shifts_x_in_place
        svm_shifts_x_in_place doubles_dout_* back_doubles_dout connect_back_doubles_dout l2_in_place
        scales_dout_afterwards clears_dout multiplies_dout_by_gamma scales_dout scales_dout_itself
        divides_dout_itself masks_dout_itself""",
    r"must be callable twice": """
        damages_the_cached_weights overwrites_its_cache squares_its_cache damages_its_cache spoils_its_cache_*
        back_consumes_its_cache adds_into_the_cache back_dropped_at_test_time""",
    r"goes by the last forward pass": """
        goes_by_the_last_call relu_goes_by_the_last_call graph_goes_by_the_last_call goes_by_the_latest_*
        remembers_the_last_input remembers_the_last_batch goes_by_the_last_forward""",
    r"left out|is missing \(None\)|holds the gradient [Wb]\d": """
        reads_the_report leaves_out_the_bias_gradients_* parameters_in_lower_case counts_from_zero
        leaves_out_gamma_and_beta forgets_the_projections_gradients""",
    r"backward returned \d gradients?, expected|must return \(loss": """
        forgets_db graph_forgets_dy softmax_forgets_the_gradient gives_the_loss_alone_* dx_alone_* l2_loss_alone
        gradients_without_db""",
    r"expected a single number": "softmax_loss_for_each_example l2_by_column",
    r"the mask|dout is passed on unchanged|a mask|is d[wb][12] itself|is dout summed over the batch itself": """
        masks_by_dout passes_everything_back mask_upside_down leaky_masks_by_dout sides_swapped elu_masks_by_dout
        both_pieces_hear_everything the_loser_hears each_piece_hears_half the_first_piece_hears_everything
        the_second_piece_hears_everything maxout_masks_by_dout back_without_mask
        back_through_the_dropped back_only_divides back_masks_by_dout connect_dx_by_all_weights connect_dw_not_masked""",
    r"the slope (below|above) zero|the slope is wrong for x from|does not depend on dout": """
        goes_by_the_default_alpha nothing_leaks_back gives_alpha_itself
        leaks_the_input_back slope_is_the_output elu_goes_by_the_default_alpha adds_one_to_the_output elu_as_if_leaky""",
    r"the slope is (computed from|the wrong formula)": """
        multiplies_by_the_output squares_the_input forgets_the_square slope_of_the_sigmoid squashes_twice
        plus_instead_of_minus goes_by_the_input slope_of_tanh half_a_slope squashes_the_output_again""",
    r"dout is multiplied in twice": "squares_dout_too",
    r"in another order|one expression used for both|changed places": """
        gives_dw_first
        weights_before_biases dw_comes_first dz_is_z graph_results_in_reverse neuron_results_swapped dgamma_without_x_hat_*
        gradients_in_another_order_* dgamma_and_dbeta_exchanged gamma_and_beta_gradients_swapped""",
    r"single precision": """
        softmax_in_single_precision always_in_single_precision_* dx_in_single_precision_* back_in_single l2_in_single""",
    r"a small number was added": "softmax_adds_a_little_before_the_log",
    r"right class": """
        softmax_forgets_minus_one softmax_adds_one_at_the_right_class svm_right_class_counted_once
        svm_right_class_left_out svm_counts_over_the_batch""",
    r"regularization term": """
        penalty_without_the_half_* gradient_without_the_penalty_* gradient_of_the_penalty_halved_*
        averages_the_penalty_* penalty_without_gradient_* loss_without_the_penalty_* decays_twice""",
    r"goes wrong between layer|the mask|a step between the two left out": """
        forgets_the_mask_on_the_way_back_* forgets_the_mask_on_the_way_back slope_of_tanh_not_squared_*
        everything_passes_on_the_way_back
        backward_without_the_first_relu_* backward_without_the_second_relu_* skips_the_normalization_on_the_way_back
        sums_the_maps hands_the_mean_back_whole""",
    r"through the mean (and|is)": """
        mean_path_forgotten_* both_paths_forgotten_* mean_path_with_the_wrong_sign_* dx_of_each_image
        dx_without_the_statistics gamma_after_the_statistics dx_with_the_mean_forgotten mean_path_not_divided_*""",
    r"through the (mean and the )?variance": "variance_path_*",
    r"gamma": "gamma_ignored_on_the_way_back_* dx_without_gamma",
    r"standard deviation": "divides_by_the_variance_* multiplies_by_std_*",
    r"eps|a small number was added": "default_eps_on_the_way_back_* no_eps_on_the_way_back_* eps_outside_on_the_way_back_*",
    r"the sum runs over axis 1, it should run over the batch": "dbeta_over_the_features_* dgamma_over_the_features_* bias_gradient_over_the_outputs",
    r"has shape \(\d+, 1\)|is a single number, expected": "dgamma_as_a_column_* dgamma_as_one_number_* bias_gradient_as_one_number",
    r"a term 0.2 times the sign": "elastic_gradient_of_l2_alone",
    r"padding": """
        dx_still_padded crops_from_pad_to_minus_pad dw_without_padding crops_from_the_start cuts_by_minus_pad
        forgets_the_padding_of_x""",
    r"only the last window": "dw_of_the_last_window db_of_the_last_window",
    r"one contribution replaces the others": """
        windows_overwrite_each_other overwrites_where_windows_overlap the_last_one_wins adds_with_an_index""",
    r"upside down": "dx_with_turned_filters turns_the_filters_back",
    r"past (the layers|them)": "forgets_the_road takes_dout_past_the_last_relu forgets_the_layers halves_the_roads",
    r"through the last ReLU": "forgets_the_last_relu_back",
    r"repeat them over axes 2 and 3": "leaves_the_axes_out",
    r"the stride is ignored": "ignores_the_stride_on_the_way_back",
    r"windows? |the wrong place of each window": """
        takes_height_for_width_on_the_way_back assumes_windows_side_by_side divides_by_the_width_squared
        counts_down_the_columns always_the_first_place fills_the_window""",
    r"the largest of their window|the whole window": "gradient_for_the_whole_window largest_shares_with_all",
    r"by x once too often": "gradient_times_the_maximum",
    r"by w once too often": "connect_dw_with_w",
    # Nothing in these gradients tells what was meant: any guess at them is a wrong one.
    r"(?!)": """
        maxout_masks_by_dout dx_of_one_piece sum_passes_df_unscaled passes_df_through_the_sigmoid slope_with_plus
        no_gradient_for_the_bias bias_gradient_is_the_bias takes_the_wrong_weights softmax_over_the_batch
        softmax_in_bits svm_squares_the_margins svm_gradient_is_the_margins drops_the_scores l2_of_the_norm
        l1_without_absolute_values l1_gradient_of_l2 l1_of_column_sums
        largest_of_all_channels dx_reshaped_without_transposing softmax_adds_3e-07_before_the_log
        softmax_loss_of_every_label softmax_gradient_at_every_label softmax_shifts_one_side
        svm_without_the_cut svm_gradient_without_the_cut softmax_loss_of_all_classes softmax_summed_over_*
        of_the_loss of_the_probability of_all_scores every_row_gets_every_class without_the_weight the_diagonal_counts
        shares_of_each_row gaussian_weights by_distances_not_squared the_stride_is_the_width
        forgets_the_inner_relu_back softmax_without_a_logarithm neuron_with_the_slope_of_tanh average_divides_by_the_sum_of_the_sides""",
}

# Planted answers that no gradient check can tell from right ones, and why.
_UNSEEN: dict[str, str] = {
    "backward is the derivative of a forward pass, or of a loss, that is another one than asked for": """
        softmax_sums_over_the_batch svm_counts_the_right_class svm_without_a_margin svm_sums_over_the_batch
        svm_hears_the_worst_class_only penalizes_biases_too_* penalizes_the_first_layer_only_* no_nonlinearity_*
        rectifies_the_first_layer_only_* normalizes_the_first_layer_only layernorm_over_the_batch
        regularizes_gamma_and_beta regularizes_biases never_drops drops_without_scaling takes_the_ratio_for_dropping
        drops_behind_the_first_layer_only not_behind_the_last_hidden_layer one_mask_for_the_whole_batch
        l2_ignores_reg l2_averaged l2_as_l1 elastic_swapped elastic_without_the_half elastic_l2_alone elastic_l1_alone
        elastic_as_a_ratio elastic_averaged filters_are_not_regularized_* biases_are_regularized_*
        strides_every_stage strides_nowhere projects_always regularizes_gammas leaves_projections_unregularized
        no_relu_behind_the_filters_* average_instead_of_maximum_* always_pads_by_one_* maximum_instead_of_average_*
        relu_instead_of_tanh_* tanh_of_the_convolutions_only_* forgets_normalization""",
    "the gradients are right; something else that the class does is not": """
        ignores_weight_scale_* takes_weight_scale_for_the_variance_* first_weights_all_positive_*
        weights_start_at_zero_* every_unit_starts_alike_* biases_drawn_too_* gives_probabilities_for_scores_*
        gives_classes_for_scores_* cannot_flatten_images_* needs_a_hidden_layer_* weights_transposed
        gamma_for_the_last_layer_too gamma_starts_at_zero momentum_swapped scores_in_training_mode
        a_fresh_dict_each_time all_networks_share_their_averages all_layers_share_their_averages gives_probabilities
        drops_at_test_time scales_at_test_time ignores_the_seed draws_one_mask_for_ever drops_half_by_default
        ten_times_too_large_first_weights_* every_filter_starts_alike_* he_weights_* tests_as_it_trains
        starts_as_xavier starts_gammas_at_zero shares_running_averages_between_blocks is_read_only""",
    "it writes into the parameters, which the check replaces by copies": """
        decays_the_weights_in_place_* decays_its_weights""",
    "the check gives the model its own parameters and dtype": """
        ignores_dtype_* always_in_single_precision_FullyConnectedNet is_always_double""",
    "the gradient of W may be called dW": "names_them_with_a_d",
    "right wherever numbers are not extreme or exactly at a kink": """
        open_at_zero elu_multiplies_inf_by_zero slope_overflows softmax_without_a_shift softmax_shifts_all_rows_alike
        softmax_takes_the_log_of_zero l1_divides_by_itself l1_plus_one_at_zero softmax_cuts_probabilities_off
        softmax_adds_1e-* softmax_adds_2.22e-16_*""",
    "it stops with an error of its own": "softmax_without_keepdims",
    "with the seed that a gradient check needs, every call draws the same mask": """
        back_draws_anew back_of_the_latest connect_back_of_the_latest""",
    "no network that is checked has both dropout and normalization": "drops_before_it_normalizes",
    "right gradients, on a copy of what forward was given": "relu_shuts_the_gates_in_its_input",
    "only another alpha in between would show it": "goes_by_the_last_alpha",
    "a right gradient that somebody else computed": """
        differentiates_numerically graph_by_the_library backward_by_the_library backward_by_numeric_gradients
        max_backward_by_the_library max_backward_by_numeric_gradient average_backward_by_the_library numeric_instead
        calls_the_graph is_the_graph by_differences""",
}


@dataclass(frozen=True)
class Wrong:
    """A planted wrong answer whose gradients are wrong.

    Attributes:
        names: pattern of the words that name its mistake.
    """

    answer: answers.Planted
    notebook: str
    names: str

    def __str__(self) -> str:
        return f"{self.notebook}: {self.answer.function}, {self.answer.name}"


def wrong_answers() -> list[Wrong]:
    """Every planted wrong answer that a gradient check can see, in the order of the notebooks.

    Raises:
        KeyError: answers are neither named nor said to be unseen.
    """
    seen = [
        (answer, notebook, _entry(_NAMED, answer.name))
        for answer, notebook in _answers()
        if answer.reason and not _entry(_UNSEEN, answer.name)
    ]
    if unknown := sorted({answer.name for answer, _, names in seen if names is None}):
        raise KeyError(
            f"answers/gradcheck/planted.py says of {', '.join(unknown)} neither what a gradient check names them (_NAMED) "
            "nor why it cannot see them (_UNSEEN)"
        )
    return [Wrong(answer, notebook, names or "") for answer, notebook, names in seen]


def right_answers() -> list[tuple[answers.Planted, str]]:
    """Every planted right answer whose gradients can be checked, with its notebook."""
    return [(answer, notebook) for answer, notebook in _answers() if not answer.reason]


def right_spaces() -> Iterator[tuple[str, str, dict[str, Any], str]]:
    """(function, notebook, namespace, what it is) of the references and of the planted right answers."""
    for checks, notebook in NOTEBOOKS.items():
        reference = load_reference(notebook)
        asked = dict.fromkeys([*load_checks(checks), *(each.function for each in answers.planted(checks))])
        for function in filter(has_gradients, asked):
            yield function, notebook, vars(reference), "references"
    for answer, notebook in right_answers():
        yield answer.function, notebook, answer.namespace(load_reference(notebook)), "other right answers"


def _answers() -> Iterator[tuple[answers.Planted, str]]:
    for checks, notebook in NOTEBOOKS.items():
        for answer in answers.planted(checks):
            if has_gradients(answer.function):
                yield answer, notebook


def has_gradients(function: str) -> bool:
    """Whether a function has gradients that can be checked."""
    if function in ("copy_backward", "guided_relu_backward"):
        return False  # the first is asked with others, the second is no gradient of its forward pass
    ends = ("_backward", "_backward_naive", "_backward_alt", "_loss", "_regularization", "elastic_net")
    return function in NETS or function in seeing.CHECKS or function.endswith(ends)


def _entry(table: dict[str, str], name: str) -> str | None:
    for value, names in table.items():
        if any(fnmatchcase(name, known) for known in names.split()):
            return value
    return None


def failures(wrong: Wrong, seed: int) -> list[str]:
    """What the first check that fails says of each gradient; nothing when every check passes."""
    rng = np.random.default_rng(seed)
    space = wrong.answer.namespace(load_reference(wrong.notebook))
    for check in checks_of(wrong.answer.function, wrong.notebook, rng):
        report = check(dict(space))
        if not report.passed:
            return [str(result) for result in report.results if not result.passed]
    return []


def outcome(wrong: Wrong, seed: int) -> tuple[str, str]:
    """("named" | "unnamed" | "wrongly" | "missed", what was said) of one wrong answer and one seed."""
    lines = failures(wrong, seed)
    said = "\n".join(lines)
    if not lines:
        return "missed", said
    fits = [bool(re.search(wrong.names, line)) for line in lines]
    guesses = ["it looks like" in line and not re.search(_PLAIN, line) for line in lines]
    if any(guess and not fit for guess, fit in zip(guesses, fits, strict=True)):
        return "wrongly", said
    return ("named" if any(fits) else "unnamed"), said


# A number that says how wrong a gradient is and not why.
_PLAIN = r"times what it should be everywhere|times too small everywhere"
