import { THROTTLE } from "../rules/edge/nginxByHand";
import { runAddressCommand } from "./byHand/addressCommand";

/** `throttle`: has the edge let few requests of one client through. */
export function main(argv: string[]): Promise<number> {
  const { perSecond, burst } = THROTTLE;
  const says = `Lets ${perSecond} request of a client through a second, ${burst} more at once, for a while; others get 429.`;
  return runAddressCommand("throttle", says, argv);
}
