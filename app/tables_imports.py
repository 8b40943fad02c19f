"""The table of uploads that wait to be accepted. None of it enters the ledger."""

import datetime as dt

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from app.codes import CODE_LENGTH, NAME_LENGTH, SYMBOL_LENGTH, UploadKind
from app.db.schema import maybe, rules, text
from app.db.types import UTCDateTime


class ImportDraft(SQLModel, table=True):
    """A file that somebody sent: `content` as it came, `sheets` the cells that were read from it, as JSON; gone after some days."""

    __tablename__ = "import_draft"
    __table_args__ = rules(
        texts={"code": CODE_LENGTH, "name": NAME_LENGTH, "corrigendum": SYMBOL_LENGTH, "reason": NAME_LENGTH}, codes={"kind": UploadKind}
    )

    code: str = text(primary_key=True)
    kind: str = text()
    name: str | None = maybe()
    sha256: str = text()
    content: bytes = Field(sa_type=LargeBinary)
    sheets: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)
    corrigendum: str | None = maybe()
    replace_working: int = 0
    reason: str | None = maybe()
    author: str = text()
    created_at: dt.datetime = Field(sa_type=UTCDateTime, index=True)
    accepted_at: dt.datetime | None = Field(default=None, sa_type=UTCDateTime, nullable=True)


METADATA = SQLModel.metadata
