import { foreignRepository } from "./foreignImages";

/** A WSGI application on gunicorn, as its documentation starts it: worker processes with a heartbeat file in memory. */
function gunicorn(application: string, settings: object): object {
  return {
    repository: foreignRepository("python"),
    command: [
      "gunicorn",
      "--bind=0.0.0.0:8000",
      "--worker-tmp-dir=/tmp",
      "--threads=8",
      application,
    ],
    ...settings,
  };
}

/** Flask behind ProxyFix: tests/foreign/python/flask_app.py. */
export function flaskService(settings: object = {}): object {
  return gunicorn("flask_app:app", settings);
}

/** Flask that logs JSON with the trace's id: tests/foreign/python/traced_app.py. */
export function tracedService(settings: object = {}): object {
  return gunicorn("traced_app:app", settings);
}

/** Django with ALLOWED_HOSTS: tests/foreign/python/django_app.py. */
export function djangoService(settings: object = {}): object {
  return gunicorn("django_app:application", settings);
}

/** httpbin, the Python one. It has no page for health: any status that one asks for. */
export function httpbinService(settings: object = {}): object {
  const health = { livePath: "/status/200", readyPath: "/status/200" };
  return gunicorn("httpbin:app", { health, ...settings });
}

/** httpbin with a share of answers that fail (FAIL_RATE) or come late (DELAY_SECONDS), except those for its health. */
export function troubledService(env: Readonly<Record<string, string>>): object {
  const health = { livePath: "/status/200", readyPath: "/status/200" };
  return gunicorn("troubled_app:app", { health, env });
}

/** go-httpbin, a Go binary in an image without anything else. */
export function goHttpbinService(settings: object = {}): object {
  return {
    repository: foreignRepository("go-httpbin"),
    port: 8080,
    health: { livePath: "/status/200", readyPath: "/status/200" },
    ...settings,
  };
}

/** FastAPI on uvicorn, which describes itself in /openapi.json: tests/foreign/python/fastapi_app.py. */
export function fastapiService(settings: object = {}): object {
  const command = ["uvicorn", "--host=0.0.0.0", "--port=8000", "fastapi_app:app"];
  return { repository: foreignRepository("python"), command, ...settings };
}

/** better-sse on Node.js: a stream of events at /events, in tests/foreign/node/server.js. */
export function eventsService(settings: object = {}): object {
  return { repository: foreignRepository("node"), ...settings };
}
