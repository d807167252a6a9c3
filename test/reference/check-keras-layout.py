"""
Checks that an HDF5 file has the layout of `model.save` or `save_weights` of Keras 2.3.1, as keras/engine/saving.py reads it back:
attributes and their types, order of layers, an empty group for a layer without weights, groups down to each dataset, float32.

    /usr/bin/python3 test/reference/check-keras-layout.py FILE [--weights-only]

Prints `ok`, or what is wrong, and ends with 1.
"""
import json
import sys

import h5py
import numpy

problems = []


def check(condition, problem):
    if not condition:
        problems.append(problem)
    return condition


def is_fixed(owner, name):
    """A string type of fixed length: h5py 3 gives it as the bytes that Keras 2 calls .decode on."""
    kind = h5py.h5a.open(owner.id, name.encode()).get_type()
    return isinstance(kind, h5py.h5t.TypeStringID) and not kind.is_variable_str()


def text(owner, name):
    if not check(name in owner.attrs, f"{owner.name} has no attribute {name}"):
        return ""
    value = owner.attrs[name]
    short = len(value) <= 64512
    check(is_fixed(owner, name) or not short, f"{owner.name}@{name} is not of fixed length")
    check(owner.attrs[name].shape == () if hasattr(value, "shape") else True, f"{owner.name}@{name} is no scalar")
    return value.decode("utf8") if isinstance(value, bytes) else value


def names(owner, name):
    """As load_attributes_from_hdf5_group: one attribute, or name0, name1, …"""
    if name in owner.attrs:
        parts = [name]
    else:
        parts = []
        while f"{name}{len(parts)}" in owner.attrs:
            parts.append(f"{name}{len(parts)}")
        check(len(parts) > 1, f"{owner.name} has no list {name}")
    found = []
    for part in parts:
        value = owner.attrs[part]
        check(value.ndim == 1, f"{owner.name}@{part} is no list")
        check(value.nbytes <= 64512, f"{owner.name}@{part} is too long for an attribute")
        if len(value) == 0:
            check(value.dtype == numpy.float64, f"{owner.name}@{part} is empty and of {value.dtype}, not float64")
        else:
            check(value.dtype.kind == "S", f"{owner.name}@{part} is of {value.dtype}, not of bytes of fixed length")
        found.extend(item.decode("utf8") if isinstance(item, bytes) else item for item in value)
    return found


def arrays(group):
    listed = names(group, "weight_names")
    check(len(set(listed)) == len(listed), f"{group.name} names an array twice")
    for name in listed:
        if not check(name in group, f"{group.name} has no {name}"):
            continue
        array = group[name]
        counter = name.endswith("iterations:0")
        wanted = "int64" if counter else "float32"
        check(isinstance(array, h5py.Dataset) and array.dtype == wanted, f"{array.name} is not of {wanted}")
        check(array.chunks is None, f"{array.name} lies in chunks")
        if counter:
            check(array.shape == (), f"{array.name} is no scalar")
    found = []
    group.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None)
    check(sorted(found) == sorted(listed), f"{group.name} has arrays that weight_names does not name")
    return listed


def weights(group):
    layers = names(group, "layer_names")
    check(text(group, "backend") == "tensorflow", f"{group.name}: the backend")
    check(text(group, "keras_version") != "", f"{group.name}: the version")
    check(sorted(group) == sorted(layers), f"{group.name} has other groups than layer_names")
    for name in layers:
        if check(name in group, f"{group.name} has no group {name}"):
            arrays(group[name])
    return layers


def whole_model(file):
    check(text(file, "keras_version") == text(file["model_weights"], "keras_version"), "two versions")
    text(file, "backend")
    config = json.loads(text(file, "model_config"))
    check(config["class_name"] in ("Sequential", "Model"), "model_config: class_name")
    configured = [layer["config"]["name"] for layer in config["config"]["layers"]]
    check(weights(file["model_weights"]) == configured, "layer_names are not the layers of model_config, in order")
    if "training_config" in file.attrs:
        training = json.loads(text(file, "training_config"))
        for key in ("loss", "metrics", "weighted_metrics", "sample_weight_mode", "loss_weights"):
            check(key in training, f"training_config has no {key}")
        check(set(training["optimizer_config"]) == {"class_name", "config"}, "training_config: optimizer_config")
    if "optimizer_weights" in file:
        check("training_config" in file.attrs, "optimizer_weights without training_config")
        arrays(file["optimizer_weights"])


with h5py.File(sys.argv[1], "r") as opened:
    with open(sys.argv[1], "rb") as raw:
        check(raw.read(9)[8] == 0, "the superblock is not of version 0, which all versions of HDF5 read")
    if "--weights-only" in sys.argv:
        weights(opened)
        check("model_config" not in opened.attrs, "model_config in a file of weights")
    else:
        whole_model(opened)

print("\n".join(problems) or "ok")
sys.exit(1 if problems else 0)
