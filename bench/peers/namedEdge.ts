/**
 * The stack's own edge configuration for tools whose containers have no fixed addresses: the same routes and limits, but
 * services are found by name in Docker's DNS, which nginx asks again after a second.
 */
export function namedEdgeConfig(text: string, nameOf: (service: string) => string): string {
  return text
    .replace(/^ *upstream .*\n/gm, "")
    .replace(
      /proxy_pass http:\/\/(?:blue|green)-([a-z0-9-]+)\$/g,
      (_all, service: string) =>
        `set $bench_peer ${nameOf(service)}; proxy_pass http://$bench_peer:8000$`,
    )
    .replace("http {\n", "http {\n  resolver 127.0.0.11 valid=1s ipv6=off;\n");
}
