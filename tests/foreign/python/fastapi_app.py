"""FastAPI as its documentation shows it. TENANT=required: a parameter that clients of before do not send, and an answer
that names it, which clients from then on rely on."""

import os

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI(root_path="/fastapi")


class Order(BaseModel):
    number: int


class TenantOrder(Order):
    tenant: str


@app.get("/health")
@app.get("/ready")
def health() -> dict[str, str]:
    return {"status": "ok"}


# As long as the description of a service that has grown: some hundred kilobytes.
for number in range(300):
    app.get(f"/reports/{number}", summary="A report " * 20)(health)


if os.environ.get("TENANT") == "required":

    @app.get("/orders/{number}")
    def order(number: int, tenant: str) -> TenantOrder:
        return TenantOrder(number=number, tenant=tenant)

else:

    @app.get("/orders/{number}")
    def order(number: int) -> Order:
        return Order(number=number)
