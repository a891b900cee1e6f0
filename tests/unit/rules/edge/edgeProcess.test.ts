import { oldestWorker, shownConfig } from "../../../../rules/edge/edgeProcess";

/** As cat shows it of nginx 1.22 in a container: title, /proc/<pid>/stat without its end. */
const row = (title: string, pid: number, ticks: number) =>
  `${title} ${pid} (nginx) S 1 1 1 0 -1 4194368 278 0 0 0 1 2 0 0 20 0 1 0 ${ticks} 19501056 2024`;

describe("an edge's processes", () => {
  it("tell when the oldest worker has started that takes requests", () => {
    const text = [
      "1764460800",
      "20000.50 7359.40",
      row("nginx: master process nginx -c /etc/maestro/conf/nginx.conf -g daemon off;", 1, 100_000),
      row("nginx: worker process is shutting down", 7, 200_000),
      row("nginx: worker process                     ", 10, 1_950_050),
      row("nginx: worker process                     ", 11, 1_980_050),
      row("sh -c date", 12, 1_999_950),
    ].join("\n");
    expect(oldestWorker(text)?.toISOString()).toBe("2025-11-29T23:51:40.000Z");
  });

  it("tell nothing where there is no worker, or the text is another", () => {
    expect(oldestWorker("1764460800\n20000.50 1\n")).toBeNull();
    expect(oldestWorker("sh: not found")).toBeNull();
  });

  it("show one file of several", () => {
    const dump =
      "# configuration file /c/nginx.conf:\nhttp {\n}\n\n# configuration file /c/b:\nx;\n";
    expect(shownConfig(dump, "/c/nginx.conf")).toBe("http {\n}");
    expect(shownConfig(dump, "/c/b")).toBe("x;");
    expect(shownConfig(dump, "/c/other")).toBe("");
  });
});
