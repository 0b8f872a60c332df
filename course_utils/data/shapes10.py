"""shapes10: small RGB pictures of ten plainly nameable shapes, drawn by NumPy and the same on every machine.

Drawing uses only operations that IEEE 754 rounds exactly (+, -, *, /, square root, comparisons, casts), one to a
NumPy call, never a reduction over floats, a matrix product or a transcendental function, whose last bits depend on
the CPU. The random numbers are raw PCG64 words, whose stream NumPy promises not to change (NEP 19). So equal seeds
give equal bytes, which `tests/course_utils/data/test_data_shapes10.py` holds to a digest, with and without SIMD.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from course_utils.data.outlines import OUTLINES, Plane

CLASS_NAMES = tuple(OUTLINES)
IMAGE_SIZE = 32
VERSION = 1
"""Raise it whenever the pictures change, so that older caches are left alone."""

BLOCK = 1000
"""Pictures are drawn in blocks with a random stream of their own: the first n never depend on how many follow."""

THREADS = 2
"""NumPy lets other threads run while it works on an array, so two cores draw nearly twice as fast."""

_GROUP = 50
"""Pictures drawn at once; few enough for their planes to stay in the processor's cache."""

_WORDS = 96
_NOISE_WORDS = 3 * IMAGE_SIZE * IMAGE_SIZE // 8


