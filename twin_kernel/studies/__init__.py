"""Studies: notebooks with typed parameters, executed whole or not at all, and published."""

from twin_kernel.studies.parameters import Parameter
from twin_kernel.studies.record import Record, open_record
from twin_kernel.studies.study import StudyResult, default_output, run_study
from twin_kernel.studies.template import Template, find_template, list_templates, read_template

__all__ = [
    "Parameter",
    "Record",
    "StudyResult",
    "Template",
    "default_output",
    "find_template",
    "list_templates",
    "open_record",
    "read_template",
    "run_study",
]
