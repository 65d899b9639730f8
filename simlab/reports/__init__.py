"""Reports: tables of what was found, figures drawn from tables, pages made of both."""

from simlab.reports.report import write_report

__all__ = ["write_report"]
