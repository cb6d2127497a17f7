import { expect } from "chai";
import { systemClock } from "../../components/model/clock";
import type { Auth } from "../../components/model/objective";
import { monitor } from "../../components/objectives/monitor";
import type { SampleContext } from "../../components/objectives/source";
import { prometheusSource } from "../../components/objectives/sources/prometheus";
import { MemoryClock } from "../support/memoryClock";
import { MemoryDriver } from "../support/memoryDriver";
import { eventually } from "../support/eventually";
import { objective, refusal, sampleContext } from "../support/objective";
import {
  findPrometheus,
  NO_PROMETHEUS,
  startExporter,
  startPrometheus,
  type RunningPrometheus,
} from "../support/prometheus";
import { skip } from "../support/skip";

/** bcrypt of `open sesame`, with the least cost there is. */
const HASH = "$2b$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy";
const authorization = `Basic ${Buffer.from("ann:open sesame").toString("base64")}`;
const secrets = (name: string) => ({ PASSWORD: "open sesame", WRONG: "open rye" })[name];

describe("a real Prometheus as a source", function () {
  this.timeout(120_000);
  let prometheus: RunningPrometheus | undefined;
  let exporter: Awaited<ReturnType<typeof startExporter>> | undefined;
  let errors = 0;

  before(async function () {
    const program = findPrometheus();
    if (program === undefined) skip(this, NO_PROMETHEUS);
    exporter = await startExporter(() =>
      [
        `app_errors{slot="green"} ${errors}`,
        `app_errors{slot="blue"} 7`,
        `app_requests{slot="green"} 0`,
        `app_failed{slot="green"} 0`,
        "",
      ].join("\n"),
    );
    prometheus = await startPrometheus(program, {
      targets: [exporter.target],
      user: { name: "ann", hash: HASH },
      authorization,
    });
    const server = prometheus;
    await eventually("the exporter is scraped", async () => (await server.ask(`app_errors{slot="blue"}`)) === "7");
  });
  after(async () => {
    await prometheus?.stop();
    await exporter?.close();
  });

  const ann: Auth = { username: "ann", password: "PASSWORD" };
  function ask(query: string, auth: Auth = ann, context: Partial<SampleContext> = {}) {
    const settings = { kind: "prometheus" as const, url: prometheus?.url ?? "", query, auth };
    return prometheusSource(settings).sample(sampleContext({ secrets, ...context }));
  }

  it("gives the value of the slot that is judged, and of the other one for a comparison", async () => {
    const query = `app_errors{slot="{{slot}}"}`;
    expect(await ask(query)).deep.equal({ value: 0, detail: "0" });
    expect(await ask(query, ann, { slot: "blue" })).deep.equal({ value: 7, detail: "7" });
  });

  it("gives a scalar, and what is infinite", async () => {
    expect(await ask("scalar(sum(app_errors))"))
      .have.property("value")
      .least(7);
    expect(await ask("vector(1) / 0")).include({ value: Infinity });
  });

  it("has no data where there is no series", async () => {
    expect(await ask(`app_errors{slot="{{slot}}",release="none"}`)).deep.equal({
      missing: `no series for green: app_errors{slot="green",release="none"}`,
    });
  });

  it("has no data where a share of nothing is asked for", async () => {
    const found = await ask(`sum(app_failed{slot="{{slot}}"}) / sum(app_requests{slot="{{slot}}"})`);
    expect(found).have.property("missing").contain("NaN, most often a share of no requests");
  });

  const refused: [string, string, string][] = [
    ["several series", "app_errors", "the query gives 2 series, wanted one; aggregate them"],
    ["a range of values", "app_errors[1m]", "the query gives a range of values"],
    ["a query that is none", "sum(app_errors", "refused the query (bad_data)"],
    ["a text", `"green"`, "the query gives a text"],
  ];
  for (const [what, query, says] of refused) {
    it(`refuses ${what}, and shows the query`, async () => {
      const message = await refusal(ask(query));
      expect(message)
        .contain(`Prometheus at ${prometheus?.url ?? ""}`)
        .contain(says)
        .contain(`query: ${query}`);
    });
  }

  it("says that access was refused, and not what was tried", async () => {
    const message = await refusal(ask("up", { username: "ann", password: "WRONG" }));
    expect(message).contain("access refused (401), check auth").not.contain("rye");
  });

  it("tells a breach as soon as a sample shows it", async () => {
    const settings = objective({
      source: {
        kind: "prometheus",
        url: prometheus?.url ?? "",
        query: `sum(app_errors{slot="{{slot}}"})`,
        auth: ann,
      },
      intervalMs: 200,
      timeoutMs: 20_000,
      consecutiveErrorLimit: 50,
    });
    let measured = 0;
    const { slot, release, version, service } = sampleContext();
    const driver = new MemoryDriver(new MemoryClock());
    const watched = monitor([settings], { slot, release, version, service, driver, secrets }, systemClock, () => {
      measured += 1;
    });
    try {
      await eventually("a value was measured", () => measured > 0);
      expect(watched.breach()).equal(undefined);
      errors = 5;
      const breach = await eventually("the breach is told", () => watched.breach());
      expect(breach).deep.include({ name: "errors", verdict: "fail" });
      expect(breach.detail).contain("5 (passes < 1)");
    } finally {
      errors = 0;
      await watched.stop();
    }
  });
});
