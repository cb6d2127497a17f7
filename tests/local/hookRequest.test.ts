import { expect } from "chai";
import type { Hook } from "../../components/hooks/hook";
import { runHook, type HookMeans } from "../../components/hooks/run";
import { systemClock } from "../../components/model/clock";
import { hookContext, httpHook } from "../support/hooks";
import { webServers, WebServer } from "../support/webServer";

describe("a hook that sends a request", function () {
  this.timeout(120_000);
  const serve = webServers();
  const run = (hook: Hook, means: HookMeans = {}) => runHook(hook, hookContext(), systemClock, means);

  it("passes with a 2xx answer, and tells of the cutover as JSON", async () => {
    const server = await serve((_, response) => response.writeHead(202).end());
    expect(await run(httpHook(`${server.origin}/hook?key=1`))).include({
      verdict: "pass",
      detail: `${server.origin}/… answered 202`,
    });
    const [seen] = server.seen;
    expect(seen).include({ method: "POST", path: "/hook?key=1" });
    expect(seen?.headers).include({ "content-type": "application/json" });
    expect(JSON.parse(seen?.body ?? "")).deep.equal(hookContext());
  });

  it("sends its own body and headers, and secrets as headers", async () => {
    const server = await serve((_, response) => response.end());
    const hook = httpHook(
      server.origin,
      { body: "warm up", headers: { "X-Team": "shop" } },
      { secrets: { Authorization: "token" } },
    );
    await run(hook, { secrets: { token: "Bearer abcdefgh" } });
    expect(server.seen[0]).include({ body: "warm up" });
    expect(server.seen[0]?.headers).include({
      authorization: "Bearer abcdefgh",
      "x-team": "shop",
      "content-type": "text/plain; charset=utf-8",
    });
  });

  it("fails with another status, with neither path nor secrets in what it says", async () => {
    const server = await serve((_, response) => response.writeHead(500).end("token abcdefgh is wrong"));
    const { verdict, detail } = await run(httpHook(`${server.origin}/private-path`), {
      secrets: { token: "abcdefgh" },
    });
    expect(verdict).equal("fail");
    expect(detail).equal(`POST ${server.origin}/… → status 500, wanted 2xx: "token *** is wrong"`);
  });

  it("fails when the JSON is not as wanted, and passes as soon as it is", async () => {
    const server = await serve((_, response, count) => response.end(JSON.stringify({ saved: count >= 2 })));
    const wanted = { method: "GET", json: [{ pointer: "/saved", equals: true }] };
    const once = await run(httpHook(server.origin, wanted));
    expect(once).include({ verdict: "fail", detail: `GET ${server.origin}/… → /saved is false, wanted true` });
    expect(await run(httpHook(server.origin, wanted, { retries: 3 }))).include({ verdict: "pass", attempts: 1 });
    expect(server.seen[0]?.body).equal("");
  });

  it("fails when the answer should be JSON and is not", async () => {
    const server = await serve((_, response) => response.end("<html>"));
    const { verdict, detail } = await run(httpHook(server.origin, { json: [{ pointer: "/saved" }] }));
    expect({ verdict, detail }).deep.equal({
      verdict: "fail",
      detail: `POST ${server.origin}/… → body is not JSON: "<html>"`,
    });
  });

  it("does not follow a redirect", async () => {
    const server = await serve((_, response) => response.writeHead(302, { location: "/elsewhere" }).end());
    expect(await run(httpHook(server.origin))).include({ verdict: "fail" });
    expect(server.seen).have.length(1);
  });

  it("is tried again until it passes", async () => {
    const server = await serve((_, response, count) => response.writeHead(count < 3 ? 503 : 200).end());
    expect(await run(httpHook(server.origin, {}, { retries: 4 }))).include({ verdict: "pass", attempts: 3 });
  });

  for (const [what, begin] of [
    ["never answers", false],
    ["begins to answer and never ends", true],
  ] as const) {
    it(`times out at its deadline when the server ${what}`, async () => {
      const server = await serve((_, response) => {
        if (begin) response.writeHead(200).write("{");
      });
      const result = await run(httpHook(server.origin, {}, { deadlineMs: 400 }));
      expect(result.verdict).equal("timeout");
      expect(result.durationMs).least(390);
    });
  }

  it("is an error when nobody listens", async () => {
    const server = await WebServer.start(() => undefined);
    const { origin } = server;
    await server.stop();
    expect(await run(httpHook(origin))).include({ verdict: "error", detail: `POST ${origin}/… → connection refused` });
  });

  it("is ended by an abort", async () => {
    const abort = new AbortController();
    const server = await serve(() => abort.abort());
    const result = await run(httpHook(server.origin, {}, { retries: 5, deadlineMs: 60_000 }), { signal: abort.signal });
    expect(result).include({ verdict: "error", attempts: 1 });
    expect(result.detail).include("it was stopped");
  });
});
