import { expect } from "chai";
import { STAGES } from "../../components/model/words";
import { eventually } from "../support/eventually";
import { freshVersion, prepareSwitch, setWaits } from "../support/nextSwitch";
import { expectServes, roles } from "../support/serves";
import { TestStack, type RunResult } from "../support/stack";
import { underLoad } from "../support/underLoad";

describe("the life of a service on the real engine", () => {
  let stack: TestStack;
  let first: RunResult;

  before(async () => {
    stack = await TestStack.create();
    setWaits(stack);
    first = await stack.up();
    expect(first.error).to.equal(undefined);
  });
  after(() => stack.dispose());

  it("serves from the configured slot after the first deployment", async () => {
    expect(first.outputs).to.include({ activeSlot: "blue", url: stack.url, previewUrl: stack.previewUrl });
    const record = (await stack.records()).at(-1);
    expect(record).to.include({ kind: "initial", from: "none", to: "blue", completion: "Promoted" });
    await expectServes(stack, (await roles(stack)).active);
  });

  it("changes nothing in a second update without a change", async () => {
    setWaits(stack);
    stack.setConfig("activeSlot", (await roles(stack)).active);
    expect((await stack.up()).error).to.equal(undefined);
    const before = { route: await stack.route(), records: (await stack.records()).length };
    const { result, load } = await underLoad(stack, () => stack.up());
    expect(result.error).to.equal(undefined);
    expect(result.summary, "what the engine did").to.have.all.keys("same");
    expect(result.steps).to.deep.equal([]);
    for (const stage of STAGES) expect(result.stdout).not.to.contain(stage);
    expect({ route: await stack.route(), records: (await stack.records()).length }).to.deep.equal(before);
    expect(load.failed).to.equal(0);
  });

  it("leaves the active slot alone while a release is prepared in the idle one", async () => {
    const { active, idle } = await roles(stack);
    const pids = async () => (await stack.slot(active))?.instances.map(({ pid, restarts }) => ({ pid, restarts }));
    const before = { pids: await pids(), revision: (await stack.route()).revision };
    const version = freshVersion();
    stack.setConfig("activeSlot", active);
    stack.setRelease(idle, version);
    const { result, load } = await underLoad(stack, () => stack.up());
    expect(result.error).to.equal(undefined);
    expect(result.steps.map(({ type }) => type)).not.to.include("pulumi-nodejs:dynamic/bluegreen:Cutover");
    expect({ pids: await pids(), revision: (await stack.route()).revision }).to.deep.equal(before);
    expect(load.failed).to.equal(0);
    expect(load.bySlot).to.have.all.keys(active);
    await expectServes(stack, active);
    const greeting = await eventually("the preview address shows the prepared release", async () => {
      const answer = await fetch(stack.previewUrl).then((response) => response.json() as Promise<{ version?: string }>);
      return answer.version === version && answer;
    });
    expect(greeting).to.include({ slot: idle });
  });

  it("switches to a new release and back to a newer one without a failed request", async () => {
    for (const round of [1, 2]) {
      const { from, to, version } = await prepareSwitch(stack);
      const { result, load } = await underLoad(stack, () => stack.up());
      expect(result.error, `round ${round}`).to.equal(undefined);
      expect(load.failed).to.equal(0);
      expect(load.bySlot).to.have.all.keys(from, to);
      expect((await stack.records())[0]).to.include({ kind: "switch", from, to, completion: "Promoted" });
      await expectServes(stack, to, version);
    }
  });

  it("moves traffic step by step where the config has steps", async () => {
    const { from, to, version } = await prepareSwitch(stack, {}, { rollout: { steps: [10, 50, 100], interval: "1s" } });
    const { result, load } = await underLoad(stack, () => stack.up());
    expect(result.error).to.equal(undefined);
    expect(load.failed).to.equal(0);
    const [record] = await stack.records();
    expect(record?.written).to.deep.equal([
      { [from]: 90, [to]: 10 },
      { [from]: 50, [to]: 50 },
      { [from]: 0, [to]: 100 },
    ]);
    expect(record?.stages.map(({ stage, verdict }) => `${stage} ${verdict}`)).to.deep.equal(
      STAGES.map((stage) => `${stage} pass`),
    );
    await expectServes(stack, to, version);
  });

  it("moves nothing in a refresh, and finds nothing to do after it", async () => {
    setWaits(stack);
    stack.setConfig("activeSlot", (await roles(stack)).active);
    expect((await stack.up()).error).to.equal(undefined);
    const before = await stack.route();
    const { result, load } = await underLoad(stack, () => stack.refresh());
    expect(result.error).to.equal(undefined);
    expect(await stack.route()).to.deep.equal(before);
    expect(load.failed).to.equal(0);
    const update = await stack.up();
    expect(update.summary).to.have.all.keys("same");
    expect(await stack.route()).to.deep.equal(before);
  });

  it("leaves a live slot alone whose supervisor was killed, and switches away from it without a failed request", async () => {
    const { active } = await roles(stack);
    const before = await stack.slot(active);
    if (before === undefined) throw new Error(`${active} has no status`);
    process.kill(before.supervisor.pid, "SIGKILL");
    await eventually("the end of the supervisor", async () => (await stack.slot(active))?.supervisorAlive === false);
    const { load } = await underLoad(stack, async () => {
      const again = await stack.up();
      expect(again.error).to.equal(undefined);
      expect(again.stdout).to.contain("its instances serve on");
      const after = await stack.slot(active);
      expect(after?.instances.map(({ pid }) => pid)).to.deep.equal(before.instances.map(({ pid }) => pid));
      const { to, version } = await prepareSwitch(stack);
      expect((await stack.up()).error).to.equal(undefined);
      await expectServes(stack, to, version);
    });
    expect(load.failed).to.equal(0);
  });
});
