import { once } from "node:events";
import { Agent, type IncomingMessage, type ServerResponse, request as httpRequest } from "node:http";
import { expect } from "chai";
import { WebSocket, WebSocketServer } from "ws";
import { RouterRig, errorOf } from "../support/routerRig";
import { eventually } from "../support/eventually";

describe("a switch of the router under load", () => {
  let rig: RouterRig;
  beforeEach(() => (rig = new RouterRig()));
  afterEach(() => rig.close());

  it("fails no request over 30 switches on kept-alive connections, and moves each connection at its next request", async () => {
    const [blue, green] = await Promise.all([rig.app("blue"), rig.app("green")]);
    await rig.start({ blue: [blue.instance], green: [green.instance] });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const agents = [agent, ...Array.from({ length: 7 }, () => new Agent({ keepAlive: true, maxSockets: 1 }))];
    let running = true;
    let answered = 0;
    const failures: string[] = [];
    const connections = new Set<number | undefined>();
    const workers = agents.map(async (own) => {
      while (running) {
        try {
          const body = await get(rig.url(), own, connections);
          if (body !== "blue" && body !== "green") failures.push(body);
          answered++;
        } catch (error) {
          failures.push(String(error));
        }
      }
    });
    for (let i = 0; i < 30; i++) {
      const to = i % 2 === 0 ? "green" : "blue";
      const before = answered;
      await rig.switchTo(to);
      expect(await get(rig.url(), new Agent(), new Set())).to.equal(to);
      await eventually("traffic between two switches", () => answered > before + 20);
    }
    running = false;
    await Promise.all(workers);
    for (const own of agents) own.destroy();
    expect(failures).to.deep.equal([]);
    expect(answered).to.be.greaterThan(600);
    expect(connections.size, "no client connection was cut").to.equal(agents.length);
    const { slots, switches, lastWrite } = await rig.client.traffic();
    expect(slots.blue.failed + slots.green.failed + slots.blue.broken + slots.green.broken).to.equal(0);
    expect(slots.blue.requests + slots.green.requests).to.equal(answered + 30);
    expect(switches).to.have.length(30);
    expect(lastWrite?.revision).to.equal(31);
    for (const { receivedAt, at, firstNewAnswerAt, lastOldAnswerAt } of switches) {
      expect(at).to.be.at.least(Math.floor(receivedAt));
      expect(firstNewAnswerAt).to.be.greaterThan(at);
      if (lastOldAnswerAt !== null) expect(lastOldAnswerAt).to.be.greaterThan(at);
    }
  });

  it("finishes on the old slot what began there, and tells when its last answer came", async () => {
    let finish: () => void = () => undefined;
    const blue = await rig.app("", (_, response) => (finish = () => response.end("blue")));
    const green = await rig.app("green");
    await rig.start({ blue: [blue.instance], green: [green.instance] });
    const slow = rig.text();
    await eventually("the request to arrive", async () => (await rig.client.traffic()).slots.blue.inFlight === 1);
    await rig.switchTo("green");
    expect(await rig.text()).to.equal("green");
    const meanwhile = (await rig.client.traffic()).lastWrite;
    expect(meanwhile).to.include({ to: "green", from: "blue", lastOldAnswerAt: null });
    finish();
    expect(await slow).to.equal("blue");
    const { lastWrite } = await rig.client.traffic();
    expect(lastWrite?.lastOldAnswerAt).to.be.greaterThan(lastWrite?.firstNewAnswerAt ?? Infinity);
  });

  it("drains a slot: waits for what ends by itself, cuts the rest at the deadline, and counts both", async () => {
    const waiting: ServerResponse[] = [];
    const blue = await rig.app("", (_, response) => waiting.push(response));
    const sockets = new WebSocketServer({ server: blue.server });
    const green = await rig.app("green");
    await rig.start({ blue: [blue.instance], green: [green.instance] });
    expect((await errorOf(rig.client.drain("blue", 100))).message).to.match(/blue serves 100 %/);
    const requests = Array.from({ length: 3 }, () => rig.text().catch(() => "cut"));
    const socket = new WebSocket(`ws://127.0.0.1:${rig.port}`);
    const closed = once(socket, "close") as Promise<[number]>;
    await once(socket, "open");
    await eventually("all to be under way", async () => {
      const traffic = (await rig.client.traffic()).slots.blue;
      return traffic.inFlight === 3 && traffic.upgraded === 1 && waiting.length === 3;
    });
    await rig.switchTo("green");
    const draining = rig.client.drain("blue", 1500);
    expect(await rig.text(), "other calls go on").to.equal("green");
    waiting[0]?.end("done");
    waiting[1]?.end("done");
    const drained = await draining;
    expect(drained).to.include({ finished: 2, cut: 2 });
    expect(drained.waitedMs).to.be.at.least(1400);
    expect((await Promise.all(requests)).sort()).to.deep.equal(["cut", "done", "done"]);
    expect((await closed)[0], "closed without a goodbye").to.equal(1006);
    const { inFlight, upgraded } = (await rig.client.traffic()).slots.blue;
    expect([inFlight, upgraded]).to.deep.equal([0, 0]);
    expect(await rig.client.drain("blue", 60_000)).to.include({ finished: 0, cut: 0 });
    sockets.close();
  });

  it("leaves websockets alone until the deadline, and ends early when the last one closes", async () => {
    const blue = await rig.app("blue");
    const sockets = new WebSocketServer({ server: blue.server });
    const green = await rig.app("green");
    await rig.start({ blue: [blue.instance], green: [green.instance] });
    const socket = new WebSocket(`ws://127.0.0.1:${rig.port}`);
    await once(socket, "open");
    await rig.switchTo("green");
    const draining = rig.client.drain("blue", 60_000);
    expect(await rig.text()).to.equal("green");
    expect(socket.readyState).to.equal(WebSocket.OPEN);
    socket.close();
    expect(await draining).to.include({ finished: 1, cut: 0 });
    sockets.close();
  });

  it("cuts nothing when the slot got weight again before the deadline", async () => {
    let finish: () => void = () => undefined;
    const blue = await rig.app("", (_, response) => (finish = () => response.end("blue")));
    const green = await rig.app("green");
    await rig.start({ blue: [blue.instance], green: [green.instance] });
    const slow = rig.text();
    await eventually("the request to arrive", async () => (await rig.client.traffic()).slots.blue.inFlight === 1);
    await rig.switchTo("green");
    const draining = errorOf(rig.client.drain("blue", 500));
    await rig.switchTo("blue");
    expect((await draining).message).to.match(/blue got 100 % of the traffic again/);
    finish();
    expect(await slow).to.equal("blue");
  });

  it("counts answers by slot and class, with latencies, in traffic and in Prometheus' form", async () => {
    const blue = await rig.app("", (request, response) => {
      response.statusCode = Number(request.url?.slice(1));
      response.end();
    });
    await rig.start({ blue: [blue.instance] });
    for (const status of [200, 201, 302, 404, 500]) await fetch(rig.url(`/${status}`), { redirect: "manual" });
    const { slots, sockets, rss } = await rig.client.traffic();
    expect(slots.blue.classes).to.deep.equal({ "1xx": 0, "2xx": 2, "3xx": 1, "4xx": 1, "5xx": 1 });
    expect(slots.blue).to.include({ requests: 5, failed: 0, inFlight: 0 });
    expect(slots.blue.histogram.counts.reduce((sum, count) => sum + count)).to.equal(5);
    expect(slots.blue.histogram.counts).to.have.length(slots.blue.histogram.bounds.length + 1);
    expect(Math.abs((slots.blue.lastAnswerAt ?? 0) - Date.now())).to.be.lessThan(60_000);
    expect(sockets).to.be.at.least(1);
    expect(rss).to.be.greaterThan(1e6);
    const metrics = await rig.client.metrics();
    for (const line of [
      'bluegreen_router_requests_total{slot="blue",class="2xx"} 2',
      'bluegreen_router_request_duration_seconds_bucket{le="+Inf",slot="blue"} 5',
      'bluegreen_router_request_duration_seconds_count{slot="blue"} 5',
      'bluegreen_router_in_flight{slot="blue"} 0',
      'bluegreen_router_weight{slot="blue"} 100',
      `bluegreen_router_upstream_up{slot="blue",instance="127.0.0.1:${blue.instance.port}"} 1`,
      "# TYPE bluegreen_router_request_duration_seconds histogram",
    ])
      expect(metrics.split("\n")).to.include(line);
    expect(metrics).to.match(/process_resident_memory_bytes \d/);
  });
});

function get(url: string, agent: Agent, connections: Set<number | undefined>): Promise<string> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { agent }, (response: IncomingMessage) => {
      connections.add(response.socket.localPort);
      let body = response.statusCode === 200 ? "" : `${response.statusCode ?? ""} `;
      response.on("data", (part) => (body += String(part))).on("end", () => resolve(body));
      response.on("error", reject);
    })
      .on("error", reject)
      .end();
  });
}
