import { CONFINED, inProject, STEPPED_BACK, unitArgument, unitText } from "../host/unitText";

/** What runs `maestro metrics serve` on a stack's host. */
export interface HostUnitInput {
  readonly stack: string;
  /** Command line of the program, by absolute paths. */
  readonly program: readonly string[];
  /** Directory of the project. */
  readonly root: string;
  /** File of the token, absolute. */
  readonly tokenFile: string;
}

/**
 * A unit of systemd that runs the exporter: of a user that exists for it alone, which may ask the Docker Engine and read,
 * and nothing else. Whoever may ask the Engine can become root by it, so nobody else's program gets that.
 */
export function renderHostUnit({ stack, program, root, tokenFile }: HostUnitInput): string {
  const command = [...program, "metrics", "serve", "--stack", stack, "--on-host"];
  return `[Unit]
Description=Metrics of ${unitText(stack)}, for its Prometheus
After=docker.service
Wants=docker.service

[Service]
ExecStart=${[...command, "--token-file"].map(unitArgument).join(" ")} %d/token
${inProject(root)}
LoadCredential=token:${unitText(tokenFile)}
DynamicUser=yes
SupplementaryGroups=docker
Restart=always
RestartSec=5
${STEPPED_BACK}
CapabilityBoundingSet=
${CONFINED}
SystemCallFilter=@system-service
UMask=0077

[Install]
WantedBy=multi-user.target
`;
}
