"""
Prints what h5py sees in HDF5 files, as JSON: for each file, each dataset's shape, type, first values and sum; for each list of
names, the names. The independent reference of test/keras-files.test.ts.

    /usr/bin/python3 test/reference/h5-arrays.py FILE... [.keras zips too]
"""
import io
import json
import sys
import zipfile

import h5py
import numpy


def text(value):
    return value.decode("utf8") if isinstance(value, bytes) else value


def describe(path):
    source = path
    if zipfile.is_zipfile(path):
        source = io.BytesIO(zipfile.ZipFile(path).read("model.weights.h5"))
    arrays, names = {}, {}

    def visit(name, item):
        for key in item.attrs:
            if key.rstrip("0123456789") in ("layer_names", "weight_names"):
                names["/" + name + "@" + key] = [text(value) for value in item.attrs[key]]
        if isinstance(item, h5py.Dataset):
            values = numpy.asarray(item[()], dtype="float32").reshape(-1)
            arrays["/" + name] = {
                "shape": list(item.shape),
                "dtype": str(item.dtype),
                "first": [float(value) for value in values[:8]],
                "sum": float(values.astype("float64").sum()),
            }

    with h5py.File(source, "r") as file:
        visit("", file)
        file.visititems(visit)
    return {"arrays": arrays, "names": names}


json.dump({path: describe(path) for path in sys.argv[1:]}, sys.stdout)
