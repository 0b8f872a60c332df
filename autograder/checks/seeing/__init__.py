"""Hidden checks of 09_seeing, one for each graded function."""

from autograder.checks.seeing.ascent import activation_maximization, dream_step
from autograder.checks.seeing.backwards import deconv_layer, guided_relu_backward, max_unpool
from autograder.checks.seeing.codes import (
    cka,
    dissimilarity_matrix,
    linear_probe,
    nearest_neighbours,
    tsne_gradient,
)
from autograder.checks.seeing.maps import class_saliency, exciting_patches, occlusion_map

__all__ = [
    "activation_maximization",
    "cka",
    "class_saliency",
    "deconv_layer",
    "dissimilarity_matrix",
    "dream_step",
    "exciting_patches",
    "guided_relu_backward",
    "linear_probe",
    "max_unpool",
    "nearest_neighbours",
    "occlusion_map",
    "tsne_gradient",
]
