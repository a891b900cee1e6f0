import { findAddressProblem, isLoopback } from "../../../../rules/notices/addresses";

const refused = (url: string) => findAddressProblem(new URL(url));

describe("where a notice may be sent", () => {
  it.each([
    "https://169.254.169.254/",
    "https://2852039166/",
    "https://[::ffff:169.254.169.254]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[fe80::1]/",
    "https://[fd00:ec2::254]/",
    "https://metadata.google.internal/",
    "https://metadata.google.internal./",
    "https://100.100.100.200/",
    "https://168.63.129.16/",
  ])("is not where a cloud keeps its credentials: %s", (url) => {
    expect(refused(url)).toMatch(/link-local/);
  });

  it("is by https, except on this machine", () => {
    expect(refused("https://hooks.example.com/x")).toBeNull();
    expect(refused("http://127.0.0.1:9/x")).toBeNull();
    expect(refused("http://127.example.com/x")).toMatch(/https/);
    expect(refused("ftp://127.0.0.1/x")).toMatch(/https/);
  });

  it("is this machine by its addresses alone, and by no name that looks like one", () => {
    expect(["127.0.0.1", "localhost", "::1"].every(isLoopback)).toBe(true);
    expect(["127.example.com", "localhost.example.com"].some(isLoopback)).toBe(false);
  });
});
