"""Planted answers: networks with dropout."""

import numpy as np

from answers import right, wrong
from answers.batchnorm.networks import Plain


def _wrong(reason):
    return wrong("FullyConnectedNet", reason, earns=(0.0, 0.985))


@_wrong("units are dropped and scaled")
class never_drops(Plain):
    def mask(self, x, i, train):
        return 1.0


@_wrong("units are dropped and scaled.*factor of the hidden units")
class drops_without_scaling(Plain):
    def scaled(self, kept):
        return kept * 1.0


@_wrong("probability of KEEPING")
class takes_the_ratio_for_dropping(Plain):
    def mask(self, x, i, train):
        if not train or self.keep == 1:
            return 1.0
        return (np.random.default_rng(self.seed).random(x.shape) >= self.keep) / self.keep


@_wrong("nothing is dropped without labels: .*scores is wrong")
class drops_at_test_time(Plain):
    def mask(self, x, i, train):
        return super().mask(x, i, True)


@_wrong("nothing is dropped without labels: .*scores is wrong")
class scales_at_test_time(Plain):
    def mask(self, x, i, train):
        return super().mask(x, i, train) if train else self.keep


@_wrong("behind every hidden layer: ")
class drops_behind_the_first_layer_only(Plain):
    def mask(self, x, i, train):
        return super().mask(x, i, train) if i == 1 else 1.0


@_wrong("behind every hidden layer: |units are dropped")
class not_behind_the_last_hidden_layer(Plain):
    def mask(self, x, i, train):
        return super().mask(x, i, train) if i < self.L - 1 else 1.0


@_wrong("behind the normalization: ")
class drops_before_it_normalizes(Plain):
    def norm(self, x, i, train):
        return super().norm(x * super().mask(x, i, train) if self.normalization else x, i, train)

    def mask(self, x, i, train):
        return 1.0 if self.normalization else super().mask(x, i, train)


@_wrong("slopes of your own loss")
class forgets_the_mask_on_the_way_back(Plain):
    def mask_back(self, mask):
        return 1.0


@_wrong("slopes of your own loss")
class unscaled_mask_on_the_way_back(Plain):
    def mask_back(self, mask):
        return np.asarray(mask) > 0


@_wrong("mask of its own: .*very same units")
class one_mask_for_the_whole_batch(Plain):
    def mask(self, x, i, train):
        mask = super().mask(x, i, train)
        return mask if np.isscalar(mask) else np.broadcast_to(mask[:1], x.shape)


@_wrong("with a seed gave different")
class ignores_the_seed(Plain):
    def mask(self, x, i, train):
        self.seed = None
        return super().mask(x, i, train)


@_wrong("without a seed gave the same")
class draws_one_mask_for_ever(Plain):
    def mask(self, x, i, train):
        self.seed = self.seed or 1
        return super().mask(x, i, train)


@_wrong("with the same seed")
class drops_the_scores(Plain):
    def last(self, scores, train):
        return scores * self.mask(scores, 0, train)


@_wrong("without dropout")
class drops_half_by_default(Plain):
    def __init__(self, *args, dropout_keep_ratio=0.5, **kwargs):
        super().__init__(*args, dropout_keep_ratio=dropout_keep_ratio, **kwargs)


@_wrong("without dropout.*scores|without dropout.*loss|raised")
class forgets_normalization(Plain):
    def normalizes(self, i):
        return False


@right("FullyConnectedNet")
class plain_network_with_dropout(Plain):
    pass


@right("FullyConnectedNet")
class network_with_one_generator(Plain):
    """A seed starts one generator for a whole pass, so that layers get masks of their own."""

    def loss(self, X, y=None):
        self.rng = np.random.default_rng(self.seed)
        return super().loss(X, y)

    def mask(self, x, i, train):
        if not train or self.keep == 1:
            return 1.0
        return np.where(self.rng.random(x.shape) < self.keep, 1 / self.keep, 0.0).astype(self.dtype)


@right("FullyConnectedNet")
class network_of_the_convention(Plain):
    def mask(self, x, i, train):
        if not train or self.keep == 1:
            return np.ones_like(x)
        if self.seed is not None:
            np.random.seed(self.seed)  # noqa: NPY002
        return ((np.random.rand(*x.shape) < self.keep) / self.keep).astype(self.dtype)  # noqa: NPY002
