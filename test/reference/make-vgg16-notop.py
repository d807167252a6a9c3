"""
Makes a file with the layout of keras-applications' vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5, with random weights: saved by
Keras 1's save_weights, without versions, `block1_conv1/block1_conv1_W_1:0` in HWIO, every layer with a group. 59 MB.

    /usr/bin/python3 test/reference/make-vgg16-notop.py OUTPUT.h5 [SEED] [--divide-channels N]

He-normal kernels keep the activations in range. --divide-channels makes a small one of the same layout.
"""
import argparse

import h5py
import numpy

parser = argparse.ArgumentParser()
parser.add_argument("output")
parser.add_argument("seed", nargs="?", type=int, default=0)
parser.add_argument("--divide-channels", type=int, default=1)
options = parser.parse_args()

random = numpy.random.RandomState(options.seed)
blocks = [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]

with h5py.File(options.output, "w", libver="earliest") as file:
    layers = ["input_1"]
    for block, (convolutions, _) in enumerate(blocks, 1):
        layers += [f"block{block}_conv{i + 1}" for i in range(convolutions)] + [f"block{block}_pool"]
    file.attrs["layer_names"] = numpy.array([name.encode() for name in layers])
    inputs = 3
    for name in layers:
        group = file.create_group(name)
        if "conv" not in name:
            group.attrs["weight_names"] = numpy.array([])
            continue
        outputs = blocks[int(name[5]) - 1][1] // options.divide_channels
        kernel = random.standard_normal((3, 3, inputs, outputs)) * numpy.sqrt(2 / (9 * inputs))
        bias = random.standard_normal(outputs) * 0.05
        # Keras 1 named an array after its layer, and TensorFlow put the layer's scope before it.
        names = [f"{name}/{name}_W_1:0", f"{name}/{name}_b_1:0"]
        group.attrs["weight_names"] = numpy.array([weight.encode() for weight in names])
        for weight, values in zip(names, (kernel, bias)):
            group.create_dataset(weight, data=values.astype("float32"))
        inputs = outputs
