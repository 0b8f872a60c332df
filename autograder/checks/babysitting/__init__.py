"""Hidden checks of 06_babysitting, one for each graded function."""

from autograder.checks.babysitting.capstone import predict
from autograder.checks.babysitting.curves import diagnose
from autograder.checks.babysitting.data import (
    cross_validate,
    kfold_splits,
    preprocess,
    principal_axes,
    split_data,
)
from autograder.checks.babysitting.ensembles import average_parameters, ensemble_predict
from autograder.checks.babysitting.runs import check_first_loss, overfit_small, should_stop, update_ratio
from autograder.checks.babysitting.search import narrow_ranges, random_search, sample_log_uniform

__all__ = [
    "average_parameters",
    "check_first_loss",
    "cross_validate",
    "diagnose",
    "ensemble_predict",
    "kfold_splits",
    "narrow_ranges",
    "overfit_small",
    "predict",
    "preprocess",
    "principal_axes",
    "random_search",
    "sample_log_uniform",
    "should_stop",
    "split_data",
    "update_ratio",
]
