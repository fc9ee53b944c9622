"""Opens the results of a run lazily, draws them and exports them."""

from twin_kernel.results.channel import channel_position, reaches, station_km
from twin_kernel.results.export import export_netcdf
from twin_kernel.results.lines import plot_profile, plot_stations, profile
from twin_kernel.results.maps import plot_map
from twin_kernel.results.opening import Results, open_results
from twin_kernel.results.previews import save_preview_pictures

__all__ = [
    "Results",
    "channel_position",
    "export_netcdf",
    "open_results",
    "plot_map",
    "plot_profile",
    "plot_stations",
    "profile",
    "reaches",
    "save_preview_pictures",
    "station_km",
]
