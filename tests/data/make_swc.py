"""Write the cells that Jaxley reads from the files of the folder `swc`, as `jaxley-export/1`.

`python make_swc.py` writes `swc/NAME.json` beside each `swc/NAME.swc`, with 3 compartments a branch.

Written with jaxley 0.14.0, jax 0.10.2, numpy 2.4.6, in float64.
"""

import json
import pathlib

import export_jaxley  # switches JAX to float64
import jaxley as jx

for path in sorted((pathlib.Path(__file__).parent / "swc").glob("*.swc")):
    cell = jx.read_swc(str(path), ncomp=3)
    text = json.dumps(export_jaxley.export(cell, path.stem, 0.025, 0), separators=(",", ":"), allow_nan=False)
    path.with_suffix(".json").write_text(text)
