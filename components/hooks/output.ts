import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { SecretMask } from "../platforms/local/supervisor/secretMask";

/** Characters kept of what a command says: its end, where the error is. */
const KEPT = 2000;
/** A longer line is cut, so that a command that never ends its lines does not fill the memory. */
const LONGEST_LINE = 8 * 1024;

/** The end of what a command writes to its two streams, line by line as it comes, without secrets. */
export class Output {
  private kept = "";

  constructor(private readonly mask: SecretMask) {}

  follow(source: Readable): void {
    const decoder = new StringDecoder("utf8");
    let line = "";
    // A secret that begins within the part of a line that is shown must be whole to be found.
    const most = LONGEST_LINE + this.mask.longest;
    source.on("data", (chunk: Buffer) => {
      const [first = "", ...others] = decoder.write(chunk).split("\n");
      line = (line + first).slice(0, most);
      for (const other of others) {
        this.add(line);
        line = other.slice(0, most);
      }
    });
    source.once("close", () => this.add((line + decoder.end()).slice(0, most)));
    // A stream that breaks has no more to say; how the command ended is told by its exit.
    source.on("error", () => undefined);
  }

  /** The end of it, with what was cut off before it marked. */
  text(): string {
    return this.kept.trim();
  }

  private add(line: string): void {
    const masked = this.mask(line.replace(/\r$/, ""));
    // What is left of a secret at the cut may have grown by shorter secrets within it: each character to three at most.
    const shown =
      line.length > LONGEST_LINE ? `${masked.slice(0, Math.max(0, masked.length - 3 * this.mask.longest))}…` : masked;
    if (shown === "") return;
    this.kept += `${shown}\n`;
    if (this.kept.length > KEPT) this.kept = `…${this.kept.slice(-KEPT)}`;
  }
}
