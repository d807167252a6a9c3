#!/usr/bin/env python3
"""
Makes pillow-pictures.txt: what Pillow makes of the 4,000 pictures and of the hostile ones, for
test/pillow-pictures.test.ts and test/hostile-images.test.ts to compare with.

    apt-get install python3-pil
    /usr/bin/python3 test/reference/pillow-pictures.py ../shared

A line is a picture, and then hashes (the first 16 hexadecimal digits of SHA-256) of its RGB bytes as decoded, and resized
to 150 x 150 with each filter; "-" where there is none, since the slower filters see one picture in eight. Then come the
hostile pictures that Pillow can read, decoded, and pictures made by a formula (see `formula`), which need no files: mode,
size, new size.
"""

import hashlib
import os
import platform
import sys

import PIL
from PIL import Image, features

FILTERS = ["nearest", "bilinear", "bicubic", "hamming", "box", "lanczos"]
RESAMPLE = {name: getattr(Image, name.upper()) for name in FILTERS}
SIDE = 150
SIZES = [((64, 48), (150, 150)), ((500, 374), (150, 150)), ((37, 53), (19, 80)), ((31, 17), (31, 64)),
         ((31, 17), (9, 17)), ((3, 2), (7, 5)), ((1, 1), (4, 3)), ((200, 3), (1, 1)), ((97, 101), (96, 100))]


def digest(image):
    return hashlib.sha256(image.tobytes()).hexdigest()[:16]


def formula(mode, width, height):
    """Byte i is the high byte of the 32-bit number 2654435761 i (i >> 3), with a slow wave of i under it."""
    length = width * height * len(mode)
    data = bytes((((2654435761 * i * (i >> 3)) >> 24) & 0x3F) + ((i // 7) % 193) for i in range(length))
    return Image.frombytes(mode, (width, height), data)


def resized(image, size, filters):
    return [digest(image.resize(size, RESAMPLE[name])) if name in filters else "-" for name in FILTERS]


def main(shared):
    root = os.path.join(shared, "data/cats_and_dogs_small")
    hostile = os.path.join(shared, "vectors/files/hostile/images")
    out = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pillow-pictures.txt"), "w")
    jpeg = features.version("libjpeg_turbo") or features.version("jpg")
    print(f"# Pillow {PIL.__version__}, libjpeg-turbo {jpeg}, Python {platform.python_version()}: "
          "made by pillow-pictures.py", file=out)
    print("# picture decoded " + " ".join(FILTERS), file=out)
    paths = sorted(os.path.relpath(os.path.join(folder, name), root)
                   for folder, _, names in os.walk(root) for name in names if name.endswith(".jpg"))
    for i, path in enumerate(paths):
        image = Image.open(os.path.join(root, path)).convert("RGB")
        filters = FILTERS if i % 8 == 0 else FILTERS[:1]
        print(path, digest(image), *resized(image, (SIDE, SIDE), filters), file=out)
    for name in sorted(os.listdir(hostile)):
        try:
            image = Image.open(os.path.join(hostile, name)).convert("RGB")
        except Exception as error:
            print(f"# hostile/{name}: {error}".replace(hostile + "/", ""), file=out)
            continue
        print(f"hostile/{name}", digest(image), *["-"] * len(FILTERS), file=out)
    for mode in ["L", "RGB", "RGBA"]:
        for (width, height), size in SIZES:
            image = formula(mode, width, height)
            name = f"formula/{mode}/{width}x{height}/{size[0]}x{size[1]}"
            print(name, digest(image), *resized(image, size, FILTERS), file=out)


main(sys.argv[1])
