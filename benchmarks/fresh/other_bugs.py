"""Mistakes in benchmarks.fresh.other_layers; "-" stands where only the line names them."""

from benchmarks.unseen.course_bugs import Edit

BUGS: dict[str, list[Edit]] = {
    "bilinear": [
        ("dx of x", 'dx = np.einsum("nk,kij,nj->ni", dout, w, y)', 'dx = np.einsum("nk,kij,nj->ni", dout, w, 2 * y)', "doubled"),
        ("dy through |w|", 'dy = np.einsum("nk,kij,ni->nj", dout, w, x)', 'dy = np.einsum("nk,kij,ni->nj", dout, np.abs(w), x)', "absolute"),
        ("dw summed over outputs", 'dw = np.einsum("nk,ni,nj->kij", dout, x, y)', 'dw = np.einsum("nk,ni,nj->ij", dout, x, y) + 0 * w', "same at every index of axis 0"),
    ],
    "glu": [
        ("gate not passed", "da = dout * s", "da = dout", "-"),
        ("slope of the gate left out", "a * s * (1 - s)", "a * s", "-"),
        ("halves exchanged", "[da, db]", "[db, da]", "wrong places"),
    ],
    "prelu": [
        ("dslope of |x|", "np.where(x > 0, 0, x)", "np.where(x > 0, 0, -x)", "sign"),
        ("dslope of all", "np.where(x > 0, 0, x) * dout", "x * dout", "-"),
        ("slope squared", "slope * dout", "slope**2 * dout", "slope twice|applied twice|below zero"),
    ],
    "gru": [
        ("update gate reversed", "dn = dout * (1 - z)", "dn = dout * z", "-"),
        ("old state left out", "dah @ wh.T + dout * z", "dah @ wh.T", "-"),
        ("reset gate forgotten", "[dar, daz, dan * r]", "[dar, daz, dan]", "-"),
        ("difference reversed", "dz = dout * (h - n)", "dz = dout * (n - h)", "-"),
    ],
    "rbf": [
        ("sign of dx", "dx = -flow.sum(axis=1)", "dx = flow.sum(axis=1)", "sign"),
        ("distance squared", "[:, :, None] * apart", "[:, :, None] * apart**2", "-"),
        ("mean over x", "flow.sum(axis=0)", "flow.mean(axis=0)", "N = 5 times too small"),
    ],
    "causal_conv": [
        ("taps reversed", "dpadded[:, k : k + T] += w[k] * dout", "dpadded[:, k : k + T] += w[K - 1 - k] * dout", "backwards"),
        ("one step late", "dpadded[:, K - 1 :]", "dpadded[:, K - 2 : -1]", "-"),
        ("last tap only", "+= w[k] * dout", "= w[k] * dout", "overwr|\\+="),
    ],
    "pooled": [
        ("weights only", "dx = dx + ds[:, :, None] * v", "dx = dx", "-"),
        ("inner forgotten", "ds = a * (da - inner)", "ds = a * da", "-"),
        ("dv of one example", '"nt,ntd->d", ds, x)', '"nt,ntd->d", ds[:1], x[:1])', "first example"),
    ],
    "scale_shift": [
        ("without the one", "dx = dout * (1 + scale[:, :, None, None])", "dx = dout * scale[:, :, None, None]", "1·dout is missing"),
        ("mean for sum", "dshift = np.sum(dout, axis=(2, 3))", "dshift = np.mean(dout, axis=(2, 3))", "times too small"),
        ("dscale of the row", "dscale = np.sum(dout * x, axis=(2, 3))", "dscale = np.sum(dout * x, axis=(2, 3))[:, ::-1]", "backwards"),
    ],
    "kl_loss": [
        ("each left out", "p * (gap - each) / N", "p * gap / N", "-"),
        ("q for p", "dx = p * (gap - each) / N", "dx = q * (gap - each) / N", "-"),
        ("divided twice", "p * (gap - each) / N", "p * (gap - each) / N / N", "N = 4 times too small"),
    ],
    "ratio_loss": [
        ("bottom not squared", "dbottom / bottom**2", "dbottom / bottom", "-"),
        ("plus for minus", "dtop / bottom - top", "dtop / bottom + top", "-"),
    ],
}  # fmt: skip
