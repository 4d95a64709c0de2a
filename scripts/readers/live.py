"""Which files and versions of a store belong together: what every reader beside `teiten` begins with."""

import json
import os


def versions(store):
    """The version of each table in the newest snapshot of a store in a folder."""
    folder = os.path.join(store, "snapshots")
    newest = max(name for name in os.listdir(folder) if name.endswith(".json"))
    with open(os.path.join(folder, newest), encoding="utf-8") as file:
        return json.load(file)["tables"]


def files(store, table):
    """The live files of a table in that snapshot, by the package `deltalake`."""
    from deltalake import DeltaTable

    path = os.path.join(store, "tables", table)
    return DeltaTable(path, version=versions(store)[table]).file_uris()
