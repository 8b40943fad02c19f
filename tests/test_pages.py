"""The frame of the pages: languages, refusals, what is remembered, signing in and out, forms that keep what was typed."""

import re

import pytest

from app.domain.statuses import StatusChange
from app.errors import Invalid
from app.i18n import Lang
from app.web.assets import address_of
from app.web.forms import Form, raw_values
from app.web.visit import own_address
from tests.browser import Browser
from tests.service import PASSWORD, Service


def fields(html: str) -> dict[str, str]:
    """The hidden fields of the forms of a page."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html))


def test_the_root_leads_to_the_language_of_the_browser(sqlite_service: Service) -> None:
    for asked, lang in [("zh-CN,zh;q=0.9", "zh"), ("fr", "en"), ("en-GB", "en")]:
        response = sqlite_service.get("//", headers={"Accept-Language": asked})
        assert (response.status_code, response.headers["location"], response.headers["vary"]) == (302, f"/{lang}", "Accept-Language")


@pytest.mark.parametrize(("lang", "tag", "other"), [("zh", "zh-Hans", "en"), ("en", "en", "zh")])
def test_a_page_says_its_language_and_leads_to_the_same_page_in_the_other(sqlite_service: Service, lang: str, tag: str, other: str) -> None:
    response = sqlite_service.get(f"//{lang}/commitments?status=continuing&kind=operative")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-language"] == lang
    assert f'<html lang="{tag}">' in response.text
    assert f'href="/{other}/commitments?status=continuing&amp;kind=operative"' in response.text


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/zh/nowhere", 404, "该地址没有内容"), ("/en/commitments/HI-O99", 404, "There is nothing at this address"),
        ("/zh/commitments?colour=red", 400, "无法读取该请求"), ("/en/commitments?limit=0", 422, "whole number from 1 to 200"),
        ("/zh/commitments?q=" + "x" * 9000, 414, "地址过长"),
    ],
)  # fmt: skip
def test_a_refusal_is_a_page_in_the_language_of_the_path(sqlite_service: Service, path: str, status: int, words: str) -> None:
    response = sqlite_service.get(f"/{path}", headers={"Accept-Language": "en" if path.startswith("/zh") else "zh"})
    assert (response.status_code, response.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert response.headers["content-language"] == path[1:3]
    assert words in response.text
    assert "colour=red" not in response.text.partition("<main")[2]


def test_what_is_no_page_is_refused_as_before(sqlite_service: Service) -> None:
    for path in ("//nowhere", "//zhx", "/commitments/HI-O99"):
        assert sqlite_service.get(path).headers["content-type"] == "application/problem+json"


def test_a_method_that_a_page_does_not_take_is_a_page_too(sqlite_service: Service) -> None:
    response = sqlite_service.call("PUT", "//en/commitments")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert "does not take that method" in response.text


def test_pages_are_remembered_and_tagged_like_answers(sqlite_service: Service) -> None:
    first = sqlite_service.get("//zh/commitments")
    assert sqlite_service.get("//zh/commitments", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert sqlite_service.get("//en/commitments").headers["etag"] != first.headers["etag"]
    sqlite_service.publish("HI-O7b")
    assert sqlite_service.get("//zh/commitments").headers["etag"] != first.headers["etag"]


def test_files_are_kept_for_good_under_the_hash_of_their_content(sqlite_service: Service) -> None:
    page = sqlite_service.get("//en").text
    for name in ("site.css", "site.js", "icon.svg"):
        assert address_of(name) in page
        response = sqlite_service.get(f"/{address_of(name)}")
        assert response.status_code == 200
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert sqlite_service.get("//static/site.000000000000.css").status_code == 404
    assert sqlite_service.get("//static/site.css").status_code == 404


def test_no_page_needs_what_the_policy_forbids(sqlite_service: Service) -> None:
    for lang in Lang:
        html = sqlite_service.get(f"//{lang}").text
        assert not re.search(r'<script(?! src="/static/)|<style|\sstyle="|\son\w+="|javascript:', html)


def test_signing_in_shows_who_one_is_and_signing_out_ends_it(sqlite_service: Service) -> None:
    sqlite_service.token("editor")
    browser = Browser(sqlite_service)
    assert "退出" not in browser.open("/zh").text
    wrong = browser.send("/zh/sign-in", {"name": "editor person", "password": "wrong"})
    assert wrong.status_code == 401
    assert "用户名或密码有误" in wrong.text
    assert 'value="editor person"' in wrong.text
    good = browser.send("/zh/sign-in", {"name": "editor person", "password": PASSWORD, "next": "/zh/actions?overdue=true"})
    assert (good.status_code, good.headers["location"]) == (303, "/zh/actions?overdue=true")
    page = browser.open("/zh")
    assert "editor person" in page.text
    assert page.headers["cache-control"].startswith("private")
    assert browser.send("/zh/sign-out", {}).status_code == 303
    assert "editor person" not in browser.open("/zh").text


def test_a_sign_in_from_elsewhere_is_refused(sqlite_service: Service) -> None:
    sqlite_service.token("editor")
    for origin in ("https://elsewhere.example", None, "null"):
        given = {"name": "editor person", "password": PASSWORD}
        response = Browser(sqlite_service).send("/en/sign-in", given, headers={"Origin": origin})
        assert (response.status_code, "set-cookie" in response.headers) == (403, False)


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example", "/zh//evil.example", "/api/v1/me", "/zh/\u4e2d", "\\\\x", "/zh\r\nx: y"]
)
def test_a_sign_in_leads_nowhere_but_to_our_own_pages(target: str) -> None:
    assert own_address(target, "/en") == "/en"


def test_a_form_body_becomes_the_shape_of_the_api(sqlite_service: Service) -> None:
    pairs = [
        ("status", "implemented"), ("effective_on", "2026-11-01"), ("narrative.zh", "已举行。"), ("evidence.0.kind", "document"),
        ("evidence.0.symbol", "A/1"), ("evidence.2.kind", "web"), ("evidence.2.title.en", "Page"),
    ]  # fmt: skip
    assert raw_values(StatusChange, pairs) == {
        "status": "implemented", "effective_on": "2026-11-01", "narrative": {"zh": "已举行。"},
        "evidence": [{"kind": "document", "symbol": "A/1"}, {"kind": "web", "title": {"en": "Page"}}],
    }  # fmt: skip


def test_a_value_that_no_filter_has_is_told_by_its_label_with_a_way_out(sqlite_service: Service) -> None:
    page = sqlite_service.get("//zh/commitments?status=foo&sort=up&parent=").text
    assert "<li>状态：不属于以下代码：not_assessed、not_started、" in page
    assert "<li>排序：不属于以下代码：" in page
    assert '<a href="/zh/commitments">清除全部筛选条件</a>' in page
    assert "<li><code>?colour</code>: " in sqlite_service.get("//en/commitments?colour=red").text


def test_a_form_keeps_what_was_typed_with_every_error_beside_its_field() -> None:
    body = b"status=done&effective_on=2026-13-01&narrative.en=A+long+story&evidence.0.url=ftp%3A%2F%2Fx&evidence.0.kind=web&version=3"
    form = Form(StatusChange, body, "application/x-www-form-urlencoded", Lang.ZH)
    with pytest.raises(Invalid) as refused:
        form.read()
    form.refused(refused.value)
    assert form.value("narrative.en") == "A long story"
    assert form.version == 3
    assert form.errors_of("effective_on") == ["不是YYYY-MM-DD格式的日期。"]
    assert [name for name, _, _ in form.links] == ["f-status", "f-effective_on", "f-evidence-0-url"]
    assert list(form.rows("evidence")) == [0, 1]


def test_a_fault_is_a_page_with_the_number_of_the_request_and_nothing_more(sqlite_service: Service) -> None:
    with sqlite_service.db.backend.writers.connect() as connection:
        connection.exec_driver_sql("UPDATE framework SET items = '{}'")
        connection.commit()
    response = sqlite_service.get("//zh/frameworks")
    assert (response.status_code, response.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert response.headers["x-request-id"] in response.text
    assert "故障已按以下编号记录" in response.text
    assert not re.search("(?i)sqlite|traceback|msgspec", response.text)
