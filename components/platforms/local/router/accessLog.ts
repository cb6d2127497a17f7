import { type RotatingFileStream, createStream } from "rotating-file-stream";
import type { RouterLog } from "./routerLog";

const FLUSH_MS = 200;
const FLUSH_LINES = 2000;

/** `access.log`: one line a request, written in batches, rotated at 10 MB, five files kept. Paths go in without their query. */
export class AccessLog {
  private stream: RotatingFileStream | undefined;
  private lines: string[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly dir: string,
    private readonly log: RouterLog,
  ) {}

  line(remote: string, method: string, url: string, status: number, slot: string, preview: boolean, ms: number): void {
    const query = url.indexOf("?");
    const path = query === -1 ? url : url.slice(0, query);
    const kind = preview ? " preview" : "";
    this.lines.push(
      `${new Date().toISOString()} ${remote} ${method} ${path} ${status} ${slot} ${ms.toFixed(1)}ms${kind}\n`,
    );
    if (this.lines.length >= FLUSH_LINES) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  close(): Promise<void> {
    this.flush();
    const { stream } = this;
    this.stream = undefined;
    return new Promise((resolve) => (stream === undefined ? resolve() : stream.end(() => resolve())));
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.lines.length === 0) return;
    this.stream ??= this.open();
    this.stream.write(this.lines.join(""));
    this.lines = [];
  }

  private open(): RotatingFileStream {
    const stream = createStream("access.log", { path: this.dir, size: "10M", rotate: 5, mode: 0o600 });
    // A full disk must not stop the traffic: say so, drop this stream, and try anew with the next batch.
    stream.on("error", (error) => {
      this.log.error(`access.log cannot be written: ${error.message}`);
      if (this.stream === stream) this.stream = undefined;
    });
    stream.on("warning", (error) => this.log.error(`access.log: ${error.message}`));
    return stream;
  }
}
