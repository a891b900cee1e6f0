"""Django in one file, with its checks of the Host header on: `ALLOWED_HOSTS` names one host, from the environment."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponsePermanentRedirect, JsonResponse
from django.urls import path

settings.configure(
    SECRET_KEY="of this test only",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=[os.environ.get("ALLOWED_HOST", "dj.example.com")],
    USE_X_FORWARDED_HOST=True,
    SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
    SECURE_SSL_REDIRECT=os.environ.get("SSL_REDIRECT") == "1",
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
    ],
)


def health(request):
    return JsonResponse({"status": "ok", "host": request.get_host()})


def echo(request):
    return JsonResponse(
        {
            "method": request.method,
            "url": request.build_absolute_uri(),
            "client": request.META["REMOTE_ADDR"],
            "headers": dict(request.headers),
            "body": request.body.decode("utf-8", "replace"),
        }
    )


def go(request):
    return HttpResponsePermanentRedirect(request.build_absolute_uri("/echo/"))


urlpatterns = [
    path("health", health),
    path("ready", health),
    path("echo/", echo),
    path("go", go),
]
application = get_wsgi_application()
