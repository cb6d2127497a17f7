import type { Socket } from "node:net";

/** An upgraded connection: bytes both ways with backpressure until either side ends it. */
export class Tunnel {
  place = -1;
  private open = true;

  constructor(
    private readonly client: Socket,
    private readonly instance: Socket,
    private readonly ended: () => void,
  ) {
    client.setTimeout(0);
    client.setNoDelay(true);
    client.on("error", () => this.cut()).on("close", () => this.end(instance));
    instance.on("error", () => this.cut()).on("close", () => this.end(client));
    client.pipe(instance);
    instance.pipe(client);
  }

  /** One side has ended; what it sent last still goes out to the other. */
  private end(other: Socket): void {
    other.destroySoon();
    if (!this.open) return;
    this.open = false;
    this.ended();
  }

  cut(): void {
    this.client.destroy();
    this.instance.destroy();
    if (!this.open) return;
    this.open = false;
    this.ended();
  }
}
