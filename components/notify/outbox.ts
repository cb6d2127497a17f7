import type { Clock } from "../model/clock";
import { secretMask } from "../platforms/local/supervisor/secretMask";
import { shownUrl } from "../web/ask";
import { keyOf, type CutoverEvent, type Happening } from "./event";
import { added, emptyJournal, nextFor, pruned, told, waitingFor, type Journal, type OutboxStore } from "./journal";
import { payloadOf } from "./message";
import type { Target } from "./schema";
import { postWebhook, type Receipt, type Send } from "./webhook";

export interface OutboxArgs {
  targets: readonly Target[];
  /** Secrets of the config by name: webhook addresses among them. All of them are taken out of what is sent. */
  secrets?: Record<string, string>;
  store: OutboxStore;
  clock: Clock;
  /** Tells the person who waits. */
  say: (line: string) => void;
  /** @default a POST by HTTP */
  send?: Send;
}

/** What is left when the time for it is over. */
export interface Flushed {
  /** For each target that has not been told all: how much. The next run tells it. */
  waiting: Record<string, number>;
}

/** How long a store may take: news is worth more than its journal. Unit: milliseconds. */
const STORE_MS = 5000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Tells webhooks what happens, each event once and in order for each target. Nothing here throws, and only `flush` waits: a
 * webhook that is dead or slow cannot hold up a cutover or its way back.
 *
 * What was acknowledged is never sent again, also not by a later process with the same store. What got no answer is sent
 * again with the same idempotency key, so that a receiver that did get it can tell. A target that fails too often in a row is
 * left alone until the next event, and what is left in the end is told by the next run.
 */
export class Outbox {
  private journal: Journal = emptyJournal;
  private readonly opened: Promise<void>;
  /** False: what is saved could not be read, so it must not be written over. */
  private durable = true;
  private saving: Promise<void> = Promise.resolve();
  private readonly working = new Map<string, Promise<void>>();
  private stop = new AbortController();
  private readonly complained = new Set<string>();
  private readonly mask: (text: string) => string;
  private readonly targets: readonly (Target & { url: string })[];

  constructor(private readonly args: OutboxArgs) {
    const { secrets = {} } = args;
    this.mask = secretMask(secrets);
    this.targets = args.targets.flatMap((target) => {
      const url = target.url ?? secrets[target.urlSecret ?? ""];
      if (url !== undefined && /^https?:/i.test(url) && URL.canParse(url)) return [{ ...target, url }];
      const found = url === undefined ? "is not there" : "is not an http or https address";
      const where = target.urlSecret === undefined ? "its address" : `the secret ${target.urlSecret}`;
      this.complain(target.name, `nothing is sent: ${where} ${found}`);
      return [];
    });
    this.opened = this.open();
  }

  /** Takes note of something that happened, and sends it in the background. The same one is taken once. */
  publish(happening: Happening): void {
    void this.opened.then(() => {
      const before = this.journal;
      this.journal = added(before, happening, this.targets);
      if (this.journal === before) return;
      void this.save();
      this.wake();
    });
  }

  /** Waits until everything is told, for this long at most, then stops what is on its way. */
  async flush(ms: number): Promise<Flushed> {
    const { clock } = this.args;
    const enough = new AbortController();
    const time = clock.sleep(ms, enough.signal);
    const all = (async () => {
      await this.opened;
      this.wake();
      while (this.working.size > 0) await Promise.all(this.working.values());
      await this.saving;
    })();
    await Promise.race([all, time]);
    enough.abort();
    this.stop.abort();
    this.stop = new AbortController();
    const waiting: Flushed["waiting"] = {};
    for (const { name } of this.targets) {
      const count = waitingFor(this.journal, name);
      if (count === 0) continue;
      waiting[name] = count;
      this.args.say(
        `notify ${name}: ${count === 1 ? "1 event is" : `${count} events are`} left for the next run to tell`,
      );
    }
    return { waiting };
  }

  private async open(): Promise<void> {
    const { store, clock } = this.args;
    try {
      const saved = await this.within(store.load());
      this.journal = pruned(saved ?? emptyJournal, this.targets, clock.now());
    } catch (error) {
      this.durable = false;
      this.args.say(`notify: what earlier runs left to tell could not be read: ${(error as Error).message}`);
    }
  }

  private wake(): void {
    for (const target of this.targets) {
      if (this.working.has(target.name) || nextFor(this.journal, target.name) === undefined) continue;
      this.working.set(target.name, this.tell(target));
    }
  }

  /** One event after the other, until all are told or one could not be. */
  private async tell(target: Target & { url: string }): Promise<void> {
    const { signal } = this.stop;
    const stopped = () => signal.aborted;
    try {
      for (;;) {
        // Down before it is sent: another process must not give its number to something else.
        await this.saving;
        const event = nextFor(this.journal, target.name);
        if (event === undefined || stopped()) return;
        const { result, detail } = await this.deliver(target, event, signal);
        const what = `${keyOf(event)} to ${shownUrl(target.url)}`;
        if (result === "unknown") {
          if (!stopped()) this.complain(target.name, `could not send ${what}: ${detail}`);
          return;
        }
        if (result === "refused") this.complain(target.name, `sent ${what}, which does not take it: ${detail}`);
        else this.complained.delete(target.name);
        this.journal = told(this.journal, event, target.name);
        await this.save();
      }
    } finally {
      this.working.delete(target.name);
    }
  }

  private async deliver(target: Target & { url: string }, event: CutoverEvent, signal: AbortSignal): Promise<Receipt> {
    const { clock, send = postWebhook } = this.args;
    const stopped = () => signal.aborted;
    const delivery = {
      url: target.url,
      headers: {
        "content-type": "application/json",
        "idempotency-key": keyOf(event),
        "user-agent": "pulumi-bluegreen",
      },
      body: JSON.stringify(payloadOf(this.masked(event), target.format)),
      timeoutMs: target.timeoutMs,
      signal,
    };
    for (let attempt = 0; ; attempt += 1) {
      const receipt = await send(delivery);
      if (receipt.result !== "unknown" || attempt >= target.retries || stopped()) return receipt;
      const pause = Math.max(1000 * 2 ** attempt, receipt.retryAfterMs ?? 0);
      await clock.sleep(Math.min(pause, LONGEST_PAUSE_MS), signal);
      if (stopped()) return receipt;
    }
  }

  private masked(event: CutoverEvent): CutoverEvent {
    return event.detail === undefined ? event : { ...event, detail: this.mask(event.detail) };
  }

  private save(): Promise<void> {
    if (!this.durable) return Promise.resolve();
    this.saving = this.saving.then(async () => {
      try {
        await this.within(this.args.store.save(this.journal));
      } catch (error) {
        this.complain("", `the journal could not be written: ${(error as Error).message}`);
      }
    });
    return this.saving;
  }

  private async within<T>(work: Promise<T>): Promise<T> {
    const done = new AbortController();
    const late = this.args.clock.sleep(STORE_MS, done.signal).then(() => {
      throw new Error(`it took longer than ${STORE_MS} ms`);
    });
    // Once the work is done nobody waits for this any more.
    late.catch(() => undefined);
    try {
      return await Promise.race([work, late]);
    } finally {
      done.abort();
    }
  }

  /** Once for each target until it works again: a dead webhook would fill the output. */
  private complain(target: string, problem: string): void {
    if (this.complained.has(target)) return;
    this.complained.add(target);
    this.args.say(target === "" ? `notify: ${problem}` : `notify ${target}: ${problem}`);
  }
}
