/** Python that asks a service inside its container, for tools that wait for Docker's own health checks. */
export function readinessProbe(port: number, path: string): string {
  return `import urllib.request; urllib.request.urlopen("http://127.0.0.1:${port}${path}", timeout=2)`;
}
