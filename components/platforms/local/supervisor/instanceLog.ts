import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { createStream, type RotatingFileStream } from "rotating-file-stream";
import type { SecretMask } from "./secretMask";

/** A longer line is written in parts, so that an application that never ends its lines does not fill the memory. */
const LONGEST_LINE = 64 * 1024;
/** How long lines are dropped after the log could not be written, before it is tried again. */
const REOPEN_AFTER_MS = 5_000;
/** How long what an ended process has left in its pipes is waited for; a daemon it left behind may hold them for ever. */
const LAST_LINES_MS = 1_000;

/** The name of an instance's log below the logs' directory; rotated ones have `.1` (the newest), `.2`, … after it. */
export function instanceLogName(slot: string, index: number): string {
  return `${slot}-${index}.log`;
}

export interface InstanceLogArgs {
  directory: string;
  name: string;
  maxBytes: number;
  keep: number;
  mask: SecretMask;
  /** Called when lines are lost, with the reason. */
  onLoss: (reason: string) => void;
}

/** One instance's log: every line with the time it came, without secrets, rotated by size. */
export class InstanceLog {
  private file: RotatingFileStream | undefined;
  private readonly sources = new Map<Readable, Promise<void>>();
  private lost = 0;
  private reopenAt = 0;

  constructor(private readonly args: InstanceLogArgs) {}

  /** Writes what comes from this stream until it ends. When the disk is slower than the application, the application waits. */
  follow(source: Readable): void {
    const decoder = new StringDecoder("utf8");
    let rest = "";
    source.on("data", (chunk: Buffer) => {
      const lines = (rest + decoder.write(chunk)).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > LONGEST_LINE + this.args.mask.longest) {
        // The end is kept back: a secret may be cut in two there.
        const masked = this.args.mask(rest);
        const cut = Math.max(0, masked.length - this.args.mask.longest);
        lines.push(masked.slice(0, cut));
        rest = masked.slice(cut);
      }
      if (lines.length > 0) this.write(lines);
    });
    const ended = new Promise<void>((resolve) => {
      source.once("close", () => {
        rest += decoder.end();
        if (rest !== "") this.write([rest]);
        this.sources.delete(source);
        resolve();
      });
    });
    source.on("error", (error) => this.args.onLoss(`an application's output could not be read: ${error.message}`));
    this.sources.set(source, ended);
  }

  /** Waits a moment for the last lines and closes the file. */
  async close(): Promise<void> {
    const patience = new Promise((resolve) => setTimeout(resolve, LAST_LINES_MS).unref());
    await Promise.race([Promise.all(this.sources.values()), patience]);
    const file = this.file;
    if (file === undefined) return;
    await new Promise<void>((resolve) => {
      file.once("close", resolve);
      file.end();
    });
  }

  private write(lines: string[]): void {
    const file = this.open();
    if (file === undefined) {
      this.lost += lines.length;
      return;
    }
    const at = new Date().toISOString();
    if (this.lost > 0) {
      lines.unshift(`[supervisor] ${this.lost} lines are missing here: the log could not be written`);
      this.lost = 0;
    }
    const text = lines.map((line) => `${at} ${this.args.mask(line.replace(/\r$/, ""))}\n`).join("");
    if (!file.write(text)) this.pauseUntilWritten(file);
  }

  private pauseUntilWritten(file: RotatingFileStream): void {
    for (const source of this.sources.keys()) source.pause();
    file.once("drain", () => this.resume());
  }

  private resume(): void {
    for (const source of this.sources.keys()) source.resume();
  }

  private open(): RotatingFileStream | undefined {
    if (this.file !== undefined) return this.file;
    if (Date.now() < this.reopenAt) return undefined;
    const { directory, name, maxBytes, keep } = this.args;
    const file = createStream(name, { path: directory, size: `${maxBytes}B`, rotate: keep, mode: 0o600 });
    file.once("error", (error) => {
      // A full disk must not stop the application, nor its supervisor: lines are dropped and counted until it works again.
      if (this.file === file) this.file = undefined;
      this.reopenAt = Date.now() + REOPEN_AFTER_MS;
      this.args.onLoss(`the log ${name} cannot be written: ${error.message}`);
      this.resume();
    });
    this.file = file;
    return file;
  }
}
