from tests.service import Service


def test_a_status_update_is_seen_at_once(service: Service) -> None:
    assert service.get("/commitments/HI-O7b").json()["status"] == "not_assessed"
    update = service.publish("HI-O7b", narrative={"zh": "第三期研讨会的筹备工作已经开始。"})
    assert update["ref"] == "HI-O7b.1"
    assert service.get("/commitments/HI-O7b").json()["status"] == "under_implementation"
    service.proves_itself()
