import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { SourceSettings } from "../../components/model/objective";
import { httpSource } from "../../components/objectives/sources/http";
import { prometheusSource } from "../../components/objectives/sources/prometheus";
import { SampleTimeout, type SampleContext } from "../../components/objectives/source";
import { answering, type Answering } from "../support/answering";
import { refusal, sampleContext } from "../support/objective";
import { skip } from "../support/skip";

type Http = Extract<SourceSettings, { kind: "http" }>;
type Prometheus = Extract<SourceSettings, { kind: "prometheus" }>;
const secrets = (name: string) => (name === "TOKEN" ? "s3cr3t-token\n" : undefined);

const open: Answering[] = [];
async function serve(...given: Parameters<typeof answering>): Promise<Answering> {
  const server = await answering(...given);
  open.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

function ask(url: string, changes: Partial<Http> = {}, context: Partial<SampleContext> = {}) {
  const settings: Http = { kind: "http", url, method: "GET", headers: {}, pointer: "/v", ...changes };
  return httpSource(settings).sample(sampleContext({ secrets, ...context }));
}

describe("a JSON answer as a source", () => {
  it("gives the number at the pointer", async () => {
    const server = await serve({ body: `{"data":{"values":[{"rate":0.25}]}}` });
    expect(await ask(server.url, { pointer: "/data/values/0/rate" })).deep.equal({
      value: 0.25,
      detail: "/data/values/0/rate is 0.25",
    });
  });

  it("says who is asked about, in the form that a URL needs, and in headers", async () => {
    const server = await serve({ body: `{"v":1}`, type: "application/vnd.api+json; charset=utf-8" });
    const url = `${server.url}/m?slot={{slot}}&v={{version}}&over={{interval}}`;
    await ask(url, { headers: { "x-release": "{{release}}" } }, { version: "1 & 2" });
    expect(server.requests[0]).include({ path: "/m?slot=green&v=1%20%26%202&over=5s" });
    expect(server.requests[0]?.headers).include({ "x-release": "1.1.0-bbbbbbbbbbbb" });
  });

  it("signs in with the secrets that auth names", async () => {
    const server = await serve({ body: `{"v":1}` });
    await ask(server.url, { auth: { bearer: "TOKEN" } });
    const basic = { username: "ann", password: "PASSWORD" };
    await ask(server.url, { auth: basic }, { secrets: () => "pässword" });
    const [first, second] = server.requests.map(({ headers }) => headers.authorization);
    expect(first).equal("Bearer s3cr3t-token");
    expect(Buffer.from(second?.split(" ")[1] ?? "", "base64").toString()).equal("ann:pässword");
  });

  it("takes null for no data", async () => {
    const server = await serve({ body: `{"v":null}` });
    expect(await ask(server.url)).deep.equal({ missing: `GET ${server.url}: /v is null` });
  });

  const wrong: [string, Parameters<typeof answering>[0], string][] = [
    ["a text where a number is wanted", { body: `{"v":"12"}` }, `/v is the text "12", not a number`],
    ["a truth value", { body: `{"v":true}` }, "/v is true, not a number"],
    ["a list", { body: `{"v":[1]}` }, "/v is a list, not a number"],
    ["an object", { body: `{"v":{}}` }, "/v is an object, not a number"],
    ["nothing at the pointer", { body: `{"w":1}` }, `there is no /v in "{\\"w\\":1}"`],
    ["no JSON", { body: "NaN" }, `not JSON but "NaN"`],
    [
      "another content type",
      { body: "<p>1</p>", type: "text/html" },
      `content type text/html, wanted application/json: "<p>`,
    ],
    ["an error", { status: 500, body: "down" }, `status 500: "down"`],
    ["a refusal", { status: 401, body: "no token s3cr3t-token" }, 'access refused (401), check auth: "no token ***"'],
    [
      "a redirect",
      { status: 302, headers: { location: "http://elsewhere/" } },
      "it redirects (302), which is not followed",
    ],
    ["more than it should", { body: `{"v":"${"x".repeat(1_100_000)}"}` }, "the answer is larger than 1024 KiB"],
  ];
  for (const [what, reply, says] of wrong) {
    it(`refuses ${what}, and says what was found`, async () => {
      const server = await serve(reply);
      const message = await refusal(ask(server.url, { auth: { bearer: "TOKEN" } }));
      expect(message).contain(says);
      expect(message).contain(`GET ${server.url}`);
      expect(message).not.contain("s3cr3t");
    });
  }

  it("names a secret that does not exist", async () => {
    expect(await refusal(ask("http://127.0.0.1:9", { auth: { bearer: "OTHER" } }))).equal(
      "the configuration's secrets have no OTHER, which auth names",
    );
  });

  it("names an address that cannot be reached, without what it was asked with", async () => {
    const server = await serve({});
    await server.close();
    const message = await refusal(ask(`${server.url}/m?key=s3cr3t`, { auth: { bearer: "TOKEN" } }));
    expect(message).equal(`GET ${server.url}/m: connection refused; does it run there?`);
  });

  it("gives up at the deadline, and when nobody waits any more", async () => {
    const server = await serve("hang");
    const late = ask(server.url, {}, { timeoutMs: 200 });
    expect(await late.catch((error: unknown) => error)).instanceOf(SampleTimeout);
    expect(await refusal(late)).equal(`GET ${server.url}: no answer within 200 ms`);
    const stopped = new AbortController();
    const cut = ask(server.url, {}, { signal: stopped.signal });
    stopped.abort();
    await refusal(cut);
  });
});

describe("HTTPS as a source", function () {
  let dir: string;
  let tls: { key: string; cert: string };

  before(function () {
    dir = mkdtempSync(join(tmpdir(), "objective-tls-"));
    try {
      execFileSync(
        "openssl",
        // prettier-ignore
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=metrics",
          "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", join(dir, "key.pem"), "-out", join(dir, "cert.pem")],
        { stdio: "pipe" },
      );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") skip(this, "there is no openssl on PATH");
      throw error;
    }
    tls = { key: readFileSync(join(dir, "key.pem"), "utf8"), cert: readFileSync(join(dir, "cert.pem"), "utf8") };
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  it("trusts the certificates of the file it is given, and no others", async () => {
    const server = await serve({ body: `{"v":1}` }, tls);
    expect(await ask(server.url, { ca: join(dir, "cert.pem") })).include({ value: 1 });
    expect(await ask(server.url, { insecure: true })).include({ value: 1 });
    expect(await refusal(ask(server.url))).match(/^GET https:.*self.signed certificate/);
    expect(await refusal(ask(server.url, { ca: join(dir, "none.pem") }))).contain(
      "CA certificates cannot be read: ENOENT",
    );
  });
});

describe("an answer of Prometheus' API", () => {
  async function query(result: unknown, changes: Partial<Prometheus> = {}) {
    const body = typeof result === "string" ? result : JSON.stringify({ status: "success", data: result });
    const server = await serve({ body });
    const settings: Prometheus = {
      kind: "prometheus",
      url: `${server.url}/prom/`,
      query: `up{slot="{{slot}}"}`,
      ...changes,
    };
    return { server, sample: prometheusSource(settings).sample(sampleContext({ secrets, version: `a"b\\c` })) };
  }

  it("is asked for by a form, below the server's own path", async () => {
    const { server, sample } = await query(
      { resultType: "scalar", result: [1, "4"] },
      { query: `x{v="{{version}}"}[{{interval}}]` },
    );
    expect(await sample).deep.equal({ value: 4, detail: "4" });
    expect(server.requests[0]).include({ method: "POST", path: "/prom/api/v1/query" });
    expect(new URLSearchParams(server.requests[0]?.body).get("query")).equal(`x{v="a\\x22b\\x5cc"}[5s]`);
  });

  const wrong: [string, unknown, string][] = [
    ["a text", { resultType: "string", result: [1, "x"] }, "gives a text"],
    ["a range", { resultType: "matrix", result: [] }, "gives a range of values; use rate()"],
    ["a histogram", { resultType: "vector", result: [{ metric: {}, histogram: [1, {}] }] }, "use histogram_quantile()"],
    ["no number", { resultType: "scalar", result: [1, "many"] }, `"many" is not a number`],
    ["another API", `{"status":"ok"}`, "is not one of Prometheus' query API"],
    ["another kind of result", { resultType: "tensor", result: [] }, "is not one of Prometheus' query API"],
  ];
  for (const [what, result, says] of wrong) {
    it(`that gives ${what} is refused`, async () => {
      const { sample } = await query(result);
      expect(await refusal(sample)).contain(says);
    });
  }

  it("that is infinite is a value", async () => {
    const { sample } = await query({ resultType: "vector", result: [{ metric: {}, value: [1, "+Inf"] }] });
    expect(await sample).include({ value: Infinity });
  });
});
