import { expect } from "chai";
import { createServer, type Socket } from "node:net";
import { RouterRig } from "../support/routerRig";
import { eventually } from "../support/eventually";

describe("the router and instances that fail", () => {
  let rig: RouterRig;
  beforeEach(() => (rig = new RouterRig()));
  afterEach(() => rig.close());

  it("tries another instance when one refuses the connection, for requests with a body too", async () => {
    const app = await rig.app("", (request, response) => {
      let body = "";
      request.on("data", (part) => (body += String(part))).on("end", () => response.end(`got ${body}`));
    });
    await rig.start({ blue: [await rig.deadInstance(), app.instance, await rig.deadInstance()] });
    for (let i = 0; i < 12; i++) {
      const answer = await fetch(rig.url(), { method: "POST", body: `order ${i}` });
      expect(answer.status).to.equal(200);
      expect(await answer.text()).to.equal(`got order ${i}`);
    }
    expect((await rig.client.traffic()).slots.blue.failed).to.equal(0);
  });

  it("says which slot it could not reach, and does not stamp an answer that nobody in it gave", async () => {
    await rig.start({ blue: [await rig.deadInstance()] });
    const refused = await fetch(rig.url());
    expect(refused.status).to.equal(503);
    expect(refused.headers.get("x-bluegreen-slot")).to.equal(null);
    expect(await refused.json()).to.deep.equal({ error: "no instance of blue accepts connections", slot: "blue" });
    const empty = await fetch(rig.url("/", rig.preview));
    expect(empty.status).to.equal(503);
    expect(await empty.json()).to.deep.equal({ error: "green has no instances", slot: "green" });
    const { blue } = (await rig.client.traffic()).slots;
    expect(blue.failed).to.equal(1);
    expect(blue.classes["5xx"]).to.equal(1);
  });

  it("serves again as soon as an instance is back", async () => {
    const app = await rig.app("first");
    await rig.start({ blue: [app.instance] });
    expect(await rig.text()).to.equal("first");
    const { port } = app.instance;
    app.server.closeAllConnections();
    await new Promise((resolve) => app.server.close(resolve));
    expect((await fetch(rig.url())).status).to.equal(503);
    await new Promise<void>((resolve) => app.server.listen(port, "127.0.0.1", resolve));
    expect(await rig.text()).to.equal("first");
  });

  it("sends a GET again when the kept connection turns out to be closed, and a POST never", async () => {
    let handled = 0;
    const open: Socket[] = [];
    // Answers the first request of a connection and drops it without a word on the second: the worst of stale connections.
    const server = createServer((socket) => {
      let requests = 0;
      open.push(socket);
      socket.on("error", () => socket.destroy());
      socket.on("data", () => {
        handled++;
        if (++requests > 1) socket.destroy();
        else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    await rig.start({ blue: [{ host: "127.0.0.1", port: address.port }] });
    try {
      expect((await fetch(rig.url())).status).to.equal(200);
      expect((await fetch(rig.url())).status, "GET on a stale connection").to.equal(200);
      expect(handled).to.equal(3);
      const post = await fetch(rig.url(), { method: "POST", body: "order" });
      expect(post.status, "POST on a stale connection").to.equal(502);
      expect(handled, "the POST went out once").to.equal(4);
      const bare = await fetch(rig.url(), { method: "POST" });
      expect(bare.status, "POST on a fresh connection").to.equal(200);
    } finally {
      server.close();
      for (const socket of open) socket.destroy();
    }
  });

  it("gives up on an answer that does not begin in time", async () => {
    const app = await rig.app("", () => undefined);
    await rig.start({ blue: [app.instance] }, { upstreamTimeouts: { headersMs: 300 } });
    const answer = await fetch(rig.url());
    expect(answer.status).to.equal(504);
    expect(await answer.json()).to.deep.equal({ error: "blue did not answer within 300 ms", slot: "blue" });
    await eventually("the instance's connection to be closed", () => app.sockets.size === 0);
  });

  it("spreads requests over instances by how busy they are", async () => {
    const counts = [0, 0, 0];
    const apps = await Promise.all(
      counts.map((_, i) =>
        rig.app("", (_request, response) => {
          counts[i] = (counts[i] ?? 0) + 1;
          if (i > 0) response.end(); // the first one never answers
        }),
      ),
    );
    await rig.start({ blue: apps.map(({ instance }) => instance) });
    const stuck = new AbortController();
    const hang = fetch(rig.url(), { signal: stuck.signal }).catch(() => undefined);
    const hangMore = [1, 2].map(() => fetch(rig.url(), { signal: stuck.signal }).catch(() => undefined));
    await eventually("the first instance to be busy", () => counts[0] === 1);
    for (let i = 0; i < 20; i++) await rig.text();
    stuck.abort();
    await Promise.all([hang, ...hangMore]);
    expect(counts[0]).to.equal(1);
    expect(counts[1]).to.be.within(8, 14);
    expect(counts[2]).to.be.within(8, 14);
  });

  it("prefers instances that pass the active health check, and takes the others when none is left", async () => {
    let healthy = false;
    const health = (name: string) => async () =>
      rig.app(name, (request, response) => {
        if (request.url === "/health") response.statusCode = name === "sick" && !healthy ? 500 : 200;
        response.end(name);
      });
    const sick = await health("sick")();
    const well = await health("well")();
    await rig.start({ blue: [sick.instance, well.instance] }, { healthPath: "/health", healthIntervalMs: 50 });
    const up = async (): Promise<string> => rig.client.metrics();
    const line = (value: number): string =>
      `bluegreen_router_upstream_up{slot="blue",instance="127.0.0.1:${sick.instance.port}"} ${value}`;
    await eventually("the sick instance to be found", async () => (await up()).includes(line(0)));
    for (let i = 0; i < 6; i++) expect(await rig.text()).to.equal("well");
    await rig.client.setSlot("blue", { release: "blue-1", instances: [sick.instance] });
    expect(await rig.text()).to.equal("sick");
    healthy = true;
    await eventually("it to recover", async () => (await up()).includes(line(1)));
  });

  it("lets requests to a removed instance finish", async () => {
    let finish: () => void = () => undefined;
    const old = await rig.app("", (_, response) => {
      response.write("begun ");
      finish = () => response.end("and ended");
    });
    const next = await rig.app("next");
    await rig.start({ blue: [old.instance] });
    const answer = await fetch(rig.url());
    await rig.client.setSlot("blue", { release: "blue-2", instances: [next.instance] });
    expect(await rig.text()).to.equal("next");
    finish();
    expect(await answer.text()).to.equal("begun and ended");
    await eventually("its connection to be closed", () => old.sockets.size === 0);
  });
});
