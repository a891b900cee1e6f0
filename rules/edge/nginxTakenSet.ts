import { COLORS } from "../../release/release";
import { EDGE_PORTS } from "./edgeLayout";

/** The set that a request of users takes: what `$maestro_port_set` names behind their port, else the one that serves. */
export function renderTakenSet(): string[] {
  return [
    "  map $maestro_port_set $maestro_set {",
    "    default $maestro_serving;",
    ...[EDGE_PORTS.public, EDGE_PORTS.tls].flatMap((port) =>
      COLORS.map((color) => `    "${port}:${color}" ${color};`),
    ),
    "  }",
  ];
}
