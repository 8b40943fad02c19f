"""Which passwords are taken, and how they are kept."""

import unicodedata

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import select, update

from app.domain import passwords
from app.domain.columns import USER
from app.domain.passwords import NOBODYS, hashed, is_outdated, is_password, password_errors
from tests.browser import Browser
from tests.service import PASSWORD, Service

NAMES = ("Wang Xiaoming 王小明", "unoosa", "联合国外层空间事务厅", "United Nations Office for Outer Space Affairs", "UNOOSA")


def code(password: str) -> str | None:
    """The code of what is wrong with a password."""
    errors = password_errors(password, "/password", NAMES)
    return errors[0].code if errors else None


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple", "四个不相干的词语放在一起组成密码才好记", "  spaces at both ends  ", "tab\tand\nline break!", "\x00\x01\x02 control too",
        "emoji 🙂🙃😀 are welcome", "x1" + "不" * 3 + "abcdefgh 27 Z", "q" * 100 + "wxyz and others", "aB3$" * 4 + "!", "Wang Xiaoming 王小明 likes tea",
    ],
)  # fmt: skip
def test_any_characters_are_taken(password: str) -> None:
    assert code(password) is None


@pytest.mark.parametrize("password", ["", "short", "14 characters!", "四个字的密码太短了吧是的呢", "x1y2" * 64 + "z"])
def test_the_length_is_15_to_256_code_points(password: str) -> None:
    assert code(password) == "password_length"


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaaaaaa", "abababababababab", "1234567890123456", "abcdefghijklmnop", "ponmlkjihgfedcba", "qwertyuiopasdfgh", "hgfdsapoiuytrewq",
        "passwordpassword", "PASSWORDPASSWORD", "ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ", "密码是我密码是我密码是我密码是我", "123123123123123", "1qaz2wsx3edc4rfv", "123456789987654321",
        "q1w2e3r4t5y6u7i8o9p0", "momsanaladventure", "wang xiaoming 王小明 2026!", "United Nations Office for Outer Space Affairs", "海南倡议跟踪系统2026202620",
        "Hainan Initiative 2022", "hainan tracker 12345",
    ],
)  # fmt: skip
def test_what_is_common_follows_a_rule_or_is_a_name_is_not_taken(password: str) -> None:
    assert code(password) == "password_guessable"


def test_the_list_holds_at_least_the_three_thousand_commonest() -> None:
    assert len(passwords._common()) >= 3_000
    assert all(len(line) == 16 for line in passwords._common())


def test_the_same_password_typed_on_another_keyboard_matches() -> None:
    composed = "Zürich café crème brûlée"
    other = unicodedata.normalize("NFD", composed)
    assert composed != other
    assert is_password(hashed(composed), other)
    assert is_password(hashed(other), composed)
    assert not is_password(hashed(composed), composed.upper())
    assert not is_password(hashed(composed), composed + " ")


def test_nothing_of_a_long_password_is_cut_off() -> None:
    password = "".join(chr(0x4E00 + number) for number in range(256))
    assert is_password(hashed(password), password)
    assert not is_password(hashed(password), password[:-1])


def test_the_parameters_are_those_of_the_contract_and_nobodys_hash_costs_the_same() -> None:
    made, nobodys = extract_parameters(hashed(PASSWORD)), extract_parameters(NOBODYS)
    assert (made.memory_cost, made.time_cost, made.parallelism, made.type.name) == (19 * 1024, 2, 1, "ID")
    assert made == nobodys
    assert not is_password("", PASSWORD)
    assert not is_password(None, PASSWORD)
    assert not is_password("no hash at all", PASSWORD)


def test_a_hash_with_weaker_parameters_is_renewed_at_the_next_sign_in(service: Service) -> None:
    service.token("editor")
    weak = PasswordHasher(memory_cost=8, time_cost=1, parallelism=1).hash(PASSWORD)
    with service.db.backend.write_turn(), service.db.backend.writers.connect() as connection, connection.begin():
        connection.execute(update(USER).values(password_hash=weak))
    assert is_outdated(weak)
    assert Browser(service).sign_in().status_code == 201
    with service.reading() as session:
        kept = session.value(select(USER.password_hash))
    assert not is_outdated(kept)
    assert is_password(kept, PASSWORD)


def test_passwords_are_compared_outside_the_event_loop_two_at_once(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio
    import threading
    import time

    names: set[str] = set()
    most, now, counting = 0, 0, threading.Lock()

    def slow(_known: str | None, _password: str) -> bool:
        nonlocal most, now
        with counting:
            now += 1
            most = max(most, now)
            names.add(threading.current_thread().name.rpartition("_")[0])
        time.sleep(0.02)
        with counting:
            now -= 1
        return False

    monkeypatch.setattr("app.domain.sign_ins.is_password", slow)
    browser = Browser(service)

    async def at_once() -> None:
        headers = {"Origin": "http://localhost"}
        asked = [browser.client.post("/api/v1/session", json={"name": f"n{n}", "password": "x"}, headers=headers) for n in range(12)]
        await asyncio.gather(*asked)

    service.portal.call(at_once)
    assert (names, most) == ({"password"}, 2)


@pytest.mark.parametrize("password", ["\ud800" + "x" * 20, "x" * 2000])
def test_what_is_no_text_is_refused(sqlite_service: Service, password: str) -> None:
    import json

    body = json.dumps({"name": "x", "password": password})
    browser = Browser(sqlite_service)
    headers = {"Content-Type": "application/json", "Origin": "http://localhost"}
    answer = sqlite_service.portal.call(lambda: browser.client.post("/api/v1/session", content=body, headers=headers))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/password")
