import { createHash } from "node:crypto";

/** User that services, nginx and the registry run as. */
const USER = "10001:10001";
const APP_ACCOUNT = "app:x:10001:10001::/tmp:/bin/sh";
const APP_GROUP = "app:x:10001:";

/** How one base image is made, from the official image or from Debian packages. */
export interface BaseImageRecipe {
  /** `maestro/<name>`. */
  readonly name: BaseImageName;
  /** Official image, pinned by tag and digest; a fetch that finds another content fails. Null: always from Debian. */
  readonly official: string | null;
  /** Dockerfile lines that give the official image our user and command. */
  readonly adapt: readonly string[];
  /** Debian packages that make the same image where the official one is out of reach. */
  readonly packages: readonly string[];
  /** mmdebstrap variant: `extract` only unpacks (small, quick), `essential` is a configured Debian without apt. */
  readonly variant: "extract" | "essential";
  /** Shell lines that finish the root file system `$1`. */
  readonly finish: readonly string[];
  /** Image configuration, as `docker import --change` takes it. */
  readonly config: readonly string[];
}

/** The base images there are. */
export type BaseImageName = "python" | "nginx" | "registry" | "postgres" | "prometheus";

/** Raised to rebuild all base images, for instance for security updates. */
const GENERATION = 2;

/** What an image needs none of: documentation, translations, the traces of the machine that made it. */
const STRIP = [
  'rm -rf "$1"/usr/share/doc "$1"/usr/share/man "$1"/usr/share/info "$1"/usr/share/locale',
  'rm -rf "$1"/usr/share/lintian "$1"/usr/share/i18n "$1"/usr/share/bash-completion',
  'rm -f "$1"/etc/hostname "$1"/etc/resolv.conf',
];

/** Perl comes along with packages' install scripts, which nothing runs in an unpacked system. */
const STRIP_PERL = [
  'rm -rf "$1"/usr/share/perl* "$1"/usr/lib/*/perl* "$1"/usr/bin/*perl* "$1"/usr/lib/*/libperl* "$1"/usr/lib/*/libdb-5*',
];

/** An unpacked, never configured system has no accounts and no linker cache of its own. */
const ACCOUNTS = [
  'mkdir -p "$1"/etc "$1"/tmp "$1"/run "$1"/proc "$1"/sys',
  `printf '%s\\n' root:x:0:0::/root:/bin/sh nobody:x:65534:65534::/:/bin/false ${APP_ACCOUNT} > "$1"/etc/passwd`,
  `printf '%s\\n' root:x:0: nogroup:x:65534: ${APP_GROUP} > "$1"/etc/group`,
];

/** Packages of the nginx image, from whichever suite. */
const NGINX_PACKAGES = ["nginx", "base-files", "dash", "coreutils"];

/**
 * Takes nginx with all it needs from Debian's next suite: from 1.27.4 on it can reload without closing connections
 * that are in use (`keepalive_min_timeout`), and the stable suite's cannot. Where that suite cannot be had (no mirror
 * has it, its index is expired or not signed), the stable suite's packages stay; the edge says at each change of its
 * configuration when its nginx does not know the directive.
 */
const NEWER_SUITE = "forky";
const FROM_NEWER_SUITE = [
  [
    "set -e",
    `sources=$(sed -n 's/^\\(deb .*\\) bookworm main$/\\1 ${NEWER_SUITE} main/p' "$1"/etc/apt/sources.list)`,
    'options=$(find "$1"/etc/apt/apt.conf.d -name 99mmdebstrap -printf "--aptopt=%p" || true)',
    `if echo "$sources" | mmdebstrap --quiet --variant=extract --include=${NGINX_PACKAGES.join(",")} $options ${NEWER_SUITE} "$1"/newer -`,
    "then",
    '  rm -rf "$1"/bin "$1"/sbin "$1"/lib "$1"/lib64 "$1"/usr "$1"/etc/nginx',
    '  cd "$1"/newer',
    '  cp -a --parents bin sbin lib lib64 usr etc/nginx etc/debian_version "$1"/',
    "fi",
    'rm -rf "$1"/newer',
  ].join("\n"),
];

