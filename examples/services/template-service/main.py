"""Text templates: stored by name or sent along, rendered with `$name` placeholders."""

from string import Template

from fastapi import HTTPException
from pydantic import BaseModel

from runtime import create_app

MAX_TEMPLATES = 1000

templates = {"greeting": "Hello $name, welcome to $place."}


class Text(BaseModel):
    text: str


class Rendering(BaseModel):
    text: str | None = None
    template: str | None = None
    values: dict[str, str | int | float] = {}


async def check_ready():
    """Proves that the renderer works, not only that the process runs."""
    rendered = Template("$probe").substitute(probe="ok")
    return {} if rendered == "ok" else {"renderer": rendered}


app = create_app("template-service", check_ready)


@app.get("/templates")
async def list_templates():
    return templates


@app.put("/templates/{name}")
async def store(name: str, new: Text):
    if name not in templates and len(templates) >= MAX_TEMPLATES:
        raise HTTPException(507, f"at most {MAX_TEMPLATES} templates are kept")
    templates[name] = new.text
    return {"name": name, "placeholders": placeholders(new.text)}


@app.post("/render")
async def render(rendering: Rendering):
    text = rendering.text if rendering.text is not None else templates.get(rendering.template or "")
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
