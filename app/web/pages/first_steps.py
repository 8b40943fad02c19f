"""The ways to a first sign-in: a code from an administrator, and the secret for the first administrator."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from app.actors import system_actor
from app.domain import sign_ins
from app.domain.first_administrator import FirstAdministrator, make_first_administrator, refuse_where_there_is_one
from app.domain.sign_ins import PasswordChoice
from app.errors import Conflict, Invalid, TooManyAttempts
from app.web import first_secret
from app.web.describe import page
from app.web.running import hashing, quick
from app.web.visit import Visit


class FirstSteps(Controller):
    path = "/"

    @get("/sign-in/code", **page())
    @quick
    def ask_for_code(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.read():
            call.no_query()
            call.is_personal = True
            return call.render("code_form.html", form=call.form(PasswordChoice))

    @post("/sign-in/code", **page(command=sign_ins.choose_with_code))
    @hashing
    def choose(self, call: NamedDependency[Visit]) -> Response[bytes]:
        call.allow(sign_ins.choose_with_code)
        form = call.form(PasswordChoice)
        try:
            sign_ins.choose_password(call.db, form.read(), call.origin)
        except (Invalid, TooManyAttempts) as problem:
            return call.render("code_form.html", status=problem.status, form=form.refused(problem))
        return call.see(call.to("sign-in", done="password_chosen"))

    @get("/first-administrator", **page())
    @quick
    def ask_for_secret(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.read() as session:
            refuse_where_there_is_one(session)
            call.no_query()
            call.is_personal = True
            return call.render("first_administrator.html", form=call.form(FirstAdministrator))

    @post("/first-administrator", **page(command=make_first_administrator))
    @hashing
    def make(self, call: NamedDependency[Visit]) -> Response[bytes]:
        call.allow(make_first_administrator)
        form = call.form(FirstAdministrator)
        try:
            with call.db.write(system_actor("first-administrator")) as session:
                refuse_where_there_is_one(session)
                make_first_administrator(session, form.read())
        except (Invalid, Conflict) as problem:
            return call.render("first_administrator.html", status=problem.status, form=form.refused(problem))
        first_secret.remove(call.settings)
        return call.see(call.to("sign-in", done="administrator_made"))
