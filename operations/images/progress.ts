import pc from "picocolors";
import { isInteractive } from "../../toolchain/setup/step";

const REDRAW_MILLISECONDS = 100;

/** Shows how far each service is: one updating line a service on a terminal, plain lines in a log. */
export class Progress {
  private readonly states = new Map<string, string>();
  private readonly width: number;
  private drawnLines = 0;
  private drawnAt = 0;

  constructor(services: readonly string[]) {
    this.width = Math.max(...services.map((service) => service.length));
    if (isInteractive())
      for (const service of services) this.states.set(service, pc.dim("waiting"));
  }

  /** What a service is at right now; a log leaves it out. */
  show(service: string, text: string): void {
    this.states.set(service, pc.dim(text));
    if (Date.now() - this.drawnAt > REDRAW_MILLISECONDS) this.draw();
  }

  /** A new phase or the outcome of a service. */
  report(service: string, text: string): void {
    this.states.set(service, text);
    if (isInteractive()) this.draw();
    else console.error(this.line(service, text));
  }

  private draw(): void {
    if (!isInteractive()) return;
    const lines = [...this.states].map(
      ([service, text]) => `\u001b[2K${this.line(service, text)}\n`,
    );
    const up = this.drawnLines > 0 ? `\u001b[${this.drawnLines}A` : "";
    process.stderr.write(up + lines.join(""));
    this.drawnLines = lines.length;
    this.drawnAt = Date.now();
  }

  private line(service: string, text: string): string {
    return `${service.padEnd(this.width)}  ${text}`;
  }
}
