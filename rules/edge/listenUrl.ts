/** How the deployer reaches a listener on the Docker host: `http://127.0.0.1:8080`. */
export function listenUrl({ address, port }: { address: string; port: number }): string {
  return `http://${address === "0.0.0.0" ? "127.0.0.1" : address}:${port}`;
}
