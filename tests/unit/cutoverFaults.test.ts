import { expect } from "chai";
import fc from "fast-check";
import type { CutoverOrder } from "../../components/cutover/run";
import { all, other, type Slot } from "../../components/model/words";
import { situation } from "../../components/resources/live";
import { MemoryClock } from "../support/memoryClock";
import { order, runCutover, settings, type Ending } from "../support/memoryCutover";
import { firstDeployment } from "../support/memoryPlatform";
import { MemoryDriver, whole, type Fault, type Method } from "../support/memoryDriver";

interface Trouble {
  /** The call at which it begins. */
  at: number;
  how: Fault;
  /** How many calls of that kind from then on. */
  times: number;
}

const trouble: fc.Arbitrary<Trouble> = fc.record({
  at: fc.nat({ max: 140 }),
  how: fc.constantFrom<Fault>("before", "after", "kill before", "kill after"),
  times: fc.constantFrom(1, 2, 4, Infinity),
});

interface Course {
  kind: "switch" | "rollback";
  steps: number[];
}

const course: fc.Arbitrary<Course> = fc.record({
  kind: fc.constantFrom("switch", "rollback"),
  steps: fc.constantFrom([100], [10, 50, 100]),
});

const orderOf = ({ kind, steps }: Course): CutoverOrder => order({ kind, settings: settings({ steps }) });

/** One kind of call goes wrong from the given call on. */
function inject(driver: MemoryDriver, { at, how, times }: Trouble): void {
  let hit: Method | undefined;
  let left = times;
  driver.fault = (method, _nth, index) => {
    if (index < at || (hit !== undefined && method !== hit) || left === 0) return undefined;
    hit = method;
    left -= 1;
    return how;
  };
}

/** Where all the traffic is once nothing is open any more. */
function served(driver: MemoryDriver, clock: MemoryClock): Slot {
  clock.advance(3_600_000);
  const slot = whole(driver.live().weights);
  expect(driver.live(), "a change is still open").not.have.property("transaction");
  expect(slot, "the route is split").not.equal(undefined);
  return slot ?? "blue";
}

function agrees({ record, failure, error, killed }: Ending, serves: Slot, { from, to }: CutoverOrder): void {
  if (killed) return;
  if (failure?.record.weights !== undefined) expect(failure.record.weights).deep.equal(all(serves));
  if (error === undefined) {
    expect(serves).equal(to);
  } else if (failure === undefined || failure.completion !== "Failed") expect(serves).equal(from);
  if (record !== undefined) expect(record.endedAt).be.a("string");
}

describe("a cutover in which any call of the driver goes wrong", function () {
  this.timeout(120_000);

  it("ends with all traffic on one running slot, and with an ending that says so", async () => {
    await fc.assert(
      fc.asyncProperty(course, trouble, fc.constantFrom(0, 20), async (way, what, errorPercent) => {
        const wanted = orderOf(way);
        const clock = new MemoryClock();
        const driver = new MemoryDriver(clock);
        driver.slots.green.errorPercent = errorPercent;
        inject(driver, what);
        const ending = await runCutover(driver, clock, wanted);
        agrees(ending, served(driver, clock), wanted);
      }),
      { numRuns: 400 },
    );
  });

  it("never gives traffic to a slot that is not ready", async () => {
    await fc.assert(
      fc.asyncProperty(course, trouble, fc.nat({ max: 60 }), async (way, what, brokenAt) => {
        const wanted = orderOf(way);
        const clock = new MemoryClock();
        const driver = new MemoryDriver(clock);
        inject(driver, what);
        driver.onCall = () => {
          // The new slot breaks at some call before the first write.
          if (driver.calls.length > brokenAt && driver.writes.length === 0) driver.slots.green.running = 0;
        };
        const ending = await runCutover(driver, clock, wanted);
        const serves = served(driver, clock);
        agrees(ending, serves, wanted);
        // Between the last look and the write a slot can always die; what never happens is that it keeps the traffic.
        if (driver.slots.green.running === 0 && !ending.killed) expect(serves).equal("blue");
      }),
      { numRuns: 300 },
    );
  });

  it("never leads back to a slot without a running instance", async () => {
    await fc.assert(
      fc.asyncProperty(course, trouble, fc.integer({ min: 1, max: 12 }), async (way, what, diesAt) => {
        fc.pre(!what.how.startsWith("kill") && what.times < 5);
        const wanted = orderOf(way);
        const clock = new MemoryClock();
        const driver = new MemoryDriver(clock);
        driver.slots.green.errorPercent = 20;
        inject(driver, what);
        driver.onCall = () => {
          if (driver.writes.length > 0 && driver.times("probePublic") >= diesAt) driver.slots.blue.running = 0;
        };
        const ending = await runCutover(driver, clock, wanted);
        const serves = served(driver, clock);
        agrees(ending, serves, wanted);
        const back = driver.writes.filter((write) => write.weights.blue === 100);
        expect(back.filter((write) => write.running.blue === 0)).deep.equal([]);
        // It may have died after the way back had been taken.
        if (driver.slots.blue.running === 0 && back.length === 0) expect(serves).equal("green");
      }),
      { numRuns: 200 },
    );
  });

  it("is followed by an update that converges to what is wanted, wherever the first one ended", async () => {
    await fc.assert(
      fc.asyncProperty(course, trouble, async (way, what) => {
        const wanted = orderOf(way);
        const clock = new MemoryClock();
        const driver = new MemoryDriver(clock);
        driver.history = [firstDeployment];
        inject(driver, what);
        const ending = await runCutover(driver, clock, wanted);
        driver.restart();
        clock.advance(1000);
        await converge(driver, clock, "green");
        expect(served(driver, clock)).equal("green");
        await converge(driver, clock, "blue");
        expect(served(driver, clock)).equal("blue");
        const open = driver.history.filter((record) => record.completion === undefined);
        expect(open, ending.said.join("\n")).deep.equal([]);
      }),
      { numRuns: 300 },
    );
  });
});

/** What one `pulumi up` does: reads what is live, and runs the cutover that leads to the wanted slot. */
async function converge(driver: MemoryDriver, clock: MemoryClock, activeSlot: Slot): Promise<void> {
  const base = order();
  const release = (slot: Slot) => ({ ...base.toRelease, id: driver.slots[slot].release });
  const releases = { blue: release("blue"), green: release("green") };
  const target = { platform: "memory", service: "shop", stack: "test", settings: {} };
  const inputs = { target, activeSlot, releases, settings: base.settings };
  const found = await clock.run(situation(driver, inputs, clock.now()));
  expect(found?.drift).equal("none");
  const transition = found?.transition;
  if (transition === undefined || transition.kind === "none") return;
  const { kind, from, to, fromRelease } = transition;
  expect(from).equal(other(to));
  const { failure } = await runCutover(driver, clock, {
    ...base,
    kind,
    from,
    to,
    fromRelease,
    toRelease: releases[to],
  });
  expect(failure?.message).equal(undefined);
}
