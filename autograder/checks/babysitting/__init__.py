"""Hidden checks of 06_babysitting, one for each graded function."""

from autograder.checks.babysitting.axes import principal_axes
from autograder.checks.babysitting.capstone import predict
from autograder.checks.babysitting.cross_validation import cross_validate
from autograder.checks.babysitting.curves import diagnose
from autograder.checks.babysitting.ensembles import average_parameters, ensemble_predict
from autograder.checks.babysitting.preprocessing import preprocess
from autograder.checks.babysitting.ranges import at_edge, next_ranges
from autograder.checks.babysitting.sanity import check_first_loss, overfit_small
from autograder.checks.babysitting.search import narrow_ranges, random_search, sample_log_uniform
from autograder.checks.babysitting.splits import kfold_splits, split_data
from autograder.checks.babysitting.stopping import should_stop, update_ratio

__all__ = [
    "at_edge",
    "average_parameters",
    "check_first_loss",
    "cross_validate",
    "diagnose",
    "ensemble_predict",
    "kfold_splits",
    "narrow_ranges",
    "next_ranges",
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
