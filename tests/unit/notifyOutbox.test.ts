import { expect } from "chai";
import fc from "fast-check";
import { keyOf } from "../../components/notify/event";
import { added, emptyJournal, nextFor, pruned, told, waitingFor, type Journal } from "../../components/notify/journal";
import { Outbox, type OutboxArgs } from "../../components/notify/outbox";
import type { Delivery, Receipt, Send } from "../../components/notify/webhook";
import { happening, MemoryStore, target } from "../support/happenings";
import { MemoryClock } from "../support/memoryClock";

/** How a receiver reacts to one attempt. `lost`: it has the event, but its answer is lost. */
type Reaction = "ok" | "lost" | "unavailable" | "dead" | "slow" | "refused";

/** Receivers that note the key of each event that reaches them, by the name of their target. */
class Receivers {
  readonly got = new Map<string, string[]>();
  attempts = 0;

  constructor(
    private readonly clock: MemoryClock,
    private readonly react: (name: string, attempt: number) => Reaction,
  ) {}

  readonly send: Send = async ({ url, headers, timeoutMs, signal }: Delivery): Promise<Receipt> => {
    const name = new URL(url).hostname.split(".")[0] ?? "";
    const reaction = this.react(name, this.attempts++);
    if (["ok", "lost"].includes(reaction))
      this.got.set(name, [...(this.got.get(name) ?? []), headers["idempotency-key"] ?? ""]);
    if (reaction === "slow" || reaction === "lost") await this.clock.sleep(timeoutMs, signal);
    // Even an answer takes a moment.
    else await this.clock.sleep(1, signal);
    if (reaction === "ok") return { result: "acknowledged", detail: "status 200" };
    if (reaction === "refused") return { result: "refused", detail: "status 404" };
    return { result: "unknown", detail: reaction };
  };

  keys(name: string): string[] {
    return this.got.get(name) ?? [];
  }
}

function world(react: (name: string, attempt: number) => Reaction = () => "ok") {
  const clock = new MemoryClock();
  const receivers = new Receivers(clock, react);
  const store = new MemoryStore();
  const said: string[] = [];
  const open = (changes: Partial<OutboxArgs> = {}) =>
    new Outbox({
      targets: [target("ops")],
      store,
      clock,
      say: (line) => said.push(line),
      send: receivers.send,
      ...changes,
    });
  return { clock, receivers, store, said, open };
}

const NAMES = ["started", "stage/A", "stage/B", "end"];

