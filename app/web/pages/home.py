"""Home: where the Initiative stands at a glance."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from app.web.describe import page
from app.web.running import quick
from app.web.visit import Visit


class Home(Controller):
    path = "/"

    @get("/", **page())
    @quick
    def index(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.read():
            call.no_query()
            return call.render("home.html")
