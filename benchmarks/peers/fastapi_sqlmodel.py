# mypy: ignore-errors
# ruff: noqa: ANN201, B008
"""FastAPI with SQLModel, written the way its tutorial writes it."""

import os

from fastapi import Depends, FastAPI
from sqlmodel import Field, Session, SQLModel, create_engine, select

engine = create_engine("sqlite:///" + os.environ["BENCH_DB"], connect_args={"check_same_thread": False})


class CommitmentBase(SQLModel):
    document: str
    ref: str
    kind: str
    position: int
    text_zh: str
    text_en: str
    status: str
    version: int
    updated_at: str


class Commitment(CommitmentBase, table=True):
    id: int | None = Field(default=None, primary_key=True)


class CommitmentPublic(CommitmentBase):
    id: int


def get_session():
    with Session(engine) as session:
        yield session


app = FastAPI()


@app.get("/commitments", response_model=list[CommitmentPublic])
def read_commitments(status: str, kind: str, after: int = 0, session: Session = Depends(get_session)):
    found = select(Commitment).where(Commitment.status == status, Commitment.kind == kind, Commitment.id > after)
    return session.exec(found.order_by(Commitment.id).limit(50)).all()


@app.get("/commitments/{commitment_id}", response_model=CommitmentPublic)
def read_commitment(commitment_id: int, session: Session = Depends(get_session)):
    return session.get(Commitment, commitment_id)
