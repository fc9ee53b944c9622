"""Meshes: built from shorelines and sections, read from files, checked and judged."""

from twin_kernel.mesh.boundaries import rename_boundaries
from twin_kernel.mesh.files import read_mesh
from twin_kernel.mesh.quality import MeshQuality, plot_quality, quality
from twin_kernel.mesh.renumber import renumber
from twin_kernel.mesh.topology import Mesh
from twin_kernel.mesh.ugrid import to_dataset, write_ugrid
from twin_kernel.mesh.validate import validate

__all__ = [
    "Mesh",
    "MeshQuality",
    "plot_quality",
    "quality",
    "read_mesh",
    "rename_boundaries",
    "renumber",
    "to_dataset",
    "validate",
    "write_ugrid",
]
