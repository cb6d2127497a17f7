import { expect } from "chai";
import fc from "fast-check";
import type { Hook } from "../../components/hooks/hook";
import { revertHooksDue, runHooks, type HookedRun } from "../../components/hooks/sequence";
import type { HookStage } from "../../components/hooks/stages";
import type { Answer, Condition, Driver } from "../../components/platforms/driver";
import { httpHook } from "../support/hooks";
import { MemoryClock } from "../support/memoryClock";
import { order } from "../support/memoryCutover";
import { MemoryDriver } from "../support/memoryDriver";

type Reaction = "ok" | "refuses" | "throws" | "hangs" | "stranger";

/** Instances that react to each path as its name says, and a journal that may be broken. */
function world(changes: { broken?: boolean; deaf?: boolean } = {}) {
  const clock = new MemoryClock();
  const driver = new MemoryDriver(clock);
  const asked: string[] = [];
  const said: string[] = [];
  const slots: Pick<Driver, "condition" | "probeInstance"> = {
    condition: (slot): Promise<Condition> => {
      if (changes.deaf === true) return Promise.reject(new Error("the platform does not answer"));
      const instance = {
        name: `shop-${slot}-0`,
        address: `http://127.0.0.1/${slot}`,
        running: true,
        restarts: 0,
        startedAt: 0,
      };
      return Promise.resolve({ slot, release: "r", wanted: 1, instances: [instance] });
    },
    probeInstance: (slot, _instance, { method, path }): Promise<Answer> => {
      asked.push(`${method} ${slot}${path}`);
      const reaction = path.slice(1) as Reaction;
      if (reaction === "throws") return Promise.reject(new Error("connection refused"));
      if (reaction === "hangs") return new Promise(() => undefined);
      const status = reaction === "refuses" ? 503 : 200;
      return Promise.resolve({
        status,
        headers: {},
        body: "{}",
        durationMs: 1,
        ...(reaction === "stranger" ? {} : { slot }),
      });
    },
  };
  const wanted = order();
  const run: HookedRun = {
    order: wanted,
    driver: Object.assign(driver, slots),
    clock,
    say: (line) => said.push(line),
    save: () => (changes.broken === true ? Promise.reject(new Error("disk full")) : Promise.resolve()),
    record: {
      id: "1",
      service: "shop",
      stack: "test",
      kind: "switch",
      from: "blue",
      to: "green",
      fromRelease: wanted.fromRelease,
      toRelease: wanted.toRelease.id,
      startedAt: new Date(clock.now()).toISOString(),
      stages: [],
      written: [],
      who: "tester",
    },
  };
  return { clock, run, asked, said };
}

const hookThat = (reaction: Reaction, stage: HookStage, changes: Partial<Hook> = {}, slot = "from") =>
  httpHook(`{{${slot}}}/${reaction}`, {}, { name: `${stage} ${reaction}`, stage, ...changes });

