import type { Found } from "./difference";
import { declarationOf } from "../../release/imageDeclaration";
import type { ExpectedContainer } from "./expectedContainer";
import type { InspectedContainer, InspectedImage } from "./inspectedContainer";
import { SECRETS_MOUNT } from "../serviceSecrets";

const HARDENED = ["noexec", "nosuid", "nodev"];

/** What of a container's scratch space and mounts is not as its record says. */
export function fileDifferences(
  { secretsSource, scratchPaths }: ExpectedContainer,
  { HostConfig, Mounts }: InspectedContainer,
  image: InspectedImage | null,
): Found[] {
  const scratch = HostConfig.Tmpfs ?? {};
  const declared = image && new Set(declarationOf(image.Config ?? {})?.volumes ?? []);
  const wrongScratch = scratchPaths.flatMap((path) => {
    const options = scratch[path];
    if (options === undefined)
      return [{ what: `scratch space ${path}`, wanted: "one", got: "none" }];
    const lost = HARDENED.filter((option) => !options.split(",").includes(option));
    return lost.map((option) => ({ what: `scratch space ${path}`, wanted: option, got: options }));
  });
  const surplusScratch = Object.keys(scratch)
    .filter((path) => !scratchPaths.includes(path) && declared?.has(path) === false)
    .map((path) => ({ what: `scratch space ${path}`, wanted: "none", got: "one" }));
  return [...wrongScratch, ...surplusScratch, ...mountDifferences(secretsSource, Mounts, declared)];
}

function mountDifferences(
  secretsSource: string | null,
  mounts: InspectedContainer["Mounts"],
  declared: ReadonlySet<string> | null,
): Found[] {
  const secrets = (mounts ?? []).find(({ Destination }) => Destination === SECRETS_MOUNT);
  const others = (mounts ?? []).filter(
    // What the image declares as a volume gets one from the Engine, without being asked for.
    ({ Type, Destination }) =>
      Destination !== SECRETS_MOUNT &&
      !(Type === "volume" && (declared === null || declared.has(Destination))),
  );
  const wanted = secretsSource === null ? "none" : `…${secretsSource}`;
  const got = secrets === undefined ? "none" : (secrets.Source ?? secrets.Type);
  const isRight = secretsSource === null ? secrets === undefined : got.endsWith(secretsSource);
  const isWritable = isRight && secrets !== undefined && secrets.RW !== false;
  return [
    ...(isRight ? [] : [{ what: `mount ${SECRETS_MOUNT}`, wanted, got }]),
    ...(isWritable
      ? [{ what: `mount ${SECRETS_MOUNT}`, wanted: "read-only", got: "writable" }]
      : []),
    ...others.map(({ Destination, Source, Type }) => ({
      what: `mount ${Destination}`,
      wanted: "none",
      got: Source || Type,
    })),
  ];
}
