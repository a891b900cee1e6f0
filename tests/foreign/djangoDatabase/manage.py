"""Django with a database: its address comes from a secret, as a file named by a variable."""

import os
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

address = urlsplit(Path(os.environ["DATABASE_URL_FILE"]).read_text())
assert os.environ["DATABASE_URL"] == address.geturl()

settings.configure(
    SECRET_KEY="of this test only",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["shop"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": address.hostname,
            "PORT": address.port,
            "NAME": address.path[1:],
            "USER": address.username,
            "PASSWORD": unquote(address.password),
        }
    },
)


def names(request):
    from shop.models import Item

    return JsonResponse({"names": [item.name for item in Item.objects.all()]})


urlpatterns = [path("health", names), path("ready", names), path("names", names)]
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
