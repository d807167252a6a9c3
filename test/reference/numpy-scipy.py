#!/usr/bin/env python3
"""
Makes numpy-scipy.jsonl, a line for each case: what NumPy and SciPy give, for test/numpy-scipy.test.ts to compare with.

    python3 test/reference/numpy-scipy.py > test/reference/numpy-scipy.jsonl

- random: calls of numpy.random's legacy functions after numpy.random.seed, and their results.
- transform: Keras's get_random_transform, for pictures of 48 x 64, three times after a seed, written from its
  documentation: the calls of numpy.random and their order are what counts. `{"pixels": n}` is Python's float n.
- warp: scipy.ndimage.affine_transform, every order and mode, two pictures each: sizes from 1 pixel, matrices that turn by
  quarters (coordinates on the border, to the last bit) and others, offsets far outside.

Made with NumPy 2.4.6 and SciPy 1.17.1.
"""

import json
import random

import numpy as np
from scipy import ndimage

ORDERS = range(6)
MODES = ["nearest", "constant", "reflect", "wrap", "mirror", "grid-wrap"]
SIZES = [1, 2, 3, 4, 5]


def random_calls(rng):
    seed = rng.choice([0, 1, 42, 2**32 - 1, rng.randrange(2**32)])
    np.random.seed(seed)
    calls = []
    for name in ["uniform", "randomSample", "randint", "choice", "permutation", "shuffle"] * 2:
        if name == "uniform":
            arguments = [rng.uniform(-50, 0), rng.uniform(0, 50)]
            result = np.random.uniform(*arguments)
        elif name == "randomSample":
            arguments = []
            result = np.random.random_sample()
        elif name == "randint":
            low = rng.randrange(-5, 5)
            arguments = [low, low + rng.choice([1, 2, 3, 1000, 10**7, 2**32 - 1, 2**32])]
            result = int(np.random.randint(*arguments))
        elif name == "choice":
            arguments = [rng.choice([rng.randrange(1, 20), [rng.uniform(-1, 1) for _ in range(rng.randrange(1, 9))]])]
            result = float(np.random.choice(arguments[0]))
        elif name == "permutation":
            arguments = [rng.choice([1, 2, 10, 50])]
            result = np.random.permutation(arguments[0]).tolist()
        else:
            values = np.array([rng.randrange(100) for _ in range(rng.randrange(1, 15))])
            arguments = [values.tolist()]
            np.random.shuffle(values)
            result = values.tolist()
        calls.append({"name": name, "arguments": arguments, "result": result})
    return {"seed": seed, "calls": calls}


def shift(range_, length):
    if not range_:
        return 0
    try:
        t = np.random.choice(range_)
        t = t * np.random.choice([-1, 1])
    except ValueError:
        t = np.random.uniform(-range_, range_)
    return float(t * length if np.max(range_) < 1 else t)


def transform(options, height, width):
    python = {name: float(v["pixels"]) if isinstance(v, dict) else v for name, v in options.items()}
    around = lambda r: np.random.uniform(-r, r) if r else 0
    result = {"theta": around(python["rotationRange"])}
    result["tx"] = shift(python["heightShiftRange"], height)
    result["ty"] = shift(python["widthShiftRange"], width)
    result["shear"] = around(python["shearRange"])
    low, high = python["zoomRange"]
    result["zx"], result["zy"] = (1, 1) if low == high == 1 else np.random.uniform(low, high, 2).tolist()
    result["flipHorizontal"] = bool((np.random.random() < 0.5) * python["horizontalFlip"])
    result["flipVertical"] = bool((np.random.random() < 0.5) * python["verticalFlip"])
    if python["channelShiftRange"]:
        result["channelShiftIntensity"] = around(python["channelShiftRange"])
    if python["brightnessRange"]:
        result["brightness"] = np.random.uniform(*python["brightnessRange"])
    return result


def transforms(rng):
    shifts = [0, 0.2, 0.5, 1, 2, 17, 2.5, {"pixels": 2}, [-5, 0, 3], [0.1, 0.2], [-5, 0], [4.5]]
    options = {
        "rotationRange": rng.choice([0, 40, 7.5]),
        "heightShiftRange": rng.choice(shifts),
        "widthShiftRange": rng.choice(shifts),
        "shearRange": rng.choice([0, 0.2]),
        "zoomRange": rng.choice([[1, 1], [0.8, 1.2], [0.5, 1]]),
        "horizontalFlip": rng.random() < 0.5,
        "verticalFlip": rng.random() < 0.5,
        "channelShiftRange": rng.choice([0, 30]),
        "brightnessRange": rng.choice([None, [0.5, 1.5]]),
    }
    seed = rng.randrange(2**32)
    np.random.seed(seed)
    return {"seed": seed, "options": options, "results": [transform(options, 48, 64) for _ in range(3)]}


def warp(rng, order, mode, is_quarter):
    shape = [rng.choice(SIZES), rng.choice(SIZES)]
    x = np.array([rng.randrange(256) for _ in range(shape[0] * shape[1])], np.float32).reshape(shape)
    if is_quarter:
        angle = rng.choice([90, 180, 270]) * np.pi / 180
        matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        centre = np.array(shape) / 2 + rng.choice([-0.5, 0.5])
        offset = centre - matrix @ centre
    else:
        matrix = np.array([rng.gauss(0, 1) for _ in range(4)]).reshape(2, 2) + 0.7 * np.eye(2)
        offset = np.array([rng.uniform(-12, 12), rng.uniform(-12, 12)])
    cval = rng.choice([0, -1, 7.25])
    y = ndimage.affine_transform(x, matrix, offset, order=order, mode=mode, cval=cval)
    return {
        "order": order,
        "fillMode": mode,
        "cval": cval,
        "matrix": matrix.tolist(),
        "offset": offset.tolist(),
        "shape": shape,
        "x": x.ravel().tolist(),
        "y": [float(f"{value:.9g}") for value in y.ravel()],
    }


def main():
    rng = random.Random(20)
    cases = {
        "random": [random_calls(rng) for _ in range(8)],
        "transform": [transforms(rng) for _ in range(40)],
        "warp": [warp(rng, o, m, q) for o in ORDERS for m in MODES for q in (True, False)],
    }
    for kind, values in cases.items():
        for value in values:
            print(json.dumps({"kind": kind, **value}, separators=(",", ":")))


main()
