"""Calls of the WSDLs that the org does not carry out: each is refused by name, after the session has been looked at.

The faults are ours: a real org serves these calls.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sfchaos.core.messages import Response
from sfchaos.org.call import Call
from sfchaos.org.refusals import refuse
from sfchaos.org.soap.envelope import Envelope
from sfchaos.org.soap.session import session_of

# call -> what to do instead. Names: partner WSDL 62.0 (D).
INSTEAD = {
    "changeOwnPassword": "use setPassword",
    "deleteByExample": "query the ids and use delete",
    "describeAllTabs": "", "describeTabs": "", "describeTheme": "", "describeAppMenu": "", "describeKnowledgeSettings": "", "describePathAssistants": "",
    "describeApprovalLayout": "", "describeAvailableQuickActions": "use GET /sobjects/<object>/quickActions", "describeCompactLayouts": "use GET /compactLayouts",
    "describeDataCategoryGroups": "", "describeDataCategoryGroupStructures": "", "describeDataCategoryMappings": "", "describeGlobalTheme": "",
    "describeLayout": "use GET /sobjects/<object>/describe/layouts", "describeNouns": "", "describePrimaryCompactLayouts": "use GET /compactLayouts",
    "describeQuickActions": "use GET /quickActions", "describeQuickActionsForRecordType": "", "describeSearchableEntities": "",
    "describeSearchLayouts": "use GET /search/layout", "describeSearchScopeOrder": "use GET /search/scopeOrder", "describeSoftphoneLayout": "",
    "describeSoqlListViews": "", "describeVisualForce": "", "executeListView": "",
    "findDuplicates": "", "findDuplicatesByIds": "", "getDynamicConnectors": "", "performQuickActions": "use POST /quickActions/<name>",
    "process": "use POST /process/approvals", "renderEmailTemplate": "", "renderStoredEmailTemplate": "", "retrieveQuickActionTemplates": "",
    "retrieveMassQuickActionTemplates": "", "sendEmail": "the org sends no mail", "sendEmailMessage": "the org sends no mail",
}  # fmt: skip


def _refused(name: str, instead: str, call: Call, envelope: Envelope) -> Response:
    session_of(call, envelope)
    raise refuse("FUNCTIONALITY_NOT_ENABLED", f"the SOAP call '{name}' is not served here{f': {instead}' if instead else ''}")


CALLS: dict[str, Callable[[Call, Envelope], Response]] = {name: partial(_refused, name, instead) for name, instead in INSTEAD.items()}
