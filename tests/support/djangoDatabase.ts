import path from "node:path";
import execa from "execa";
import { packageRoot } from "../../config/project";
import { builtImages } from "./builtImages";
import { foreignRepository, pushForeignImage } from "./foreignImages";

/** Name of the service that Django is released as. */
export const DJANGO = "shop";

const DRIVER = "automation-service";

/** Builds Django with a database of its own, and with so many of its two migrations; returns its digest. */
export async function pushDjango(migrations: 1 | 2): Promise<string> {
  const django = `${foreignRepository("python")}@${await pushForeignImage("python")}`;
  const driver = `localhost:5000/maestro/${DRIVER}@${builtImages().release[DRIVER]}`;
  const tag = `${foreignRepository("python")}:test-django-${migrations}`;
  const args = { DJANGO_IMAGE: django, DRIVER_IMAGE: driver, MIGRATIONS: String(migrations) };
  const named = Object.entries(args).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]);
  const directory = path.join(packageRoot(), "tests", "foreign", "djangoDatabase");
  const build = ["build", "--quiet", "--tag", tag, ...named, directory];
  await execa("docker", build, { env: { DOCKER_BUILDKIT: "0" } });
  const { stdout } = await execa("docker", ["push", tag]);
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(stdout)?.[1];
  if (!digest) throw new Error(`no digest in the answer to the push of ${tag}`);
  return digest;
}

/** The service's entry in services.yaml. */
export function djangoDatabase(settings: object = {}): object {
  return {
    ...settings,
    repository: foreignRepository("python"),
    secrets: [{ name: "DATABASE_URL", environment: true }],
    command: ["gunicorn", "--bind=0.0.0.0:8000", "--worker-tmp-dir=/tmp", "manage:application"],
    migration: { command: ["python3", "manage.py", "migrate", "--no-input"] },
  };
}
