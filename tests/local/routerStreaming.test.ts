import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, request as httpRequest } from "node:http";
import { expect } from "chai";
import { WebSocket, WebSocketServer } from "ws";
import { RouterRig } from "../support/routerRig";
import { eventually } from "../support/eventually";

const MEBIBYTE = 1024 * 1024;

describe("the router's streams", () => {
  let rig: RouterRig;
  beforeEach(() => (rig = new RouterRig()));
  afterEach(() => rig.close());

  it("sends each part of a body on as it comes, in both directions", async () => {
    const app = await rig.app("", (request, response) => {
      response.writeHead(200);
      request.on("data", (chunk) => response.write(`<${String(chunk)}>`)).on("end", () => response.end());
    });
    await rig.start({ blue: [app.instance] });
    const request = httpRequest(rig.url(), { method: "POST" });
    let seen = "";
    request.on("response", (response) => response.on("data", (chunk) => (seen += String(chunk))));
    for (const part of ["one", "two", "three"]) {
      request.write(part);
      await eventually(`${part} to come back while the request goes on`, () => seen.endsWith(`<${part}>`));
    }
    request.end();
    await once(request, "close");
    expect(seen).to.equal("<one><two><three>");
  });

  it("passes server-sent events at once, and their head before the first", async () => {
    let stream: ServerResponse | undefined;
    const app = await rig.app("", (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
      stream = response;
    });
    await rig.start({ blue: [app.instance] });
    const raw = await rig.raw();
    raw.send("GET /events HTTP/1.1\r\nhost: a\r\n\r\n");
    await eventually("the head", () => raw.received.includes("\r\n\r\n"));
    stream?.write("data: 1\n\n");
    await eventually("the first event", () => raw.received.includes("data: 1\n\n"));
    stream?.write("data: 2\n\n");
    await eventually("the second event", () => raw.received.includes("data: 2\n\n"));
  });

  it("carries large bodies whole both ways, and buffers little of a download nobody reads", async () => {
    const chunk = Buffer.alloc(MEBIBYTE / 4, "x");
    let written = 0;
    const app = await rig.app("", (request, response) => {
      if (request.method === "POST") {
        let size = 0;
        request.on("data", (part: Buffer) => (size += part.length)).on("end", () => response.end(String(size)));
        return;
      }
      const more = (): void => {
        while (written < 64 * MEBIBYTE) {
          written += chunk.length;
          if (!response.write(chunk)) {
            response.once("drain", more);
            return;
          }
        }
        response.end();
      };
      more();
    });
    await rig.start({ blue: [app.instance] });
    const upload = await fetch(rig.url(), { method: "POST", body: Buffer.alloc(20 * MEBIBYTE, "y") });
    expect(await upload.text()).to.equal(String(20 * MEBIBYTE));

    const slow = httpRequest(rig.url()).end();
    const [response] = (await once(slow, "response")) as [IncomingMessage];
    let before = -1;
    await eventually("the instance to be held back", () => {
      const still = written === before;
      before = written;
      return still && written > 0;
    });
    expect(written).to.be.lessThan(40 * MEBIBYTE);
    let size = 0;
    for await (const part of response as AsyncIterable<Buffer>) size += part.length;
    expect(size).to.equal(64 * MEBIBYTE);
  });

  it("asks for the body of a client that waits to be asked, once an instance is there to take it", async () => {
    const app = await rig.app("", (request, response) => {
      let body = "";
      request.on("data", (part) => (body += String(part))).on("end", () => response.end(`got ${body}`));
    });
    await rig.start({ blue: [app.instance] });
    const raw = await rig.raw();
    raw.send("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n");
    await eventually("100 Continue", () => raw.received === "HTTP/1.1 100 Continue\r\n\r\n");
    raw.send("hello");
    await eventually("the answer", () => raw.received.endsWith("got hello"));
  });

  it("lets an instance answer before it has read the request", async () => {
    const app = await rig.app("", (_, response) => {
      response.writeHead(413, { connection: "close" }).end("too much");
    });
    await rig.start({ blue: [app.instance] });
    const raw = await rig.raw();
    raw.send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${MEBIBYTE}\r\n\r\n${"x".repeat(1000)}`);
    await eventually("the answer", () => raw.received.includes("too much"));
    expect(raw.received).to.match(/^HTTP\/1.1 413/);
  });

  it("ends the client's connection when the instance breaks off, so that no answer is silently short", async () => {
    const app = await rig.app("", (request, response) => {
      if (request.url === "/length") response.writeHead(200, { "content-length": 100 });
      response.write("half");
      setImmediate(() => request.socket.destroy());
    });
    await rig.start({ blue: [app.instance] });
    for (const path of ["/length", "/chunked"]) {
      const raw = await rig.raw();
      raw.send(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
      await eventually("the connection's end", () => raw.ended);
      expect(raw.received).not.to.match(/\r\n0\r\n\r\n$/);
    }
    const { blue } = (await rig.client.traffic()).slots;
    expect(blue.broken).to.equal(2);
    expect(blue.inFlight).to.equal(0);
  });

  it("ends the request to the instance when the client goes away", async () => {
    const closed: string[] = [];
    const app = await rig.app("", (request, response) => {
      request.resume();
      response.on("close", () => closed.push(request.url ?? ""));
      if (request.url === "/begun") response.write("x");
    });
    await rig.start({ blue: [app.instance] });
    for (const path of ["/waiting", "/begun"]) {
      const raw = await rig.raw();
      raw.send(`POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf`);
      await eventually("the request to arrive", async () => (await rig.client.traffic()).slots.blue.inFlight === 1);
      if (path === "/begun") await eventually("the answer to begin", () => raw.received.includes("x"));
      raw.socket.destroy();
      await eventually("the instance to learn it", () => closed.includes(path));
    }
    await eventually("nothing to be in flight", async () => (await rig.client.traffic()).slots.blue.inFlight === 0);
    expect((await rig.client.traffic()).slots.blue.abandoned).to.equal(2);
  });

  it("carries websockets both ways, from the first byte to the closing code", async () => {
    const app = await rig.app("blue");
    const sockets = new WebSocketServer({ server: app.server, path: "/ws" });
    sockets.on("connection", (socket, request) => {
      socket.send(`hello ${request.headers["x-forwarded-for"] as string}`);
      socket.on("message", (data: Buffer) => {
        if (data.toString() === "bye") socket.close(4001, "as you wish");
        else socket.send(data);
      });
    });
    await rig.start({ blue: [app.instance] });
    const client = new WebSocket(`ws://127.0.0.1:${rig.port}/ws`);
    const [hello] = (await once(client, "message")) as [Buffer];
    expect(hello.toString()).to.equal("hello 127.0.0.1");
    const big = Buffer.alloc(MEBIBYTE, "z");
    client.send(big);
    const [echo] = (await once(client, "message")) as [Buffer];
    expect(echo.equals(big)).to.equal(true);
    const open = (await rig.client.traffic()).slots.blue;
    expect(open.upgraded).to.equal(1);
    expect(open.inFlight).to.equal(0);
    expect(open.classes["1xx"]).to.equal(1);
    client.send("bye");
    const [code, reason] = (await once(client, "close")) as [number, Buffer];
    expect(code).to.equal(4001);
    expect(reason.toString()).to.equal("as you wish");
    await eventually("the tunnel to end", async () => (await rig.client.traffic()).slots.blue.upgraded === 0);
    sockets.close();
  });

  it("passes on an instance's refusal of a websocket", async () => {
    const app = await rig.app("blue");
    app.server.on("upgrade", (_, socket) =>
      socket.end("HTTP/1.1 401 Unauthorized\r\ncontent-length: 4\r\nx-why: token\r\nconnection: close\r\n\r\nnope"),
    );
    await rig.start({ blue: [app.instance] });
    const client = new WebSocket(`ws://127.0.0.1:${rig.port}/ws`);
    const [, response] = (await once(client, "unexpected-response")) as [unknown, IncomingMessage];
    expect(response.statusCode).to.equal(401);
    expect(response.headers["x-why"]).to.equal("token");
    let body = "";
    for await (const part of response) body += String(part);
    expect(body).to.equal("nope");
  });
});
