import type { Properties } from "../../rpc/values";
import { compact, labelMap, reader, someMap, type Entry, type Json } from "./spec";

/** One of `mounts` as the engine takes it. */
export function mountSpec(mount: Entry): Json {
  const { text, flag, entry } = reader(mount);
  const bind = reader(entry("bindOptions") ?? {});
  const tmpfs = reader(entry("tmpfsOptions") ?? {});
  return compact({
    Type: text("type"),
    Source: text("source"),
    Target: text("target"),
    ReadOnly: flag("readOnly"),
    BindOptions:
      text("type") === "bind" && bind.text("propagation") !== undefined
        ? { Propagation: bind.text("propagation") }
        : undefined,
    TmpfsOptions:
      text("type") === "tmpfs"
        ? compact({ SizeBytes: tmpfs.number("sizeBytes"), Mode: tmpfs.number("mode") })
        : undefined,
    VolumeOptions: text("type") === "volume" ? volumeOptions(entry("volumeOptions")) : undefined,
  });
}

function volumeOptions(options: Entry | undefined): Json | undefined {
  if (options === undefined) {
    return undefined;
  }
  const { text, flag, map, entries } = reader(options);
  return compact({
    NoCopy: flag("noCopy"),
    Labels: labelMap(entries("labels")),
    Subpath: text("subpath"),
    DriverConfig:
      text("driverName") === undefined
        ? undefined
        : { Name: text("driverName"), Options: map("driverOptions") },
  });
}

/** `volumes` as the three ways in which the engine takes them. */
export function volumeSpec(inputs: Properties) {
  const binds: string[] = [];
  const from: string[] = [];
  const paths: string[] = [];
  for (const volume of reader(inputs).entries("volumes")) {
    const { text, flag } = reader(volume);
    const source = text("hostPath") ?? text("volumeName");
    const target = text("containerPath");
    const container = text("fromContainer");
    if ((container === undefined) === (target === undefined)) {
      throw new Error("volumes: each needs either a containerPath or a fromContainer, not both");
    }
    if (container !== undefined) {
      from.push(container);
    } else if (target !== undefined) {
      paths.push(target);
      const relabel = text("selinuxRelabel");
      const mode = `${flag("readOnly") ? "ro" : "rw"}${relabel === undefined ? "" : `,${relabel}`}`;
      binds.push(...(source === undefined ? [] : [`${source}:${target}:${mode}`]));
    }
  }
  const anonymous = someMap(Object.fromEntries(paths.map((path) => [path, {}])));
  return { binds, from, anonymous };
}
