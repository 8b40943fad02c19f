"""A register in which something has happened: updates, a correction, a confirmation, actions with links; for pages to show."""

from typing import Any

from tests.service import Service

PREPARING = {
    "zh": "第三期研讨会的筹备工作已经开始，正在征集主办国。",
    "en": "Preparations for the third workshop have begun; a host is being sought.",
}
EVIDENCE: list[dict[str, Any]] = [
    {"kind": "document", "symbol": "A/AC.105/1294", "paragraph": "46"},
    {
        "kind": "web",
        "url": "https://www.unoosa.org/",
        "title": {"en": "Announcement of the workshop", "zh": "研讨会通知"},
        "date": "2026-10-02",
    },
]


def happened(service: Service) -> None:
    """Make it happen, always the same."""
    wrong = service.publish("HI-O7b", status="not_started", on="2026-02-01", narrative={"zh": "尚未开始。"})
    service.publish("HI-O7b", status="not_started", on="2026-02-03", narrative={"zh": "尚未开始筹备。"}, corrects=wrong["ref"])
    service.publish("HI-O7b", on="2026-09-15", narrative=PREPARING, evidence=EVIDENCE)
    service.publish("HI-O6", on="2026-06-30", narrative={"zh": "已举办两期培训班，面向发展中国家。"})
    service.publish("C42", status="implemented", on="2024-11-24", narrative={"en": "Carried out as described."}, evidence=EVIDENCE[:1])
    service.publish("HI-O1", status="continuing", on="2026-11-01")
    _confirmed(service, "C42", "2025-01-10")
    _acted(service)


def _confirmed(service: Service, ref: str, day: str) -> None:
    body = {"confirmed_on": day, "note": {"zh": "情况无变化。"}}
    response = service.post(f"/commitments/{ref}/confirmations", body, role="editor", tag=service.tag(f"/commitments/{ref}"))
    assert response.status_code == 201, response.text


def _acted(service: Service) -> None:
    service.action(
        owner="unoosa", partners=["cnsa"], due_on="2027-03-31", status="in_progress", progress=40, priority="high",
        description={"zh": "说明第三期研讨会的目标、议程和参加者。", "en": "Sets out aims, agenda and participants of the third workshop."},
        milestones=[
            {"title": {"zh": "初稿", "en": "First draft"}, "done_on": "2026-10-01"},
            {"title": {"zh": "征求意见", "en": "Consultation"}, "due_on": "2027-01-15"},
        ],
    )  # fmt: skip
    service.action(title={"zh": "为发展中国家举办培训班"}, owner="cnsa", due_on="2026-10-01", status="planned")
    service.action(title={"zh": "编写女性参与情况概览", "en": "Survey the participation of women"}, status="completed", progress=100)
    service.action(role="contributor", title={"zh": "拟议：开放数据平台", "en": "Proposal: open data platform"}, owner="cnsa")
    service.link("A1", "HI-O7b")
    service.link("A1", "R46", contribution="partly_addresses")
    service.link("A2", "HI-O6", contribution="implements")
    note = {"on": "2026-11-10", "text": {"zh": "初稿已分发。", "en": "The first draft has been circulated."}}
    response = service.post("/actions/A1/notes", note, role="editor", tag=service.tag("/actions/A1"))
    assert response.status_code == 201, response.text
