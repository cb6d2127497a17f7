import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";

/**
 * The body of a request on its way to the instance. Nothing is read from the client before the instance is connected, so a
 * refused connection can be tried elsewhere; and an instance that answers early can drop this without harm to the client's
 * connection, the rest is read and thrown away.
 */
export class RequestBody extends Readable {
  /** Set once a byte left the client's hands: the request must not be sent a second time. */
  taken = false;
  private flowing = false;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly expectsContinue: boolean,
  ) {
    super({ highWaterMark: 64 * 1024 });
  }

  override _read(): void {
    if (this.flowing) {
      this.request.resume();
      return;
    }
    this.flowing = true;
    this.taken = true;
    if (this.expectsContinue) this.response.writeContinue();
    this.request.on("data", (chunk: Buffer) => {
      if (!this.destroyed && !this.push(chunk)) this.request.pause();
    });
    this.request.on("end", () => {
      if (!this.destroyed) this.push(null);
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.request.resume();
    done(error);
  }
}
