"""Pictures to learn from: `load_dataset(name)` gives a `Dataset` with training, validation and test parts; `load_pictures` in one form."""

from course_utils.data.catalogue import DATASET_NAMES, OFFLINE_NAMES, load_dataset
from course_utils.data.dataset import Dataset
from course_utils.data.errors import DataError
from course_utils.data.pictures import load_pictures

__all__ = ["DATASET_NAMES", "OFFLINE_NAMES", "DataError", "Dataset", "load_dataset", "load_pictures"]
