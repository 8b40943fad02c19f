"""What everything else refers to: organizations, frameworks, vocabularies."""

from litestar import Controller, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.domain import frameworks
from app.domain.detail import RecordQuery, earlier
from app.domain.frameworks import Framework
from app.domain.history import HistoryEntry, record_history
from app.domain.lists import Paging
from app.domain.organizations import (
    NewOrganization,
    Organization,
    OrganizationFields,
    change_organization,
    create_organization,
    find_organization,
    organization_fields,
    organizations,
)
from app.domain.organizations import organization as found
from app.domain.shapes import Page, whole
from app.domain.vocabularies import Vocabularies, vocabularies
from app.web.call import Call
from app.web.describe import operation
from app.web.paths import name_part
from app.web.reading import MERGE_PATCH
from app.web.running import in_thread, quick

TAG = "Reference lists"


class Organizations(Controller):
    path = "/organizations"

    @get("/", **operation(summary="List organizations and groups by id", tag=TAG, answers=Page[Organization]))
    @quick
    def index(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read() as session:
            call.no_query()
            return call.plain(whole(organizations(session)))

    @get(
        "/{organization:str}",
        **operation(summary="One organization or group", tag=TAG, answers=Organization, tagged=True, query=RecordQuery),
    )
    @quick
    def one(self, call: NamedDependency[Call], organization: FromPath[str]) -> Response[bytes]:
        with call.read() as session, earlier(session, call.query(RecordQuery)) as then:
            record = found(then, name_part(organization))
        return call.record(record)

    @post(
        "/",
        **operation(
            summary="Add an organization or group",
            tag=TAG,
            answers=Organization,
            status=201,
            tagged=True,
            reads=NewOrganization,
            command=create_organization,
            example={"id": "isro", "kind": "space-agency", "name": {"zh": "印度空间研究组织"}, "acronym": "ISRO"},
        ),
    )
    @in_thread
    def create(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.write(create_organization) as session:
            call.reason(session)
            record = create_organization(session, call.body(NewOrganization))
            return call.record(record, location=f"{call.path}/{record.id}")

    @patch(
        "/{organization:str}",
        **operation(
            summary="Change an organization or group",
            tag=TAG,
            answers=Organization,
            tagged=True,
            reads=OrganizationFields,
            media=MERGE_PATCH,
            matches=True,
            command=change_organization,
            example={"acronym": "CNSA"},
        ),
    )
    @in_thread
    def change(self, call: NamedDependency[Call], organization: FromPath[str]) -> Response[bytes]:
        with call.write(change_organization) as session:
            row = find_organization(session, name_part(organization))
            call.reason(session)
            now = organization_fields(session, row.code)
            fields = call.patched(OrganizationFields, now, matching=row, present=lambda: found(session, row.code))
            record = change_organization(session, row, fields)
            return call.record(record)

    @get(
        "/{organization:str}/history",
        **operation(summary="What happened to an organization, field by field", tag=TAG, answers=Page[HistoryEntry], query=Paging),
    )
    @in_thread
    def history(self, call: NamedDependency[Call], organization: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            known = found(session, name_part(organization)).id
            return call.page(record_history(session, "organization", known, call.query(Paging)))


class Lists(Controller):
    path = "/"

    @get("/frameworks", **operation(summary="List frameworks with their items", tag=TAG, answers=Page[Framework]))
    @quick
    def frameworks(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read() as session:
            call.no_query()
            return call.plain(whole(frameworks.frameworks(session)))

    @get(
        "/vocabularies",
        **operation(summary="Codes with their labels in both languages, and the crosswalk of statuses", tag=TAG, answers=Vocabularies),
    )
    @quick
    def vocabularies(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read():
            call.no_query()
        return call.plain(vocabularies())