const REGISTRY_CONFIG = [
  "version: 0.1",
  "log: { level: warn }",
  "storage: { filesystem: { rootdirectory: /var/lib/registry }, delete: { enabled: true }, cache: { blobdescriptor: inmemory } }",
  "http: { addr: ':5000', headers: { X-Content-Type-Options: [nosniff] } }",
];

/**
 * Makes an empty data directory a cluster and runs the server. Over the network only passwords count; the socket inside
 * the container, which nobody else reaches, lets its own user in.
 */
const POSTGRES_START = [
  "#!/bin/sh",
  "set -e",
  'export PATH="$(echo /usr/lib/postgresql/*/bin):$PATH" PGDATA=/var/lib/postgresql/data',
  'if [ ! -s "$PGDATA/PG_VERSION" ]; then',
  "  initdb --username=postgres --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --data-checksums >/dev/null",
  '  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"',
  "fi",
  "exec postgres -c listen_addresses='*' -c unix_socket_directories=/tmp -c password_encryption=scram-sha-256",
];

/** Who Prometheus and Alertmanager run as in their official images, and whose their data are there. */
const NOBODY = "65534:65534";

/** All base images by name. */
export const RECIPES: Readonly<Record<BaseImageName, BaseImageRecipe>> = {
  python: {
    name: "python",
    official:
      "python:3.11-slim@sha256:9c900dea9e8fb7e16277c179b555cc72d29a352dbc33cff48ad5a0412fd5bfc7",
    adapt: [
      "RUN groupadd --gid 10001 app && useradd --uid 10001 --gid 10001 --home-dir /tmp --no-create-home app",
      "WORKDIR /app",
      `USER ${USER}`,
    ],
    packages: ["python3", "python3-venv", "ca-certificates"],
    variant: "essential",
    finish: [
      `echo "${APP_ACCOUNT}" >> "$1"/etc/passwd`,
      `echo "${APP_GROUP}" >> "$1"/etc/group`,
      'rm -rf "$1"/usr/lib/python3*/test "$1"/usr/lib/python3*/idlelib',
      ...STRIP,
    ],
    config: [
      "ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
      "ENV LANG=C.UTF-8",
      "WORKDIR /app",
      `USER ${USER}`,
      'CMD ["python3"]',
    ],
  },
  nginx: {
    name: "nginx",
    official:
      "nginx:1.28.1@sha256:185920f18bb13f030b6c4c5f1dd728aed4efd483a81dab29c559b8c9e3ca4c65",
    // The entrypoint of the official image edits its configuration, which a read-only container cannot.
    adapt: ["ENTRYPOINT []", `USER ${USER}`, 'CMD ["nginx", "-e", "stderr", "-g", "daemon off;"]'],
    packages: NGINX_PACKAGES,
    variant: "extract",
    finish: [
      ...FROM_NEWER_SUITE,
      ...ACCOUNTS,
      ...STRIP_PERL,
      // A configuration in its own directory includes `mime.types` and the like by absolute path.
      'rm -rf "$1"/etc/nginx/sites-enabled/* "$1"/usr/lib/tc',
      'rm -f "$1"/sbin/tc "$1"/sbin/ip "$1"/bin/ip "$1"/bin/ss "$1"/sbin/bridge "$1"/sbin/dcb "$1"/sbin/devlink "$1"/sbin/rtmon "$1"/sbin/vdpa',
      // The compiled-in paths: the error log opened before any configuration is read, bodies, the pid file.
      'mkdir -p "$1"/var/log/nginx && ln -sf /dev/stderr "$1"/var/log/nginx/error.log',
      'ln -sf /dev/stdout "$1"/var/log/nginx/access.log',
      'rm -rf "$1"/var/lib/nginx && ln -s /tmp "$1"/var/lib/nginx',
      ...STRIP,
    ],
    config: [
      "ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin",
      `USER ${USER}`,
      'CMD ["nginx", "-e", "stderr", "-g", "daemon off;"]',
    ],
  },
  registry: {
    name: "registry",
    official: "registry:2@sha256:a3d8aaa63ed8681a604f1dea0aa03f100d5895b6a58ace528858a7b332415373",
    adapt: [
      `RUN printf '%s\\n' ${REGISTRY_CONFIG.map((line) => `"${line}"`).join(" ")} > /etc/docker/registry/config.yml && mkdir -p /var/lib/registry && chown ${USER} /var/lib/registry`,
      "VOLUME /var/lib/registry",
      `USER ${USER}`,
      "ENTRYPOINT []",
      'CMD ["registry", "serve", "/etc/docker/registry/config.yml"]',
    ],
    packages: ["docker-registry", "base-files"],
    variant: "extract",
    finish: [
      ...ACCOUNTS,
      ...STRIP_PERL,
      'mkdir -p "$1"/etc/docker/registry "$1"/var/lib/registry',
      `printf '%s\\n' ${REGISTRY_CONFIG.map((line) => `"${line}"`).join(" ")} > "$1"/etc/docker/registry/config.yml`,
      'chown 10001:10001 "$1"/var/lib/registry',
      ...STRIP,
    ],
    config: [
      "ENV PATH=/usr/bin:/bin",
      "EXPOSE 5000",
      "VOLUME /var/lib/registry",
      `USER ${USER}`,
      'CMD ["docker-registry", "serve", "/etc/docker/registry/config.yml"]',
    ],
  },
  postgres: {
    name: "postgres",
    official: null,
    adapt: [],
    packages: ["postgresql", "base-files", "dash", "coreutils", "sed", "libc-bin", "tzdata"],
    variant: "extract",
    finish: [
      ...ACCOUNTS,
      ...STRIP_PERL,
      'rm -rf "$1"/usr/lib/llvm* "$1"/usr/lib/*/libLLVM* "$1"/usr/lib/*/libz3* "$1"/usr/lib/postgresql/*/lib/bitcode',
      'mkdir -p "$1"/usr/local/bin "$1"/var/lib/postgresql/data && chmod 700 "$1"/var/lib/postgresql/data',
      'chown 10001:10001 "$1"/var/lib/postgresql/data',
      'for file in "$1"/usr/lib/postgresql/*/bin/*; do ln -s "${file#$1}" "$1"/usr/local/bin/; done',
      `echo ${Buffer.from(`${POSTGRES_START.join("\n")}\n`).toString("base64")} | base64 --decode > "$1"/usr/local/bin/start-postgres`,
      'chmod 755 "$1"/usr/local/bin/start-postgres',
      ...STRIP,
    ],
    config: [
      "ENV PATH=/usr/local/bin:/usr/bin:/bin",
      "ENV LANG=C.UTF-8",
      "EXPOSE 5432",
      "VOLUME /var/lib/postgresql/data",
      `USER ${USER}`,
      'CMD ["/usr/local/bin/start-postgres"]',
    ],
  },
  // Both servers of an observability stack in one image, which takes the same settings as the official two.
  prometheus: {
    name: "prometheus",
    official: null,
    adapt: [],
    packages: ["prometheus", "prometheus-alertmanager", "base-files"],
    variant: "extract",
    finish: [
      ...ACCOUNTS,
      ...STRIP_PERL,
      'mkdir -p "$1"/prometheus "$1"/alertmanager "$1"/usr/local/bin',
      `chown ${NOBODY} "$1"/prometheus "$1"/alertmanager`,
      'ln -s /usr/bin/prometheus-alertmanager "$1"/usr/local/bin/alertmanager',
      ...STRIP,
    ],
    config: ["ENV PATH=/usr/local/bin:/usr/bin:/bin", `USER ${NOBODY}`, 'CMD ["prometheus"]'],
  },
};

/** Names a recipe by its content; a changed recipe makes a new image. */
export function recipeKey(recipe: BaseImageRecipe): string {
  return createHash("sha256")
    .update(JSON.stringify([GENERATION, recipe]))
    .digest("hex")
    .slice(0, 12);
}
