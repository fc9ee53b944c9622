"""Forms built from what is declared of parameters: kind, unit, range, choices, labels."""

from __future__ import annotations

from typing import Any

import panel as pn

from twin_kernel.dashboards.visits import Visit
from twin_kernel.errors import InputError
from twin_kernel.runs import Case
from twin_kernel.runs.phrases import phrase
from twin_kernel.studies import Parameter, Template

__all__ = ["CaseForm", "StudyForm", "parameter_input"]

_RIVERS = ("garonne", "dordogne")
_PROCESSES = ("salinity", "temperature", "sediment", "water_quality", "waves", "dye")
_WIDE = {"sizing_mode": "stretch_width", "min_width": 200, "max_width": 420,
         "stylesheets": ["label { white-space: normal; }"]}  # long labels stay in their column
_FRENCH_UNITS = {"day": "jours", "days": "jours", "hour": "heures"}


def parameter_input(parameter: Parameter, visit: Visit) -> pn.widgets.Widget:
    """Return the input of a declared parameter; `Parameter.read` checks what is typed in it.

    Parameters
    ----------
    parameter : Parameter
    visit : Visit
    """
    label = parameter.french if visit.language == "fr" else parameter.english
    unit = "" if parameter.unit in (None, "1") else f", {parameter.unit}"
    if visit.language == "fr":
        unit = f", {_FRENCH_UNITS[parameter.unit]}" if parameter.unit in _FRENCH_UNITS else unit
    shown = {"name": f"{label}{unit}",
             "description": visit.say("allowed", allowed=parameter.allowed()), **_WIDE}
    if parameter.choices:
        return pn.widgets.Select(options=list(parameter.choices), value=parameter.default, **shown)
    if parameter.kind == "bool":
        return pn.widgets.Checkbox(value=bool(parameter.default), name=shown["name"])
    if parameter.kind == "int" and not parameter.words:
        return pn.widgets.IntInput(value=int(parameter.default), **shown)
    # Numbers too: they may carry a unit, or be a word such as "climatology".
    return pn.widgets.TextInput(value=str(parameter.default), **shown)


class StudyForm:
    """The form of a study.

    Parameters
    ----------
    template : Template
    visit : Visit
    """

    def __init__(self, template: Template, visit: Visit) -> None:
        self.template = template
        self._inputs = {name: parameter_input(one, visit)
                        for name, one in template.parameters.items()}
        self.view = pn.FlexBox(*self._inputs.values(), sizing_mode="stretch_width")

    def values(self) -> dict[str, Any]:
        """Return what is typed, checked.

        Raises
        ------
        InputError
            Where the study refuses a value.
        """
        return self.template.resolve({name: one.value for name, one in self._inputs.items()})


class CaseForm:
    """The form of a simulation: the parameters of `Case` that most questions change.

    Parameters
    ----------
    visit : Visit
    """

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._start = pn.widgets.TextInput(name=visit.say("start"), value="2015-08-01", **_WIDE)
        self._stop = pn.widgets.TextInput(name=visit.say("stop"), value="2015-08-03", **_WIDE)
        self._discharge = {
            name: pn.widgets.TextInput(name=visit.say("discharge", name=name.title()),
                                       description=visit.say("discharge_help"), **_WIDE)
            for name in _RIVERS}
        # Without ends: an input puts what lies outside back in without a word; `Case` refuses it.
        self._offset = pn.widgets.FloatInput(
            name=visit.say("sea_level_offset"), value=0.0, step=0.1,
            description=_limits("sea_level_offset", visit), **_WIDE)
        self._friction = pn.widgets.FloatInput(
            name=visit.say("friction_factor"), value=1.0, step=0.05,
            description=_limits("friction_factor", visit), **_WIDE)
        self._processes = pn.widgets.MultiChoice(name=visit.say("processes"), value=["salinity"],
                                                 options={
            phrase(name, visit.language): name for name in _PROCESSES}, **_WIDE)
        self._step = pn.widgets.FloatInput(name=visit.say("time_step"), value=60.0, **_WIDE)
        self._interval = pn.widgets.FloatInput(name=visit.say("map_interval"), value=60.0,
                                               **_WIDE)
        self.view = pn.FlexBox(
            self._start, self._stop, *self._discharge.values(), self._offset, self._friction,
            self._processes, self._step, self._interval, sizing_mode="stretch_width")

    def values(self) -> Case:
        """Return the case that is asked for, checked.

        Raises
        ------
        InputError
            Where a value is refused.
        """
        discharge = {name: one.value.strip() for name, one in self._discharge.items()
                     if one.value and one.value.strip()}
        for name, value in discharge.items():
            if value.endswith(".csv"):
                raise InputError("A file is not named on this page", received=value,
                                 allowed="a number, or nothing for the month's mean",
                                 next_step=f"launch it in a notebook: discharge={{'{name}': ...}}")
        needs_weather = {"temperature", "waves", "water_quality"} & set(self._processes.value)
        return Case(
            start=self._start.value, stop=self._stop.value, discharge=discharge,
            sea_level_offset=self._offset.value, friction_factor=self._friction.value,
            processes={name: {} for name in self._processes.value},
            weather="climatology" if needs_weather else None,
            solver_options={"time_step": self._step.value},
            map_interval=60.0 * self._interval.value)


def _limits(name: str, visit: Visit) -> str:
    found = {limit: getattr(one, limit) for one in Case.model_fields[name].metadata
             for limit in ("ge", "le") if hasattr(one, limit)}
    return visit.say("range", low=f"{found['ge']:g}", high=f"{found['le']:g}")
