import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

const STATUS_EVERY_MS = 500;

/** What a person sees of the demo. Plain lines when it is not a terminal; no colour when NO_COLOR says so. */
export class Screen {
  private readonly terminal = process.stdout.isTTY;
  private readonly colour = this.terminal && !process.env.NO_COLOR;
  private statusShown = false;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;

  /** A line as it is. */
  line(text = ""): void {
    if (this.closed) return;
    this.clearStatus();
    process.stdout.write(`${text}\n`);
  }

  act(number: number, of: number, name: string, why: string): void {
    this.line();
    this.line(this.paint(["bold", "cyan"], `${number}/${of}  ${name}`));
    this.line(this.paint("dim", `     ${why}`));
  }

  /** What the person would do. */
  command(text: string): void {
    this.line(`     ${this.paint("bold", `$ ${text}`)}`);
  }

  detail(text: string): void {
    for (const line of text.split("\n")) this.line(this.paint("dim", `     │ ${line}`));
  }

  outcome(ok: boolean, text: string): void {
    const mark = ok ? this.paint("green", "ok  ") : this.paint("red", "FAIL");
    this.line(`${mark} ${text}`);
  }

  paint(format: Format, text: string): string {
    return this.colour ? styleText(format, text) : text;
  }

  /** Keeps one line at the bottom up to date; only on a terminal. */
  showStatus(text: () => string): void {
    this.hideStatus();
    if (!this.terminal || this.closed) return;
    this.timer = setInterval(() => {
      this.clearStatus();
      process.stdout.write(this.paint("yellow", `     ${text()}`.slice(0, process.stdout.columns - 1)));
      this.statusShown = true;
    }, STATUS_EVERY_MS);
  }

  hideStatus(): void {
    clearInterval(this.timer);
    this.clearStatus();
  }

  /** Shows nothing from here on. */
  close(): void {
    this.hideStatus();
    this.closed = true;
  }

  private clearStatus(): void {
    if (this.statusShown) process.stdout.write("\r\u001B[2K");
    this.statusShown = false;
  }
}

/** `12,345` */
export const grouped = (value: number): string => value.toLocaleString("en-US");

/** `1 request`, `12,345 requests` */
export const plural = (count: number, noun: string): string => `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