def draw_shapes(count: int, *, seed: int = 0, stream: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw pictures of the ten shapes, as many of each class as of any other (in every thousand).

    Args:
        count: how many pictures, at least 0.
        seed: an integer, at least 0.
        stream: an integer, at least 0; each pair of seed and stream gives other pictures, the same ones each time.

    Returns:
        (images, labels): uint8 of shape (count, 3, 32, 32), and int64 of shape (count,) with values 0..9.
    """
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        blocks = pool.map(
            lambda block: draw_block(block, seed=seed, stream=stream), range(-(-count // BLOCK))
        )
        return join_blocks(list(blocks), count)


def join_blocks(blocks: list[tuple[np.ndarray, np.ndarray]], count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first `count` pictures and labels of some blocks as one pair of arrays."""
    images = np.empty((count, 3, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    labels = np.empty(count, np.int64)
    for number, (block_images, block_labels) in enumerate(blocks):
        part = slice(number * BLOCK, min((number + 1) * BLOCK, count))
        images[part] = block_images[: part.stop - part.start]
        labels[part] = block_labels[: part.stop - part.start]
    return images, labels


def draw_block(block: int, *, seed: int = 0, stream: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw the `block`-th thousand pictures: images (1000, 3, 32, 32) uint8 and labels (1000,) int64."""
    bits = np.random.PCG64([seed, stream, block])
    order = np.argsort(bits.random_raw(BLOCK), kind="stable")
    labels = (order % len(CLASS_NAMES)).astype(np.int64)
    words = bits.random_raw((BLOCK, _WORDS))
    noise = bits.random_raw((BLOCK, _NOISE_WORDS)).astype("<u8").view(np.uint8)
    noise = noise.reshape(BLOCK, 3, IMAGE_SIZE, IMAGE_SIZE)

    images = np.empty((BLOCK, 3, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    for label in range(len(CLASS_NAMES)):
        (members,) = np.nonzero(labels == label)
        for group in np.array_split(members, -(-len(members) // _GROUP)):
            images[group] = _draw(label, _Dice(words[group]), noise[group])
    return images, labels


class _Dice:
    """Uniform random numbers, one row for each picture, handed out column by column."""

    def __init__(self, words: np.ndarray) -> None:
        self._uniform = ((words >> np.uint64(11)).astype(np.float64) * 2.0**-53).astype(np.float32)
        self._used = 0

    def __call__(self, low: float, high: float) -> Plane:
        """One number in [low, high] for each picture, shape (n, 1, 1), ready to broadcast over its pixels."""
        column = self._uniform[:, self._used, None, None]
        self._used += 1
        return np.float32(low) + np.float32(high - low) * column

    def chance(self, probability: float) -> Plane:
        """1.0 with the given probability, else 0.0, for each picture."""
        return (self(0, 1) < probability).astype(np.float32)


def _draw(label: int, dice: _Dice, noise: np.ndarray) -> np.ndarray:
    x, y = _pixel_centres()
    shape_colour, ground_colours = _colours(label, dice)
    canvas = _background(x, y, ground_colours, dice)
    for _ in range(2):
        _paint(
            canvas,
            _stroke(x, y, dice, length=(3, 9), width=(0.6, 1.5)),
            _mix(*ground_colours, dice(-0.6, 1.6)),
        )
    _paint_shape(canvas, x, y, label, shape_colour, dice)
    _occlude(canvas, x, y, ground_colours, dice)

    level = canvas * dice(0.9, 1.05)[:, None] * np.float32(255)
    level = level + (noise.astype(np.float32) - np.float32(127.5)) * np.float32(0.055)
    return np.clip(level + np.float32(0.5), 0, 255).astype(np.uint8)


def _pixel_centres() -> tuple[Plane, Plane]:
    """Coordinates in pixels from the middle of the picture, y downwards; shapes (1, 1, W) and (1, H, 1)."""
    centres = np.arange(IMAGE_SIZE, dtype=np.float32) - np.float32((IMAGE_SIZE - 1) / 2)
    return centres[None, None, :], centres[None, :, None]


_HUES = (0.58, 0.08, 0.33, 0.14, 0.97, 0.16, 0.10, 0.45, 0.75, 0.15)
"""The hue (0 and 1 red, 1/3 green, 2/3 blue) that each class leans to: hearts are often red, bolts often yellow."""
_HUE_LEAN = 0.5


def _colours(label: int, dice: _Dice) -> tuple[Plane, tuple[Plane, Plane]]:
    """The shape's colour and two for its background, each (n, 3, 1, 1): clearly lighter or clearly darker."""
    leaning = dice.chance(_HUE_LEAN)
    hue = leaning * (np.float32(_HUES[label]) + dice(-0.07, 0.07)) + (1 - leaning) * dice(0, 1)
    ground_hue = hue + dice(0.25, 0.75)
    other_hue = ground_hue + dice(-0.2, 0.2)
    night = dice.chance(0.8)
    shape_value = night * dice(0.8, 1.0) + (1 - night) * dice(0.25, 0.45)
    ground_value = night * dice(0.15, 0.55) + (1 - night) * dice(0.75, 0.95)
    shape = _rgb(hue, dice(0.45, 0.95), shape_value)
    ground = _rgb(ground_hue, dice(0.25, 0.75), ground_value)
    other = _rgb(other_hue, dice(0.25, 0.75), ground_value + dice(-0.15, 0.15))
    return shape, (ground, other)


def _rgb(hue: Plane, saturation: Plane, value: Plane) -> Plane:
    """From hue, saturation, value (n, 1, 1) to colours (n, 3, 1, 1), all in 0..1; hue wraps round."""
    channels = []
    for offset in (0.0, 2 / 3, 1 / 3):
        turn = hue + np.float32(offset)
        turn = turn - np.floor(turn)
        ramp = np.clip(np.abs(turn * np.float32(6) - np.float32(3)) - np.float32(1), 0, 1)
        channels.append(value * (1 - saturation * (1 - ramp)))
    return np.stack(channels, axis=1)


def _mix(a: Plane, b: Plane, share: Plane) -> Plane:
    """`a` and `b` mixed, with `share` of b; colours (n, 3, 1, 1), shares (n, 1, 1) or (n, H, W)."""
    return a + (b - a) * share[:, None]


def _paint(canvas: Plane, cover: Plane, colour: Plane) -> None:
    """Lay `colour` over `canvas` (n, 3, H, W) in place, as opaquely as `cover` (n, H, W) says."""
    canvas += (colour - canvas) * cover[:, None]


def _background(x: Plane, y: Plane, colours: tuple[Plane, Plane], dice: _Dice) -> Plane:
    """A slow change from one colour to the other with soft patches and, in some pictures, stripes."""
    across, down = _direction(dice(0, 1))
    slope = (x * across + y * down) * dice(0.005, 0.03)
    share = np.float32(0.5) + slope + _patches(dice) * dice(0.3, 1.2)
    across, down = _direction(dice(0, 1))
    phase = (x * across + y * down) / dice(4, 11) + dice(0, 1)
    phase = phase - np.floor(phase)
    wave = np.clip(np.abs(phase - np.float32(0.5)) * np.float32(8) - np.float32(2), -1, 1)
    share = share + wave * dice.chance(0.35) * dice(0.15, 0.45)
    return _mix(colours[0], colours[1], np.clip(share, 0, 1))


def _patches(dice: _Dice) -> Plane:
    """Smooth random patches with values in -1..1, shape (n, H, W): 5 x 5 random values, interpolated."""
    knots = 5
    values = np.concatenate([dice(-1, 1) for _ in range(knots * knots)], axis=1)
    values = values.reshape(-1, knots, knots)
    position = np.arange(IMAGE_SIZE, dtype=np.float32) * np.float32((knots - 1) / IMAGE_SIZE)
    left = position.astype(np.int64)
    share = position - left.astype(np.float32)
    share = share * share * (np.float32(3) - np.float32(2) * share)
    columns = values[:, :, left] + (values[:, :, left + 1] - values[:, :, left]) * share
    return columns[:, left] + (columns[:, left + 1] - columns[:, left]) * share[:, None]


def _stroke(
    x: Plane,
    y: Plane,
    dice: _Dice,
    *,
    length: tuple[float, float],
    width: tuple[float, float],
    spread: float = 17,
) -> Plane:
    """How much of each pixel a straight stroke with round ends covers, shape (n, H, W); lengths in pixels."""
    across, down = _direction(dice(0, 1))
    x = x - dice(-spread, spread)
    y = y - dice(-spread, spread)
    half = dice(*length)
    along = np.clip(x * across + y * down, -half, half)
    x = x - along * across
    y = y - along * down
    return _cover(np.sqrt(x * x + y * y) - dice(*width))


def _occlude(canvas: Plane, x: Plane, y: Plane, colours: tuple[Plane, Plane], dice: _Dice) -> None:
    cover = _stroke(x, y, dice, length=(5, 16), width=(0.8, 1.7), spread=10)
    _paint(canvas, cover * dice.chance(0.25), _mix(*colours, dice(-0.5, 1.5)))


def _paint_shape(canvas: Plane, x: Plane, y: Plane, label: int, colour: Plane, dice: _Dice) -> None:
    """Draw the shape itself at a random place, size and angle: its shadow, then its body with light and rim."""
    radius = dice(7.7, 11.5)
    room = np.float32(15.5) - radius
    x = x - room * dice(-1, 1)
    y = y - room * dice(-1, 1)
    cos, sin = _direction(dice(-0.08, 0.08))
    stretch = dice(0.88, 1.12)
    mirror = 1 - 2 * dice.chance(0.5)
    inverse = 1 / radius
    shape = OUTLINES[CLASS_NAMES[label]]

    def distance(dx: float, dy: float) -> Plane:
        """Signed distance in pixels to the outline moved by (dx, dy), negative inside."""
        u, v = (x - np.float32(dx)) * inverse, (y - np.float32(dy)) * inverse
        return shape((u * cos + v * sin) * stretch * mirror, (v * cos - u * sin) / stretch) * radius

    shadow = np.clip(np.float32(0.5) - distance(0.8, 1.3) * np.float32(0.3), 0, 1)
    canvas *= 1 - (shadow * dice(0.1, 0.4))[:, None]
    outline = distance(0, 0)
    light = 1 - (x + y) * inverse * dice(0.0, 0.16)
    rim = 1 - np.clip(outline + np.float32(2), 0, 1) * dice(0.0, 0.3)
    _paint(canvas, _cover(outline), colour * (light * rim)[:, None])


def _cover(distance: Plane) -> Plane:
    """The part of a pixel that is inside an outline at this signed distance (pixels) from its centre."""
    return np.clip(np.float32(0.5) - distance, 0, 1)


def _direction(turn: Plane) -> tuple[Plane, Plane]:
    """Cosine and sine of an angle in turns, nearly: a vector of length one in nearly that direction.

    Parabolas stand in for the waves because sin and cos differ in their last bit from CPU to CPU.
    """
    across, down = _parabolic_sine(turn + np.float32(0.25)), _parabolic_sine(turn)
    norm = np.sqrt(across * across + down * down)
    return across / norm, down / norm


def _parabolic_sine(turn: Plane) -> Plane:
    """Two parabolas in place of one period of a sine."""
    turn = turn - np.floor(turn + np.float32(0.5))
    return turn * (np.float32(0.5) - np.abs(turn)) * np.float32(16)
