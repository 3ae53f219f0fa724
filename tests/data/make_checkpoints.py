"""Writes the files in `checkpoints/`, next to this script, which the tests and the program
`numpy_checkpoint` read. Made with Python 3.11, NumPy 2.4.6 and safetensors 0.8.0.

    pip install numpy==2.4.6 safetensors==0.8.0
    python make_checkpoints.py
"""

import io
import zipfile
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

HERE = Path(__file__).parent / "checkpoints"
HERE.mkdir(exist_ok=True)

# A network of two layers that computes XOR of signs: the hidden units are OR and AND.
mlp = {
    "layers.0.w": np.array([[20.0, 20.0], [20.0, 20.0]]),
    "layers.0.b": np.array([20.0, -20.0]),
    "layers.1.w": np.array([[20.0], [-20.0]]),
    "layers.1.b": np.array([-20.0]),
    "scale": np.array(0.5),
}
np.savez(HERE / "xor.npz", **mlp)
np.savez_compressed(HERE / "xor_compressed.npz", **mlp)
save_file(mlp, HERE / "xor.safetensors", metadata={"made_by": "make_checkpoints.py"})

# One array of each kind, by key path, in every order that NumPy has.
grid = np.arange(6.0).reshape(2, 3)
np.savez(HERE / "fortran.npz", **{"['m']": np.asfortranarray(grid), "['n']": np.asfortranarray(grid).T})
np.savez(HERE / "big_endian.npz", m=grid.astype(">f8"), n=grid.T.astype(">f8"))

# Numbers of each type; the small trees have a number, an empty array and a matrix.
DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
          "float32", "float64", "complex64", "complex128"]
for dtype in DTYPES:
    if dtype == "bool":
        values = np.array([[True, False, True], [False, False, True]])
    elif dtype.startswith("complex"):
        values = (np.arange(6) - 1.5j).reshape(2, 3).astype(dtype)
    elif dtype.startswith("u"):
        values = np.iinfo(dtype).max - np.arange(6, dtype=dtype).reshape(2, 3)
    elif dtype.startswith("i"):
        values = np.iinfo(dtype).min + np.arange(6, dtype=dtype).reshape(2, 3)
    else:
        values = np.array([[0.1, -0.0, np.inf], [-np.inf, np.nan, np.finfo(dtype).tiny]], dtype)
    arrays = {"0": np.array(values[0, 0]), "1": np.zeros((0, 3), dtype), "2": values}
    np.savez(HERE / f"{dtype}.npz", **arrays)
    if dtype != "complex128":
        save_file(arrays, HERE / f"{dtype}.safetensors")

# Keys that a file system would not have: the names are those of JAX's `keystr`.
odd = ["a/b", "../up", "it's", "é", "x\0y", "new\nline", "", "w.npy", "a" * 300]
np.savez(HERE / "odd_names.npz", **{f"[{key!r}]": np.array(float(i)) for i, key in enumerate(odd)})
save_file({f"[{key!r}]": np.array(float(i)) for i, key in enumerate(odd)}, HERE / "odd_names.safetensors")

# The root is a leaf.
np.savez(HERE / "root.npz", **{"": np.arange(3.0)})
save_file({"": np.arange(3.0)}, HERE / "root.safetensors")

# What is refused: types that are no numbers of ours, and one array alone.
np.savez(
    HERE / "other_types.npz",
    objects=np.array([{"a": 1}, None], dtype=object),
    text=np.array(["a", "bc"]),
    half=np.zeros(2, np.float16),
    record=np.zeros(2, [("x", "<f8"), ("y", "<i4", (2,))]),
    date=np.zeros(2, "datetime64[s]"),
    long=np.zeros(2, np.longdouble),
)
np.save(HERE / "alone.npy", np.zeros(2))

# Two numbers, as its header says, and four megabytes behind them.
array = io.BytesIO()
np.save(array, np.zeros(2))
with zipfile.ZipFile(HERE / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as bomb:
    bomb.writestr("x.npy", array.getvalue() + bytes(2**22))
