import { Agent, request as httpRequest } from "node:http";
import { expect } from "chai";
import { RouterRig } from "../support/routerRig";
import { eventually } from "../support/eventually";

describe("the router's handling of a request", () => {
  let rig: RouterRig;
  beforeEach(() => (rig = new RouterRig()));
  afterEach(() => rig.close());

  it("keeps the client's connection and the instance's connection alive", async () => {
    const app = await rig.app("blue");
    let opened = 0;
    app.server.on("connection", () => opened++);
    await rig.start({ blue: [app.instance] });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let i = 0; i < 20; i++) {
      await new Promise<void>((resolve, reject) => {
        httpRequest(rig.url(), { agent }, (response) => {
          ports.add(response.socket.localPort);
          response.resume().on("end", resolve);
        })
          .on("error", reject)
          .end();
      });
    }
    agent.destroy();
    expect(ports.size).to.equal(1);
    expect(opened).to.equal(1);
  });

  it("tells the instance who asked, and continues a list of proxies", async () => {
    const app = await rig.app("", (request, response) => response.end(JSON.stringify(request.headers)));
    await rig.start({ blue: [app.instance] });
    const plain = JSON.parse(await rig.text()) as Record<string, string>;
    expect(plain["x-forwarded-for"]).to.equal("127.0.0.1");
    expect(plain["x-forwarded-proto"]).to.equal("http");
    expect(plain["x-forwarded-host"]).to.equal(`127.0.0.1:${rig.port}`);
    expect(plain["host"]).to.equal(`127.0.0.1:${rig.port}`);
    const behind = JSON.parse(
      await rig.text("/", {
        "x-forwarded-for": "203.0.113.9",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "shop.example",
      }),
    ) as Record<string, string>;
    expect(behind["x-forwarded-for"]).to.equal("203.0.113.9, 127.0.0.1");
    expect(behind["x-forwarded-proto"]).to.equal("https");
    expect(behind["x-forwarded-host"]).to.equal("shop.example");
  });

  it("drops headers meant for one hop, in both directions, and keeps the rest", async () => {
    const app = await rig.app("", (request, response) => {
      response.writeHead(200, [
        "Keep-Alive",
        "timeout=3",
        "Proxy-Connection",
        "x",
        "X-Kept",
        "yes",
        "content-length",
        "0",
      ]);
      response.end();
      seen = request.rawHeaders.map((text) => text.toLowerCase());
    });
    let seen: string[] = [];
    await rig.start({ blue: [app.instance] });
    const raw = await rig.raw();
    raw.send(
      "GET / HTTP/1.1\r\nhost: a\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\nProxy-Connection: x\r\nX-End: 2\r\n\r\n",
    );
    await eventually("an answer", () => raw.ended);
    expect(seen).to.include("x-end").and.not.to.include("x-hop").and.not.to.include("te");
    expect(seen).not.to.include("proxy-connection");
    expect(raw.received)
      .to.match(/x-kept: yes/i)
      .and.not.to.match(/proxy-connection|timeout=3/i);
  });

  it("keeps each Set-Cookie, in order, and stamps the answer over what the application says", async () => {
    const app = await rig.app("", (_, response) => {
      response.writeHead(200, [
        ...["Set-Cookie", "a=1", "Set-Cookie", "b=2", "Set-Cookie", "a=3"],
        ...["X-BlueGreen-Slot", "green", "x-bluegreen-release", "forged"],
      ]);
      response.end("x");
    });
    await rig.start({ blue: [app.instance] });
    const { headers } = await fetch(rig.url());
    expect(headers.getSetCookie()).to.deep.equal(["a=1", "b=2", "a=3"]);
    expect(headers.get("x-bluegreen-slot")).to.equal("blue");
    expect(headers.get("x-bluegreen-release")).to.equal("blue-1");
  });

  it("passes HEAD, 204, 304, redirects and errors as they are", async () => {
    const app = await rig.app("", (request, response) => {
      const status = Number(request.url?.slice(1));
      response.writeHead(status, status === 200 ? { "content-length": 5 } : status === 302 ? { location: "/x" } : {});
      response.end(request.method === "HEAD" || status === 204 || status === 304 ? undefined : "hello");
    });
    await rig.start({ blue: [app.instance] });
    const head = await fetch(rig.url("/200"), { method: "HEAD" });
    expect(head.headers.get("content-length")).to.equal("5");
    expect(await head.text()).to.equal("");
    for (const status of [200, 204, 302, 304, 404, 500]) {
      const answer = await fetch(rig.url(`/${status}`), { redirect: "manual" });
      expect(answer.status).to.equal(status);
      expect(await answer.text()).to.equal(status === 204 || status === 304 ? "" : "hello");
    }
  });

  it("passes 103 before the answer, and trailers after it", async () => {
    const app = await rig.app("", (_, response) => {
      response.writeEarlyHints({ link: "</style.css>; rel=preload" }, () => {
        response.writeHead(200, { trailer: "x-sum" });
        response.write("body");
        response.addTrailers({ "x-sum": "42" });
        response.end();
      });
    });
    await rig.start({ blue: [app.instance] });
    const raw = await rig.raw();
    raw.send("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    await eventually("an answer", () => raw.ended);
    expect(raw.received).to.match(
      /^HTTP\/1.1 103 Early Hints\r\nlink: <\/style.css>; rel=preload\r\n\r\nHTTP\/1.1 200 OK/i,
    );
    expect(raw.received).to.match(/\r\n0\r\nx-sum: 42\r\n\r\n$/i);
  });

  it("answers an HTTP/1.0 client without chunks and pipelined requests in order", async () => {
    const app = await rig.app("", (request, response) => {
      response.write("you asked ");
      response.end(request.url);
    });
    await rig.start({ blue: [app.instance] });
    const old = await rig.raw();
    old.send("GET /old HTTP/1.0\r\n\r\n");
    await eventually("the end of the answer", () => old.ended);
    expect(old.received).to.match(/\r\n\r\nyou asked \/old$/);
    expect(old.received).not.to.match(/chunked/i);
    const pipelined = await rig.raw();
    const one = (path: string, more = ""): string => `GET ${path} HTTP/1.1\r\nhost: a\r\n${more}\r\n`;
    pipelined.send(one("/1") + one("/2") + one("/3", "connection: close\r\n"));
    await eventually("the end of the answers", () => pipelined.ended);
    expect(pipelined.received.match(/\/\d(?=\r\n0\r\n)/g)?.join("")).to.equal("/1/2/3");
  });

  it("refuses requests whose length can be read in two ways, and sends nothing of them on", async () => {
    let asked = 0;
    const app = await rig.app("", (_, response) => {
      asked++;
      response.end();
    });
    await rig.start({ blue: [app.instance] });
    const smuggled = "GET /admin HTTP/1.1\r\nhost: a\r\n\r\n";
    for (const head of [
      `content-length: ${smuggled.length + 5}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
      `content-length: 0\r\ncontent-length: 5\r\n\r\n${smuggled}`,
      `transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
      `transfer-encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
      `host: b\r\n\r\n`,
      `x: y\nz: 1\r\n content-length : 5\r\n\r\n`,
    ]) {
      const raw = await rig.raw();
      raw.send(`POST / HTTP/1.1\r\nhost: a\r\n${head}`);
      await eventually("the connection's end", () => raw.ended);
      expect(raw.received, head).to.match(/^HTTP\/1.1 400 /);
      expect(raw.received.match(/HTTP\/1.1/g), head).to.have.length(1);
    }
    expect(asked).to.equal(0);
  });

  it("ignores an offer to upgrade to h2c, and reads the request's body all the same", async () => {
    const app = await rig.app("", (request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += String(chunk))).on("end", () => response.end(`got ${body}`));
    });
    await rig.start({ blue: [app.instance] });
    const raw = await rig.raw();
    raw.send(
      "POST / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AA\r\ncontent-length: 5\r\n\r\nhello",
    );
    await eventually("an answer", () => raw.received.endsWith("got hello"));
    expect(raw.received).to.match(/^HTTP\/1.1 200/);
  });
});
