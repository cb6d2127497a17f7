import type { Clock } from "../../components/model/clock";

interface Sleeper {
  at: number;
  wake: () => void;
}

/** Time that moves only when everything waits for it, so that hours of a cutover pass in milliseconds. */
export class MemoryClock implements Clock {
  private sleepers: Sleeper[] = [];

  constructor(private time = Date.parse("2026-03-01T12:00:00.000Z")) {}

  now(): number {
    return this.time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal?.removeEventListener("abort", wake);
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        resolve();
      };
      const sleeper: Sleeper = { at: this.time + Math.max(0, ms), wake };
      this.sleepers.push(sleeper);
      signal?.addEventListener("abort", wake);
    });
  }

  /** Whoever sleeps now never wakes: their process is dead. */
  forget(): void {
    this.sleepers = [];
  }

  /** Time passes although nobody sleeps. */
  advance(ms: number): void {
    this.time += ms;
  }

  /**
   * Lets time pass until the work is done, or `over` says that nobody works any more.
   *
   * @returns what the work gave; undefined when it was over before.
   * @throws when the work waits for something that time does not bring, or for more than a day.
   */
  async run<T>(work: Promise<T>, over: () => boolean = () => false): Promise<T | undefined> {
    const limit = this.time + 86_400_000;
    const state = { done: false };
    const finish = () => (state.done = true);
    work.then(finish, finish);
    for (;;) {
      // Everything that can go on without time does so before the next macrotask.
      await new Promise((resolve) => setImmediate(resolve));
      if (over()) return undefined;
      if (state.done) return work;
      const next = this.sleepers.reduce<Sleeper | undefined>(
        (a, b) => (a === undefined || b.at < a.at ? b : a),
        undefined,
      );
      if (next === undefined) throw new Error("the work waits for something that never happens");
      if (next.at > limit) throw new Error("the work did not end within a day");
      this.time = Math.max(this.time, next.at);
      next.wake();
    }
  }
}