describe("the hooks of a stage", () => {
  it("run one after the other, and each is in the record", async () => {
    const { clock, run, asked } = world();
    const hooks = [
      hookThat("ok", "POST_SCALE_UP"),
      hookThat("ok", "BAKE_TIME"),
      { ...hookThat("ok", "POST_SCALE_UP", {}, "to"), name: "b" },
    ];
    const outcome = await clock.run(runHooks(run, "POST_SCALE_UP", hooks));
    expect(outcome).deep.equal({ verdict: "pass", detail: "2 hooks done" });
    expect(asked).deep.equal(["POST blue/ok", "POST green/ok"]);
    expect(run.record.hooks?.map(({ name, stage, verdict, attempts }) => [name, stage, verdict, attempts])).deep.equal([
      ["POST_SCALE_UP ok", "POST_SCALE_UP", "pass", 1],
      ["b", "POST_SCALE_UP", "pass", 1],
    ]);
  });

  it("are nothing to the stage when there are none", async () => {
    const { clock, run } = world();
    expect(await clock.run(runHooks(run, "BAKE_TIME", [hookThat("ok", "POST_SCALE_UP")]))).equal(undefined);
    expect(run.record).not.have.property("hooks");
  });

  it("end at the first failure that stops, and say what failed", async () => {
    const { clock, run, asked } = world();
    const hooks = [hookThat("refuses", "POST_SCALE_UP"), { ...hookThat("ok", "POST_SCALE_UP"), name: "never" }];
    const outcome = await clock.run(runHooks(run, "POST_SCALE_UP", hooks));
    expect(outcome).deep.equal({
      verdict: "fail",
      detail: 'hook POST_SCALE_UP refuses: fail: shop-blue-0: POST /refuses → status 503, wanted 2xx: "{}"',
    });
    expect(asked).deep.equal(["POST blue/refuses"]);
  });

  it("go on after one that only warns, and say so", async () => {
    const { clock, run, asked, said } = world();
    const hooks = [
      hookThat("throws", "BAKE_TIME", { onFailure: "warn" }),
      { ...hookThat("ok", "BAKE_TIME"), name: "b" },
    ];
    const outcome = await clock.run(runHooks(run, "BAKE_TIME", hooks));
    expect(outcome).deep.equal({ verdict: "pass", detail: "2 hooks, 1 with a warning" });
    expect(asked).have.length(2);
    expect(said[0]).match(/^warning: hook BAKE_TIME throws: error: shop-blue-0: POST \/throws → connection refused/);
  });

  it("end at their deadline when an instance never answers", async () => {
    const { clock, run } = world();
    const began = clock.now();
    const outcome = await clock.run(runHooks(run, "BAKE_TIME", [hookThat("hangs", "BAKE_TIME", { deadlineMs: 7000 })]));
    expect(outcome?.verdict).equal("timeout");
    expect(clock.now() - began).equal(7000);
  });

  it("are tried again with growing pauses, and the record counts the attempts", async () => {
    const { clock, run, asked } = world();
    const began = clock.now();
    await clock.run(runHooks(run, "BAKE_TIME", [hookThat("throws", "BAKE_TIME", { retries: 3 })]));
    expect(asked).have.length(4);
    expect(clock.now() - began).equal(1000 + 2000 + 4000);
    expect(run.record.hooks?.[0]).include({ attempts: 4, verdict: "error" });
  });

  it("do not take a stranger on the instance's port for the slot", async () => {
    const { clock, run } = world();
    const outcome = await clock.run(runHooks(run, "BAKE_TIME", [hookThat("stranger", "BAKE_TIME")]));
    expect(outcome?.detail).include("answered by somebody else than blue");
  });

  it("do not begin a migration that the journal does not know of", async () => {
    const { clock, run, asked } = world({ broken: true });
    const migration = { class: "contract", id: "drop" } as const;
    const outcome = await clock.run(runHooks(run, "CLEAN_UP", [hookThat("ok", "CLEAN_UP", { migration })]));
    expect(asked).deep.equal([]);
    expect(outcome?.verdict).equal("pass");
    expect(run.record.hooks?.[0]).deep.include({ verdict: "error", attempts: 0, migration });
  });

  it("are ended by an abort, except on the way back", async () => {
    const { clock, run, asked } = world();
    const signal = AbortSignal.abort();
    const stopped = await clock.run(runHooks(run, "BAKE_TIME", [hookThat("ok", "BAKE_TIME")], { signal }));
    expect(stopped).deep.include({ verdict: "error" });
    const back = await clock.run(runHooks(run, "REVERT", [hookThat("ok", "REVERT", {}, "back")], { signal }));
    expect(back).deep.equal({ verdict: "pass", detail: "1 hook done" });
    expect(asked).deep.equal(["POST blue/ok"]);
  });

  it("of a way back always pass within their deadlines, whatever they do and whatever is broken", async () => {
    const reaction = fc.constantFrom<Reaction>("ok", "refuses", "throws", "hangs", "stranger");
    const one = fc.record({
      reaction,
      retries: fc.nat(3),
      onFailure: fc.constantFrom(undefined, "stop", "revert", "warn"),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(one, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.boolean(),
        async (wanted, broken, deaf) => {
          const { clock, run } = world({ broken, deaf });
          const hooks = wanted.map(({ reaction: does, retries, onFailure }, i) =>
            hookThat(
              does,
              "REVERT",
              { name: String(i), retries, ...(onFailure === undefined ? {} : { onFailure }) },
              "back",
            ),
          );
          const began = clock.now();
          const outcome = await clock.run(runHooks(run, "REVERT", hooks));
          expect(outcome?.verdict).equal("pass");
          expect(run.record.hooks).have.length(hooks.length);
          const most = hooks.reduce((sum, { retries, deadlineMs }) => sum + (retries + 1) * deadlineMs + 7000, 0);
          expect(clock.now() - began).most(most);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("the hooks of the way back", () => {
  it("are owed by a cutover that ran hooks or moved traffic and did not succeed, once", async () => {
    const { clock, run } = world();
    expect(revertHooksDue(run.record)).equal(false);
    await clock.run(runHooks(run, "POST_SCALE_UP", [hookThat("ok", "POST_SCALE_UP")]));
    expect(revertHooksDue(run.record)).equal(true);
    expect(revertHooksDue({ ...run.record, completion: "Promoted" })).equal(false);
    expect(revertHooksDue({ ...run.record, completion: "Aborted" })).equal(true);
    await clock.run(runHooks(run, "REVERT", [hookThat("refuses", "REVERT", {}, "back")]));
    expect(revertHooksDue({ ...run.record, completion: "Aborted" })).equal(false);
  });
});
