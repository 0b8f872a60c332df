"""The ten outlines of shapes10 as signed distances: negative inside, positive outside, zero on the outline.

Coordinates are those of the shape, u to the right and v downwards, the shape filling about -1..1. Only operations that
IEEE 754 rounds exactly are used (see shapes10).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

Plane = np.ndarray
"""One float32 for each pixel of each picture, shape (n, H, W), or something that broadcasts to that."""

HalfPlane = tuple[float, float, float]
"""Normal (u, v) of length one and offset: all points with normal . (u, v) <= offset."""


def _convex(*corners: tuple[float, float]) -> tuple[HalfPlane, ...]:
    """The half-planes of a convex polygon whose corners are given clockwise as seen in the picture (v downwards)."""
    sides = []
    for (u, v), (next_u, next_v) in zip(corners, corners[1:] + corners[:1], strict=True):
        along_u, along_v = next_u - u, next_v - v
        length = math.sqrt(along_u * along_u + along_v * along_v)
        normal_u, normal_v = along_v / length, -along_u / length
        sides.append((normal_u, normal_v, normal_u * u + normal_v * v))
    return tuple(sides)


def _half_plane(u: Plane, v: Plane, side: HalfPlane) -> Plane:
    """Signed distance to the line normal . (u, v) = offset, negative on the side the normal points away from."""
    normal_u, normal_v, offset = side
    return u * np.float32(normal_u) + v * np.float32(normal_v) - np.float32(offset)


def _inside_all(u: Plane, v: Plane, sides: tuple[HalfPlane, ...]) -> Plane:
    """Signed distance (near the outline) to the convex shape that all the half-planes share."""
    inside = _half_plane(u, v, sides[0])
    for side in sides[1:]:
        inside = np.maximum(inside, _half_plane(u, v, side))
    return inside


_TRIANGLE = _convex((0, -1.05), (0.93, 0.6), (-0.93, 0.6))
_ARROW_HEAD = _convex((0, -0.82), (1, 0), (0, 0.82))
_BOLT_TOP = _convex((-0.05, -1), (0.52, -1), (0.02, 0.2), (-0.62, 0.2))
_BOLT_POINT = _convex((-0.05, -0.24), (0.66, -0.24), (-0.4, 1.05))
_PENTAGON = tuple(
    (normal_u, normal_v, 0.37)
    for normal_u, normal_v in ((0, 1), (0.951, 0.309), (0.588, -0.809), (-0.588, -0.809), (-0.951, 0.309))
)


def _circle(u: Plane, v: Plane) -> Plane:
    return np.sqrt(u * u + v * v) - np.float32(0.85)


def _square(u: Plane, v: Plane) -> Plane:
    return np.maximum(np.abs(u), np.abs(v)) - np.float32(0.78)


def _triangle(u: Plane, v: Plane) -> Plane:
    return _inside_all(u, v, _TRIANGLE)


def _star(u: Plane, v: Plane) -> Plane:
    """Inside at least four of the five half-planes of a pentagon: the pentagon and its five points."""
    planes = [_half_plane(u, v, plane) for plane in _PENTAGON]
    most, second = np.maximum(planes[0], planes[1]), np.minimum(planes[0], planes[1])
    for plane in planes[2:]:
        second = np.maximum(second, np.minimum(most, plane))
        most = np.maximum(most, plane)
    return second


def _heart(u: Plane, v: Plane) -> Plane:
    """A square on its corner with a disc on each of its two upper sides."""
    u, v = np.abs(u), v - np.float32(0.02)
    side, diagonal = 0.62, np.float32(0.7071)
    square = np.maximum(np.abs((u + v) * diagonal), np.abs((u - v) * diagonal)) - np.float32(side)
    u, v = u - np.float32(side * 0.7071), v + np.float32(side * 0.7071)
    return np.minimum(square, np.sqrt(u * u + v * v) - np.float32(side))


def _moon(u: Plane, v: Plane) -> Plane:
    disc = np.sqrt(u * u + v * v) - np.float32(0.95)
    u, v = u - np.float32(0.45), v + np.float32(0.1)
    return np.maximum(disc, np.float32(0.78) - np.sqrt(u * u + v * v))


def _ring(u: Plane, v: Plane) -> Plane:
    return np.abs(np.sqrt(u * u + v * v) - np.float32(0.68)) - np.float32(0.22)


def _cross(u: Plane, v: Plane) -> Plane:
    u, v = np.abs(u), np.abs(v)
    return np.maximum(np.maximum(u, v) - np.float32(0.92), np.minimum(u, v) - np.float32(0.27))


def _arrow(u: Plane, v: Plane) -> Plane:
    """Pointing right before it is turned and mirrored: a triangle for the head, a bar for the shaft."""
    shaft = np.maximum(np.abs(u + np.float32(0.45)) - np.float32(0.5), np.abs(v) - np.float32(0.26))
    return np.minimum(_inside_all(u, v, _ARROW_HEAD), shaft)


def _bolt(u: Plane, v: Plane) -> Plane:
    """A leaning bar from the top and a long point from the middle down."""
    return np.minimum(_inside_all(u, v, _BOLT_TOP), _inside_all(u, v, _BOLT_POINT))


OUTLINES: dict[str, Callable[[Plane, Plane], Plane]] = {
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "heart": _heart,
    "moon": _moon,
    "ring": _ring,
    "cross": _cross,
    "arrow": _arrow,
    "bolt": _bolt,
}
