import { expect } from "chai";
import type { EventName } from "../../components/notify/event";
import { COURSE } from "../../components/model/stages";
import { prepareSwitch, setWaits } from "../support/nextSwitch";
import { expectServes } from "../support/serves";
import { TestStack } from "../support/stack";
import { underLoad } from "../support/underLoad";
import { webServers, WebServer } from "../support/webServer";

/** What a webhook was told, as far as these tests look. */
interface Told {
  key: string;
  sequence: number;
  event: EventName;
  cutover: string;
  stage: string | null;
  verdict: string | null;
  detail: string | null;
  completion: string | null;
}

describe("notifications on the real engine", () => {
  let stack: TestStack;
  const start = webServers();

  before(async () => {
    stack = await TestStack.create();
    setWaits(stack);
    expect((await stack.up()).error).to.equal(undefined);
  });
  after(() => stack.dispose());

  /** A webhook that takes all that it is told, and the only one from now on. */
  async function webhook(): Promise<WebServer> {
    const server = await start((_, response) => response.end());
    stack.setConfig("notifications", [{ name: "ops", url: `${server.origin}/events` }]);
    return server;
  }

  it("tell of a switch from its start to its promotion, in order and each once", async () => {
    const { to, version } = await prepareSwitch(stack);
    const server = await webhook();
    expect((await stack.up()).error).to.equal(undefined);
    await expectServes(stack, to, version);
    const events = toldTo(server);
    const [record] = await stack.records();
    expect(events.map(({ event, stage }) => stage ?? event)).to.deep.equal(["started", ...COURSE.switch, "promoted"]);
    expect(events.map(({ sequence }) => sequence)).to.deep.equal(events.map((_, i) => i + 1));
    expect(new Set(events.map(({ cutover }) => cutover))).to.deep.equal(new Set([record?.id]));
    expect(events.at(-1)).to.include({ event: "promoted", completion: "Promoted" });

    // Nothing is to be done, so there is nothing to tell, and nothing is told again.
    expect((await stack.up()).error).to.equal(undefined);
    expect(toldTo(server)).to.have.length(events.length);
  });

  it("tell of the breach and of the way back", async () => {
    const { from, to } = await prepareSwitch(
      stack,
      { environment: { FAIL_PERCENT: "50" } },
      { bake: { duration: "150s", interval: "300ms", failureLimit: 1, maxErrorPercent: 5 } },
    );
    const server = await webhook();
    const { result } = await underLoad(stack, () => stack.up());
    expect(result.error).to.contain("was taken back");
    await expectServes(stack, from);
    expect((await stack.records())[0]).to.include({ completion: "RolledBack", from, to });
    const events = toldTo(server);
    const breaches = events.filter(({ event }) => event === "breach");
    expect(breaches.filter(({ detail }) => detail?.startsWith("errors: ") === true)).to.have.length(2);
    expect(events.map(({ event }) => event).slice(-3)).to.deep.equal(["breach", "stage", "rolledBack"]);
    expect(events.at(-2)).to.include({ stage: "BAKE_TIME", verdict: "fail" });
    expect(events.at(-1)).to.include({ completion: "RolledBack" });
    expect(events.map(({ sequence }) => sequence)).to.deep.equal(events.map((_, i) => i + 1));
  });

  it("keep no way back from its end when nobody listens, or nobody answers", async () => {
    const { from, to } = await prepareSwitch(stack);
    const gone = await start(() => undefined);
    const { origin } = gone;
    await gone.stop();
    const silent = await start(() => undefined);
    stack.setConfig("notifications", [
      { name: "gone", url: `${origin}/events` },
      { name: "silent", url: `${silent.origin}/events`, timeout: "60s" },
    ]);
    const look = { name: "look", stage: "BAKE_TIME", command: { run: ["sh", "-c", "exit 1"] } };
    stack.setConfig("hooks", [look]);
    const { result, load } = await underLoad(stack, () => stack.up()).finally(() =>
      stack.setConfig("hooks", undefined),
    );
    expect(result.error).to.contain("was taken back");
    expect(load.failed).to.equal(0);
    expect(load.bySlot).to.have.all.keys(from, to);
    expect((await stack.records())[0]).to.include({ completion: "RolledBack", from, to });
    expect(silent.seen).to.have.length(1);
    expect(result.stdout).to.contain("notify gone: ");
    await expectServes(stack, from);
  });
});

/** What a webhook was told in the order it came. Fails when something came twice. */
function toldTo(server: WebServer): Told[] {
  const keys = server.seen.map(({ headers }) => headers["idempotency-key"]);
  expect(new Set(keys).size, "different idempotency keys").to.equal(keys.length);
  const told = server.seen.map(({ body }) => JSON.parse(body) as Told);
  expect(told.map(({ key }) => key)).to.deep.equal(keys);
  return told;
}
