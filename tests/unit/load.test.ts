import { expect } from "chai";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { startLoad, type LoadAnswer, type LoadOptions, type LoadReport } from "../../scripts/load";
import { eventually } from "../support/eventually";

describe("the load generator", () => {
  const servers: Server[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Loads until `count` requests have ended. */
  async function load(url: string, count: number, more: Partial<LoadOptions> = {}): Promise<LoadReport> {
    const running = startLoad({ url, ratePerSecond: 200, connections: 8, ...more });
    await eventually(`the end of ${count} requests`, () => {
      const { answered, failed } = running.snapshot();
      return answered + failed >= count;
    });
    return running.stop();
  }

  it("counts answers by status, slot and release, and every request exactly once", async () => {
    const slots = ["blue", "green"];
    let n = 0;
    const url = await serve((_, response) => {
      const slot = slots[n++ % 2] ?? "";
      response.writeHead(200, { "x-bluegreen-slot": slot, "x-bluegreen-release": `1.0.0-${slot}` }).end("ok");
    });
    const answers: LoadAnswer[] = [];
    const report = await load(url, 40, { onAnswer: (answer) => answers.push(answer) });
    expect(report).to.include({ failed: 0, answered: report.sent });
    expect(answers).to.have.length(report.sent);
    expect(report.byStatus).to.deep.equal({ 200: report.sent });
    expect((report.bySlot.blue ?? 0) + (report.bySlot.green ?? 0)).to.equal(report.sent);
    expect(report.byRelease["1.0.0-blue"]).to.equal(report.bySlot.blue);
    expect(report.firstBySlot.blue).to.be.at.most(report.lastBySlot.blue ?? 0);
    expect(report.latencies.p50).to.be.above(0).and.at.most(report.latencies.p99);
  });

  it("counts what is neither 2xx nor 3xx as failed, by its status", async () => {
    let n = 0;
    const url = await serve((_, response) => {
      response.writeHead([200, 302, 404, 503][n++ % 4] ?? 500).end();
    });
    const { sent, answered, failed, failures, byStatus } = await load(url, 40);
    expect(answered).to.equal(sent);
    expect(failures).to.deep.equal({ "status 404": byStatus["404"], "status 503": byStatus["503"] });
    expect(failed).to.equal((byStatus["404"] ?? 0) + (byStatus["503"] ?? 0));
  });

  it("counts an answer that is cut off in its body as failed", async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("half of it", () => response.destroy());
    });
    const { sent, answered, failed } = await load(url, 10);
    expect({ answered, failed }).to.deep.equal({ answered: 0, failed: sent });
  });

  it("counts requests to nobody as failed, with the reason", async () => {
    const url = await serve(() => undefined);
    const [server] = servers;
    await new Promise((resolve) => server?.close(resolve));
    const { sent, failed, failures } = await load(url, 10);
    expect(failed).to.equal(sent).and.above(0);
    expect(failures).to.deep.equal({ ECONNREFUSED: sent });
  });

  it("keeps sending while no answer comes, and gives up on those after their time", async () => {
    const url = await serve(() => undefined);
    const running = startLoad({ url, ratePerSecond: 100, connections: 4, timeoutMs: 500 });
    await eventually("more requests than connections", () => running.snapshot().sent > 20);
    const { sent, answered, failed } = await running.stop();
    expect({ answered, failed }).to.deep.equal({ answered: 0, failed: sent });
  });

  it("opens a connection for each request when asked to, and refuses to do so faster than ports come back", async () => {
    let connections = 0;
    const url = await serve((_, response) => response.end("ok"));
    servers[0]?.on("connection", () => connections++);
    const { sent, failed } = await load(url, 20, { fresh: true, ratePerSecond: 100 });
    expect({ failed, connections }).to.deep.equal({ failed: 0, connections: sent });
    expect(() => startLoad({ url, ratePerSecond: 301, connections: 8, fresh: true })).to.throw(
      RangeError,
      "at most 300",
    );
  });
});
