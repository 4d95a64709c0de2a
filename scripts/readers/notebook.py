"""Runs the cells of a notebook one after the other, without a notebook's program: notebook.py STORE FILE.

The last value of each cell is made and not shown; what a cell prints is printed, and then the table `classes`.
"""

import json
import os
import sys

os.environ["STORE"], file = sys.argv[1:]
with open(file, encoding="utf-8") as text:
    cells = json.load(text)["cells"]
names = {}
for cell in cells:
    if cell["cell_type"] == "code":
        exec(compile("".join(cell["source"]), file, "exec"), names)
for row in names["classes"].rows():
    print(*row, sep="\t")
