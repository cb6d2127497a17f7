import { expect } from "chai";
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { freePorts } from "../../scripts/scratch/freePorts";
import { setWaits } from "../support/nextSwitch";
import { expectServes } from "../support/serves";
import { withStack, type TestStack } from "../support/stack";
import { someLoad } from "../support/underLoad";

describe("the config of a stack on the real engine", () => {
  it("is refused with all its typos at once and what was probably meant, before anything is made", () =>
    withStack(async (stack) => {
      stack.setConfig("activeSlot", "geen");
      stack.setConfig("bake.durration", "30s");
      stack.setConfig("gate.deadline", "soon");
      stack.setConfig("blue.replica", 2);
      for (const { ok, error, summary } of [await stack.preview(), await stack.up()]) {
        expect(ok).to.equal(false);
        expect(error).to.contain("4 problems");
        expect(error).to.match(/bluegreen:activeSlot: found "geen".*did you mean green\?/);
        expect(error).to.match(/bluegreen:bake\.durration: unknown key.*did you mean duration\?/);
        expect(error).to.match(/bluegreen:gate\.deadline: found "soon"/);
        expect(error).to.match(/bluegreen:blue\.replica: unknown key.*did you mean replicas\?/);
        expect(error).to.contain("Nothing was touched.");
        expect(Object.keys(summary).filter((op) => op !== "same" && op !== "create")).to.deep.equal([]);
      }
      expect(existsSync(stack.serviceDir), "a folder of the service").to.equal(false);
      expect(stack.processes()).to.deep.equal([]);
      expect(await managedResources(stack)).to.deep.equal([]);
    }));

  for (const whose of ["public", "blue"] as const) {
    it(`names the ${whose} port when it is in use, and works once it is free`, () =>
      withStack(async (stack) => {
        setWaits(stack, { gate: { deadline: "3s" } });
        const port = stack.ports[whose];
        const stranger = await listen(port);
        try {
          const { ok, error } = await stack.up();
          expect(ok).to.equal(false);
          expect(error).to.match(new RegExp(`port ${port} on 127\\.0\\.0\\.1 is (already )?in use`));
        } finally {
          await close(stranger);
        }
        setWaits(stack);
        expect((await stack.up()).error).to.equal(undefined);
        expect((await someLoad(stack)).failed).to.equal(0);
        await expectServes(stack, "blue", "1.0.0");
      }));
  }

  it("gives way to BLUE_PORT in the environment", () =>
    withStack(async (stack) => {
      setWaits(stack);
      const [port = 0] = await freePorts(1);
      const { error, outputs } = await stack.up({ env: { BLUE_PORT: String(port) } });
      expect(error).to.equal(undefined);
      expect(outputs["slots"]).to.have.nested.property("blue.url", `http://127.0.0.1:${port}`);
      expect((await stack.slot("blue"))?.instances.map((instance) => instance.port)).to.deep.equal([port]);
      expect((await fetch(`http://127.0.0.1:${port}/health`)).status).to.equal(200);
      await expectServes(stack, "blue", "1.0.0");
    }));
});

async function managedResources(stack: TestStack): Promise<string[]> {
  const { deployment } = (await stack.exportState()) as { deployment: { resources?: { type: string }[] } };
  return (deployment.resources ?? []).map(({ type }) => type).filter((type) => type.includes("dynamic/bluegreen"));
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => server.close((error) => (error === undefined ? resolve() : reject(error))));
}
