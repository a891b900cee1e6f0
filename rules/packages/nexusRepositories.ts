/** What a Nexus is to hold for a stack's packages. */
export interface NexusRepositories {
  readonly url: string;
  readonly hosted: string;
  readonly proxy: string;
  readonly group: string;
  readonly blobStore: string;
  /** User that may publish into `hosted` and read `group`, and nothing else. */
  readonly publishUser: string;
  /** What `proxy` is a proxy of: `https://pypi.org`. */
  readonly upstream: string;
}

/** A resource of the REST API: read at `read`, created at `create`, changed at `update`; paths below `/service/rest/v1`. */
export interface NexusResource {
  readonly title: string;
  readonly read: string;
  readonly create: string;
  readonly update: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Keys that Nexus fixes at creation: another value is an error, not a change. */
  readonly fixed: readonly string[];
}

/** Name of the role that carries the publish user's rights. */
export function publishRole({ publishUser }: NexusRepositories): string {
  return `${publishUser}-role`;
}

/** Everything to keep, each after what it needs. The user is apart: its password is no part of a plan. */
export function nexusResources(wanted: NexusRepositories): NexusResource[] {
  const { hosted, proxy, group, blobStore, upstream } = wanted;
  const storage = (more: object) => ({
    blobStoreName: blobStore,
    strictContentTypeValidation: true,
    ...more,
  });
  const role = publishRole(wanted);
  return [
    {
      title: `blob store ${blobStore}`,
      read: `blobstores/file/${blobStore}`,
      create: "blobstores/file",
      update: `blobstores/file/${blobStore}`,
      body: { name: blobStore, path: blobStore },
      fixed: ["path"],
    },
    repository("hosted", hosted, {
      // A published version never changes.
      storage: storage({ writePolicy: "ALLOW_ONCE" }),
    }),
    repository("proxy", proxy, {
      storage: storage({}),
      proxy: { remoteUrl: upstream, contentMaxAge: 1440, metadataMaxAge: 1440 },
      negativeCache: { enabled: true, timeToLive: 60 },
      httpClient: { blocked: false, autoBlock: true },
    }),
    // Ours first: a public package of the same name is never taken instead.
    repository("group", group, { storage: storage({}), group: { memberNames: [hosted, proxy] } }),
    {
      title: `role ${role}`,
      read: `security/roles/${role}`,
      create: "security/roles",
      update: `security/roles/${role}`,
      body: {
        id: role,
        name: role,
        description: "Publishes Python packages, and nothing else",
        privileges: [
          `nx-repository-view-pypi-${hosted}-add`,
          `nx-repository-view-pypi-${hosted}-edit`,
          `nx-repository-view-pypi-${hosted}-read`,
          `nx-repository-view-pypi-${group}-read`,
          `nx-repository-view-pypi-${group}-browse`,
        ],
        roles: [],
      },
      fixed: [],
    },
  ];
}

function repository(type: "hosted" | "proxy" | "group", name: string, body: object): NexusResource {
  const path = `repositories/pypi/${type}`;
  return {
    title: `${type} repository ${name}`,
    read: `${path}/${name}`,
    create: path,
    update: `${path}/${name}`,
    body: { name, online: true, ...body },
    fixed: ["storage.blobStoreName"],
  };
}

/** Paths of `wanted` whose value in `present` is another; what only `present` has is Nexus's own business. */
export function differences(wanted: unknown, present: unknown, path = ""): string[] {
  if (Array.isArray(wanted)) {
    return JSON.stringify(wanted) === JSON.stringify(present) ? [] : [path];
  }
  if (wanted !== null && typeof wanted === "object") {
    const other = (present ?? {}) as Readonly<Record<string, unknown>>;
    return Object.entries(wanted).flatMap(([key, value]) =>
      differences(value, other[key], path === "" ? key : `${path}.${key}`),
    );
  }
  return wanted === present ? [] : [path];
}
