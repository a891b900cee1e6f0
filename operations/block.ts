import { runAddressCommand } from "./byHand/addressCommand";

/** `block`: has the edge refuse all requests of one client. */
export function main(argv: string[]): Promise<number> {
  return runAddressCommand("block", "Answers a client's requests with 403, for a while.", argv);
}
