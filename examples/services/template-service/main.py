"""Text templates: stored by name or sent along, rendered with `$name` placeholders."""

import asyncio
from string import Template

from fastapi import HTTPException
from maestro_core_api import create_app
from pydantic import BaseModel
from store import open_store

MAX_TEMPLATES = 1000

store = open_store()


class Text(BaseModel):
    text: str


class Rendering(BaseModel):
    text: str | None = None
    template: str | None = None
    values: dict[str, str | int | float] = {}


async def check_ready():
    """Proves that the renderer works and the database answers, not only that the process runs."""
    rendered = Template("$probe").substitute(probe="ok")
    missing = {} if rendered == "ok" else {"renderer": rendered}
    problem = await asyncio.to_thread(store.problem)
    return missing | ({"database": problem} if problem else {})


app = create_app("template-service", check_ready)


@app.get("/templates")
def list_templates():
    return store.all()


@app.put("/templates/{name}")
def put_template(name: str, new: Text):
    if store.get(name) is None and len(store.all()) >= MAX_TEMPLATES:
        raise HTTPException(507, f"at most {MAX_TEMPLATES} templates are kept")
    found = placeholders(new.text)
    store.put(name, new.text)
    return {"name": name, "placeholders": found}


@app.post("/render")
def render(rendering: Rendering):
    text = rendering.text if rendering.text is not None else store.get(rendering.template or "")
    if text is None:
        raise HTTPException(404, f"no template {rendering.template}")
    try:
        return {"text": Template(text).substitute(rendering.values)}
    except KeyError as error:
        raise HTTPException(422, f"no value for ${error.args[0]}") from error
    except ValueError as error:
        raise HTTPException(422, str(error)) from error


def placeholders(text):
    try:
        return Template(text).get_identifiers()
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
