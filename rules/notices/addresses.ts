/** What is wrong with where a notice is to be sent; null: nothing. It names no part of the address, which is secret. */
export function findAddressProblem(target: URL | string): string | null {
  const host = typeof target === "string" ? target : target.hostname.replace(/^\[|\]$/g, "");
  if (isLinkLocal(host)) return "the address is link-local, where a cloud keeps its credentials";
  if (typeof target === "string" || target.protocol === "https:") return null;
  if (target.protocol === "http:" && isLoopback(host)) return null;
  return "the address must begin with https://";
}

/** Whether a host is this machine; a name such as 127.example.com is none. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Where clouds answer whoever asks from inside, beside the link-local ranges. */
const METADATA = ["fd00:ec2::254", "metadata.google.internal", "100.100.100.200", "168.63.129.16"];

function isLinkLocal(host: string): boolean {
  const plain = host
    .toLowerCase()
    .replace(/\.$/, "")
    .replace(/^(::ffff:|64:ff9b::)/, "");
  return (
    /^169\.254\.\d+\.\d+$/.test(plain) ||
    /^a9fe:/.test(plain) ||
    /^fe[89ab][0-9a-f]:/.test(plain) ||
    METADATA.includes(plain)
  );
}
