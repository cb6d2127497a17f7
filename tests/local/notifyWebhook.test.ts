import { expect } from "chai";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../components/model/clock";
import { Outbox, type OutboxArgs } from "../../components/notify/outbox";
import { OutboxFile } from "../../components/notify/outboxFile";
import { postWebhook } from "../../components/notify/webhook";
import { eventually } from "../support/eventually";
import { happening as happeningThen, target } from "../support/happenings";
import { webServers, WebServer } from "../support/webServer";

/** News of more than a day ago would not be told any more. */
const happening: typeof happeningThen = (transition, changes) =>
  happeningThen(transition, { at: new Date().toISOString(), ...changes });

describe("a webhook", function () {
  this.timeout(120_000);
  const serve = webServers();
  let folder: string;
  let said: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bg-notify-"));
    said = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const file = () => join(folder, "outbox", "journal.json");
  const open = (targets: OutboxArgs["targets"], changes: Partial<OutboxArgs> = {}) =>
    new Outbox({
      targets,
      store: new OutboxFile(file()),
      clock: systemClock,
      say: (line) => said.push(line),
      ...changes,
    });
  const keys = (server: WebServer) => server.seen.map(({ headers }) => headers["idempotency-key"]);

  it("is told in the background, with JSON and an idempotency key", async () => {
    const server = await serve((_, response) => response.end());
    const outbox = open([target("ops", { url: `${server.origin}/hook` })]);
    outbox.publish(happening("started", { event: "started" }));
    outbox.publish(happening("end", { event: "promoted" }));
    await eventually("both events come", () => server.seen.length === 2);
    expect(server.seen.map(({ method, path }) => `${method} ${path}`)).deep.equal(["POST /hook", "POST /hook"]);
    expect(server.seen[0]?.headers).include({ "content-type": "application/json", "user-agent": "pulumi-bluegreen" });
    expect(JSON.parse(server.seen[1]?.body ?? "")).include({ key: "c1/2", event: "promoted" });
    expect(await outbox.flush(30_000)).deep.equal({ waiting: {} });
    expect(said).deep.equal([]);
  });

  it("is told again after an error, and of nothing twice that it acknowledged", async () => {
    const server = await serve((_, response, count) => response.writeHead(count === 1 ? 500 : 200).end());
    const outbox = open([target("ops", { url: server.origin })]);
    outbox.publish(happening("started"));
    outbox.publish(happening("end"));
    expect(await outbox.flush(30_000)).deep.equal({ waiting: {} });
    expect(keys(server)).deep.equal(["c1/1", "c1/1", "c1/2"]);
  });

  it("that is dead holds nothing up, and is told by the next run what it missed", async () => {
    const gone = await WebServer.start(() => undefined);
    const { origin } = gone;
    await gone.stop();
    const first = open([target("ops", { url: `${origin}/secret-path?key=secret-key`, retries: 0 })]);
    first.publish(happening("started"));
    first.publish(happening("stage/A"));
    expect(await first.flush(30_000)).deep.equal({ waiting: { ops: 2 } });
    expect(said).deep.equal([
      `notify ops: could not send c1/1 to ${origin}/…: connection refused`,
      "notify ops: 2 events are left for the next run to tell",
    ]);
    const server = await serve((_, response) => response.end());
    const second = open([target("ops", { url: server.origin })]);
    second.publish(happening("stage/A"));
    second.publish(happening("end"));
    expect(await second.flush(30_000)).deep.equal({ waiting: {} });
    expect(keys(server)).deep.equal(["c1/1", "c1/2", "c1/3"]);
    const third = open([target("ops", { url: server.origin })]);
    third.publish(happening("end"));
    expect(await third.flush(30_000)).deep.equal({ waiting: {} });
    expect(server.seen).have.length(3);
  });

  it("that never answers holds up neither another one nor the end", async () => {
    const hanging = await serve(() => undefined);
    const server = await serve((_, response) => response.end());
    const outbox = open([
      target("hanging", { url: hanging.origin, timeoutMs: 60_000 }),
      target("ops", { url: server.origin }),
    ]);
    outbox.publish(happening("started"));
    await eventually(
      "the other one is told, and the hanging one asked",
      () => server.seen.length === 1 && hanging.seen.length === 1,
    );
    const before = Date.now();
    expect(await outbox.flush(300)).deep.equal({ waiting: { hanging: 1 } });
    // The webhook's own deadline is a minute.
    expect(Date.now() - before).below(30_000);
  });

  it("has its address in no file and no message, whatever happens", async () => {
    const server = await serve((_, response, count) =>
      response.writeHead([404, 302, 500][count - 1] ?? 200).end("/T000/B000/secret-token"),
    );
    const secrets = { hook: `${server.origin}/T000/B000/secret-token` };
    const targets = [{ ...target("ops"), urlSecret: "hook", format: "slack" as const, retries: 0 }].map(
      ({ url: _url, ...rest }) => rest,
    );
    const outbox = open(targets, { secrets });
    for (const name of ["a", "b", "c"]) outbox.publish(happening(name, { detail: `see ${secrets.hook}` }));
    await outbox.flush(30_000);
    expect(server.seen).not.deep.equal([]);
    expect(said.join("\n")).include(`${server.origin}/…`).and.not.include("secret-token").and.not.include("T000");
    expect(server.seen.map(({ body }) => body).join("\n")).not.include("secret-token");
  });

  for (const [status, result] of [
    [200, "acknowledged"],
    [202, "acknowledged"],
    [302, "refused"],
    [400, "refused"],
    [404, "refused"],
    [408, "unknown"],
    [429, "unknown"],
    [500, "unknown"],
    [503, "unknown"],
  ] as const) {
    it(`that answers ${status} is: ${result}`, async () => {
      const server = await serve((_, response) => response.writeHead(status, { "retry-after": "7" }).end());
      const signal = new AbortController().signal;
      const receipt = await postWebhook({ url: server.origin, headers: {}, body: "{}", timeoutMs: 30_000, signal });
      expect(receipt).deep.equal({
        result,
        detail: `status ${status}`,
        ...(result === "unknown" ? { retryAfterMs: 7000 } : {}),
      });
    });
  }
});

describe("the journal file", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bg-outbox-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("is there for its owner alone, and is read as it was written", async () => {
    const store = new OutboxFile(join(folder, "deep", "journal.json"));
    expect(await store.load()).equal(undefined);
    const journal = { version: 1 as const, entries: [{ event: { ...happening("a"), sequence: 1 }, waiting: ["ops"] }] };
    await store.save(journal);
    expect(await store.load()).deep.equal(journal);
    expect(statSync(join(folder, "deep", "journal.json")).mode & 0o777).equal(0o600);
  });

  it("is moved aside when it is no journal", async () => {
    for (const text of ["", '{"version":1,"ent', '{"version":2,"entries":[]}', "[]"]) {
      const path = join(folder, "journal.json");
      writeFileSync(path, text);
      expect(await new OutboxFile(path).load()).equal(undefined);
      expect(readdirSync(folder)).deep.equal(["journal.json.unreadable"]);
      expect(readFileSync(`${path}.unreadable`, "utf8")).equal(text);
    }
  });
});
