"""What a verdict becomes in pytest: records that travel on a report, and the report of a test that a finding fails."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from pytest_gcguard.core.documents.catalogue import Catalogue
from pytest_gcguard.core.documents.document import Outcome
from pytest_gcguard.core.documents.written import finding_to_dict
from pytest_gcguard.core.kinds import Kind
from pytest_gcguard.core.model import Finding, Verdict
from pytest_gcguard.core.policy import Policy
from pytest_gcguard.session.output import remade


def records(verdict: Verdict) -> list[dict[str, Any]]:
    """The findings as plain values, each with what it does to the test."""
    failures = {finding.signature for finding in verdict.failures}

    def outcome(finding: Finding) -> Outcome:
        if finding.signature in verdict.known:
            return "baselined"
        return "failed" if finding.signature in failures else "reported"

    return [finding_to_dict(finding, outcome(finding)) for finding in verdict.findings]


def noted(verdict: Verdict, catalogue: Catalogue) -> Verdict:
    """The verdict with a note on each finding that is a known bug of a library."""
    return dataclasses.replace(
        verdict,
        findings=tuple(map(catalogue.noted, verdict.findings)),
        failures=tuple(map(catalogue.noted, verdict.failures)),
    )


def looked_for(policy: Policy, *, repeated: bool) -> list[str]:
    """The rules that a test was looked at for, if there is a baseline; leaks are among them only if it could be repeated."""
    if not policy.baseline and not policy.accept:
        return []
    kinds = policy.look_for if repeated or not policy.confirm else policy.look_for - {Kind.LEAK, Kind.MEMORY}
    return sorted(kind.rule for kind in kinds)


def carried(verdict: Verdict, policy: Policy, *, repeated: bool, refused: bool) -> dict[str, Any]:
    """What travels on the report of a test that was looked at; ``refused``: not to the end, since that took too long."""
    looked = looked_for(policy, repeated=repeated and not refused)
    return {"findings": records(verdict), "checked": not refused, "looked": looked, "refused": refused}


def failed_report(item: pytest.Item, text: str, instead_of: pytest.TestReport | None = None) -> pytest.TestReport:
    """The report of a test's call, made as pytest makes it, as if the call had failed with this text."""

    def found() -> None:
        pytest.fail(text, pytrace=False)

    call = pytest.CallInfo.from_call(found, when="call")
    if instead_of is not None:
        call.start, call.stop, call.duration = instead_of.start, instead_of.stop, instead_of.duration
    report = remade.report(item, call)
    if instead_of is not None:
        report.sections = list(instead_of.sections)  # what the teardown printed is shown by its own report
    return report
