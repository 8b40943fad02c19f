import sys
from tests.browser import signed_in
from tests.service import Service
def test_try(sqlite_service: Service) -> None:
    b = signed_in(sqlite_service)
    r = b.open("/zh/commitments/HI-O7b/update"); assert r.status_code==200, r.text
    print(r.headers, len(r.text))
    import re
    f = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', r.text)); print(f)
    r = b.send("/zh/commitments/HI-O7b/update", f|{"status":"under_implementation","effective_on":"2026-11-01","narrative.zh":"筹备。","state":"draft"})
    print(r.status_code, r.headers)
    r2 = b.send("/zh/commitments/HI-O7b/update", f|{"status":"under_implementation","effective_on":"2026-11-01","narrative.zh":"筹备。","state":"draft"})
    print(r2.status_code, r2.headers)
    print(b.open(r.headers["location"]).text)
    r = b.open("/en/updates/HI-O7b.1/edit"); assert r.status_code==200
    f = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', r.text)); print(f)
    r = b.send("/en/updates/HI-O7b.1/edit", f|{"status":"implemented","effective_on":"2026-13-01","narrative.zh":"筹备。","do":"publish", "evidence.3.kind":"web"})
    print(r.status_code, r.text)
    for p in ("/en/review","/zh/drafts","/en/updates/HI-O7b.1","/en/commitments/HI-O7b"):
        r = b.open(p); assert r.status_code==200, r.text