describe("an outbox", () => {
  it("tells each target each event it wants, in order, with keys that count", async () => {
    const { clock, receivers, open } = world();
    const outbox = open({ targets: [target("ops"), target("team", { on: ["promoted"] })] });
    outbox.publish(happening("started", { event: "started" }));
    outbox.publish(happening("stage/A"));
    outbox.publish(happening("end", { event: "promoted" }));
    expect(await clock.run(outbox.flush(10_000))).deep.equal({ waiting: {} });
    expect(receivers.keys("ops")).deep.equal(["c1/1", "c1/2", "c1/3"]);
    expect(receivers.keys("team")).deep.equal(["c1/3"]);
  });

  it("tells the same transition once, however often it is given", async () => {
    const { clock, receivers, open } = world();
    const outbox = open();
    for (const name of [...NAMES, ...NAMES]) outbox.publish(happening(name));
    await clock.run(outbox.flush(10_000));
    expect(receivers.keys("ops")).deep.equal(["c1/1", "c1/2", "c1/3", "c1/4"]);
  });

  it("sends nothing again after a restart that was acknowledged, and what was not", async () => {
    let up = true;
    const { clock, receivers, open } = world(() => (up ? "ok" : "dead"));
    const first = open();
    first.publish(happening("started"));
    await clock.run(first.flush(60_000));
    up = false;
    first.publish(happening("stage/A"));
    expect(await clock.run(first.flush(60_000))).deep.equal({ waiting: { ops: 1 } });
    up = true;
    const second = open();
    for (const name of NAMES) second.publish(happening(name));
    expect(await clock.run(second.flush(60_000))).deep.equal({ waiting: {} });
    expect(receivers.keys("ops")).deep.equal(["c1/1", "c1/2", "c1/3", "c1/4"]);
  });

  it("tries a dead webhook a bounded number of times for each event, and says so once", async () => {
    const { clock, receivers, said, open } = world(() => "dead");
    const outbox = open();
    outbox.publish(happening("started"));
    await clock.run(outbox.flush(3_600_000));
    expect(receivers.attempts).equal(4);
    expect(said).deep.equal([
      "notify ops: could not send c1/1 to https://ops.example/…: dead",
      "notify ops: 1 event is left for the next run to tell",
    ]);
  });

  it("waits no longer than it is asked to, and stops what is on its way", async () => {
    const { clock, open } = world(() => "slow");
    const outbox = open({ targets: [target("ops", { timeoutMs: 60_000 })] });
    outbox.publish(happening("started"));
    const began = clock.now();
    expect(await clock.run(outbox.flush(2000))).deep.equal({ waiting: { ops: 1 } });
    expect(clock.now() - began).equal(2000);
  });

  it("does not let a dead target keep another one from its news", async () => {
    const { clock, receivers, open } = world((name) => (name === "dead" ? "slow" : "ok"));
    const outbox = open({ targets: [target("dead"), target("ops")] });
    for (const name of NAMES) outbox.publish(happening(name));
    expect(await clock.run(outbox.flush(1000))).deep.equal({ waiting: { dead: 4 } });
    expect(receivers.keys("ops")).have.length(4);
  });

  it("goes on after an event that the receiver will never take, and says so", async () => {
    const { clock, receivers, said, open } = world((_, attempt) => (attempt === 0 ? "refused" : "ok"));
    const outbox = open();
    outbox.publish(happening("started"));
    outbox.publish(happening("end"));
    await clock.run(outbox.flush(10_000));
    expect(receivers.keys("ops")).deep.equal(["c1/2"]);
    expect(said).deep.equal(["notify ops: sent c1/1 to https://ops.example/…, which does not take it: status 404"]);
  });

  it("sends all the same when the journal can be neither read nor written, and does not write over what it cannot read", async () => {
    const { clock, receivers, said, open } = world();
    let saved = 0;
    const load = () => Promise.reject(new Error("disk on fire"));
    const save = () => {
      saved += 1;
      return Promise.resolve();
    };
    const outbox = open({ store: { load, save } });
    outbox.publish(happening("started"));
    await clock.run(outbox.flush(10_000));
    expect(receivers.keys("ops")).deep.equal(["c1/1"]);
    expect(saved).equal(0);
    expect(said).deep.equal(["notify: what earlier runs left to tell could not be read: disk on fire"]);
  });

  it("has each event in the journal before it is sent", async () => {
    const { clock, open } = world();
    const store = new MemoryStore();
    const slow = {
      load: () => store.load(),
      save: async (journal: Journal) => {
        await clock.sleep(50);
        await store.save(journal);
      },
    };
    const found: boolean[] = [];
    const send: Send = ({ headers }) => {
      const journal = JSON.parse(store.text ?? '{"entries":[]}') as Journal;
      found.push(journal.entries.some(({ event }) => keyOf(event) === headers["idempotency-key"]));
      return Promise.resolve({ result: "acknowledged", detail: "" });
    };
    const outbox = open({ store: slow, send });
    for (const name of NAMES) outbox.publish(happening(name));
    await clock.run(outbox.flush(60_000));
    expect(found).deep.equal([true, true, true, true]);
  });

  it("is not held up by a journal that hangs", async () => {
    const { clock, receivers, open } = world();
    const never = () => new Promise<never>(() => undefined);
    const outbox = open({ store: { load: () => Promise.resolve(undefined), save: never } });
    outbox.publish(happening("started"));
    await clock.run(outbox.flush(60_000));
    expect(receivers.keys("ops")).deep.equal(["c1/1"]);
  });

  it("sends nothing to a target whose secret is not there, and says so without it", async () => {
    const { clock, receivers, said, open } = world();
    const nowhere = {
      name: "team",
      urlSecret: "teamHook",
      format: "slack",
      on: ["stage"],
      timeoutMs: 1,
      retries: 0,
    } as const;
    const outbox = open({
      targets: [
        { ...nowhere, on: ["stage"] },
        { ...nowhere, name: "odd", urlSecret: "odd", on: ["stage"] },
      ],
      secrets: { odd: "hunter2" },
    });
    outbox.publish(happening("started"));
    expect(await clock.run(outbox.flush(10_000))).deep.equal({ waiting: {} });
    expect(receivers.attempts).equal(0);
    expect(said).deep.equal([
      "notify team: nothing is sent: the secret teamHook is not there",
      "notify odd: nothing is sent: the secret odd is not an http or https address",
    ]);
  });

  it("takes secrets out of what it sends", async () => {
    const { clock, open } = world();
    const bodies: string[] = [];
    const send: Send = ({ body }) => {
      bodies.push(body);
      return Promise.resolve({ result: "acknowledged", detail: "" });
    };
    const outbox = open({ send, secrets: { token: "hunter2hunter2" } });
    outbox.publish(happening("started", { detail: "refused hunter2hunter2" }));
    await clock.run(outbox.flush(10_000));
    expect(bodies).have.length(1);
    expect(bodies[0]).include("refused ***").and.not.include("hunter2");
  });

  it("gets each event to each receiver exactly once and in order, whatever fails and whenever it is killed", async () => {
    const reaction = fc.constantFrom<Reaction>("ok", "ok", "lost", "unavailable", "dead", "slow");
    const life = fc.record({
      // How much is published in this life, and after how many attempts its process is killed.
      published: fc.integer({ min: 0, max: 5 }),
      attempts: fc.integer({ min: 0, max: 6 }),
      reactions: fc.array(reaction, { maxLength: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(life, { maxLength: 5 }), async (lives) => {
        const clock = new MemoryClock();
        const store = new MemoryStore();
        const targets = [target("ops", { retries: 1 }), target("team", { retries: 0 })];
        const acknowledged = new Set<string>();
        const again: string[] = [];
        const got = new Map<string, string[]>(targets.map(({ name }) => [name, []]));
        let published = 0;
        for (const { published: more, attempts, reactions } of [
          ...lives,
          { published: 3, attempts: Infinity, reactions: [] },
        ]) {
          let dead = false;
          const isDead = () => dead;
          const never = () => new Promise<never>(() => undefined);
          const receivers = new Receivers(clock, (_, attempt) => reactions[attempt] ?? "ok");
          const mortal: OutboxArgs = {
            targets,
            clock,
            say: () => undefined,
            store: {
              load: () => store.load(),
              save: (journal: Journal) => (isDead() ? never() : store.save(journal)),
            },
            send: async (delivery) => {
              if (receivers.attempts >= attempts) dead = true;
              if (isDead()) return never();
              const seen = `${new URL(delivery.url).hostname} ${delivery.headers["idempotency-key"] ?? ""}`;
              if (acknowledged.has(seen)) again.push(seen);
              const receipt = await receivers.send(delivery);
              return isDead() ? never() : receipt;
            },
          };
          const outbox = new Outbox(mortal);
          // A later life gives again all that its record tells, as after an interruption.
          published += more;
          for (let i = 1; i <= published; i += 1) outbox.publish(happening(`stage/${i}`));
          await clock.run(outbox.flush(3_600_000), isDead);
          clock.forget();
          for (const { name } of targets) got.get(name)?.push(...receivers.keys(name));
          const journal = await store.load();
          for (const { event, waiting } of journal?.entries ?? []) {
            for (const { name } of targets)
              if (!waiting.includes(name)) acknowledged.add(`${name}.example ${keyOf(event)}`);
          }
        }
        const wanted = Array.from({ length: published }, (_, i) => `c1/${i + 1}`);
        for (const { name } of targets) {
          const keys = got.get(name) ?? [];
          // What comes again comes with its key, so a receiver that leaves out what it has seen sees this:
          expect([...new Set(keys)]).deep.equal(wanted);
          // And it comes again only before anything later does.
          for (const [i, key] of keys.entries())
            expect(Number(key.slice(3))).least(Number((keys[i - 1] ?? "c1/0").slice(3)));
        }
        expect(again).deep.equal([]);
      }),
      { numRuns: 150 },
    );
  }).timeout(120_000);
});

describe("the journal of an outbox", () => {
  const now = Date.parse("2026-03-01T12:00:00.000Z");
  const filled = (count: number, cutover = "c1") =>
    Array.from({ length: count }, (_, i) => happening(`stage/${i}`, { cutover })).reduce(
      (journal, one) => added(journal, one, [target("ops")]),
      emptyJournal,
    );

  it("numbers the events of each cutover for themselves", () => {
    const journal = added(filled(2), happening("started", { cutover: "c2" }), [target("ops")]);
    expect(journal.entries.map(({ event }) => keyOf(event))).deep.equal(["c1/1", "c1/2", "c2/1"]);
  });

  it("forgets targets that are gone, and news of more than a day ago", () => {
    expect(waitingFor(pruned(filled(2), [target("ops")], now), "ops")).equal(2);
    expect(waitingFor(pruned(filled(2), [target("other")], now), "ops")).equal(0);
    expect(waitingFor(pruned(filled(2), [target("ops")], now + 25 * 3_600_000), "ops")).equal(0);
  });

  it("stays bounded, and keeps what waits before what was told", () => {
    const [first] = filled(400).entries;
    let journal = filled(400);
    for (const { event } of journal.entries.slice(0, 399)) journal = told(journal, event, "ops");
    const kept = pruned(journal, [target("ops")], now);
    expect(kept.entries).have.length(301);
    expect(nextFor(kept, "ops")?.sequence).equal(400);
    expect(kept.entries[0]?.event.sequence).above(first?.event.sequence ?? 0);
    expect(waitingFor(pruned(filled(800), [target("ops")], now), "ops")).equal(500);
  });
});
