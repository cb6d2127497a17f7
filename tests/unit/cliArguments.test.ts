import { expect } from "chai";
import * as verbs from "../../cli/index";
import { main } from "../../cli/main";
import type { Verbs } from "../../cli/program";

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
  /** What the verbs were called with, without what every verb is given. */
  calls: [string, ...unknown[]][];
}

/** Runs a command line whose verbs answer at once. */
async function run(args: string[], answers: Partial<Record<keyof Verbs, unknown>> = {}, env = {}): Promise<Ran> {
  const ran: Ran = { code: -1, stdout: "", stderr: "", calls: [] };
  const using = Object.fromEntries(
    Object.entries(verbs).map(([name, verb]) => [
      name,
      typeof verb !== "function" || name === "Failure"
        ? verb
        : (...given: unknown[]): Promise<unknown> => {
            ran.calls.push([name, ...given.map(withoutStandard)]);
            const answer = answers[name as keyof Verbs];
            return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
          },
    ]),
  ) as unknown as Verbs;
  const stdout = { write: (text: string) => (ran.stdout += text) };
  const stderr = { write: (text: string) => (ran.stderr += text) };
  ran.code = await main(args, undefined, { stdout, stderr, env }, using);
  return ran;
}

function withoutStandard(given: unknown): unknown {
  if (typeof given !== "object" || given === null) return given;
  const standard = ["say", "signal", "engineSignal"];
  return Object.fromEntries(Object.entries(given).filter(([name]) => !standard.includes(name)));
}

const switched = { switched: true, from: "blue", to: "green", release: "1.1.0-bbbbbbbbbbbb" };

describe("arguments of the command line", () => {
  it("reach the verbs as options", async () => {
    const { calls, code } = await run(
      ["deploy", "1.1.0", "--yes", "--slot", "green", "--command", "node", "server.js", "--directory", "app"].concat([
        "--set",
        "replicas=2",
        "environment.A=b=c",
        "--switch",
        "-s",
        "prod",
        "-C",
        "/srv",
        "--policy-pack",
        "policies",
      ]),
      { deploy: { slot: "green", version: "1.1.0", release: "1.1.0-b", initial: false } },
    );
    expect(code).to.equal(0);
    const set = { replicas: "2", "environment.A": "b=c" };
    const options = { slot: "green", command: ["node", "server.js"], directory: "app", set, switch: true };
    expect(calls).to.deep.equal([
      ["deploy", "1.1.0", { ...options, stack: "prod", cwd: "/srv", policyPacks: ["policies"] }],
    ]);
  });

  it("ask before a change, and not with --yes", async () => {
    const asking = await run(["switch"], { switchTo: switched });
    expect((asking.calls[0]?.[1] as { confirm?: unknown }).confirm).to.be.a("function");
    const sure = await run(["switch", "green", "--yes"], { switchTo: switched });
    expect(sure.calls).to.deep.equal([["switchTo", { slot: "green" }]]);
  });

  for (const verb of ["approve", "reject", "abort", "promote"] as const) {
    it(`have ${verb} decide about the cutover that is running, or about one by its id, and never ask`, async () => {
      const decision = { action: verb, by: "ann@desk", at: "2026-01-01T00:00:00.000Z", reason: "looks well" };
      const answers = { [verb]: { cutover: "c1", stage: "BAKE_TIME", decision, next: "it goes on" } };
      const { code, calls, stdout } = await run([verb], answers);
      expect(code).to.equal(0);
      expect(calls[0]?.[0]).to.equal(verb);
      expect(calls[0]?.[1]).not.to.have.any.keys("cutover", "reason");
      expect(stdout).to.equal(`${verb} c1, by ann@desk: looks well\nnext: it goes on\n`);
      const named = await run([verb, "c1", "--reason", "looks well", "--json"], answers);
      expect(named.calls[0]?.[1]).to.include({ cutover: "c1", reason: "looks well" });
      expect(JSON.parse(named.stdout)).to.deep.equal(answers[verb]);
    });
  }

  it("say that a contract migration may be passed", async () => {
    const there = await run(["switch", "--past-contract", "--yes"], { switchTo: switched });
    expect(there.calls).to.deep.equal([["switchTo", { pastContract: true }]]);
    const back = await run(["rollback", "--past-contract", "--full", "--yes"], { rollback: switched });
    expect(back.calls).to.deep.equal([["rollback", { full: true, pastContract: true }]]);
  });

  it("exit with 5 when a switch still needs approval", async () => {
    const { code } = await run(["switch", "--yes"], {
      switchTo: new verbs.Failure("unapproved", "nobody approved it"),
    });
    expect(code).to.equal(5);
    expect((await run(["--help"])).stdout).to.match(/\n {2}5 {4}a switch still needs approval/);
  });

  const wrong: [string, string[], RegExp][] = [
    ["no verb", [], /Usage: bluegreen/],
    ["an unknown verb", ["swich"], /unknown command 'swich'/],
    ["an unknown option", ["status", "--jsn"], /unknown option '--jsn'/],
    ["a missing version", ["deploy"], /missing required argument 'version'/],
    ["an unknown slot", ["switch", "purple"], /found purple; wanted blue or green/],
    ["too many arguments", ["deploy", "1.1.0", "green"], /too many arguments/],
    ["a setting without a value", ["deploy", "1", "--set", "replicas"], /found replicas; wanted key=value/],
    ["a limit that is no count", ["history", "--limit", "0"], /found 0; wanted a whole number, at least 1/],
    ["both a slot and --releases", ["cleanup", "blue", "--releases", "--yes"], /either a slot or --releases/],
    ["neither a slot nor --releases", ["cleanup", "--yes"], /either a slot or --releases/],
  ];
  for (const [what, args, said] of wrong) {
    it(`exit with 2 for ${what}, and nothing was called`, async () => {
      const { code, stderr, stdout, calls } = await run(args);
      expect(code).to.equal(2);
      expect(stderr).to.match(said);
      expect(stdout).to.equal("");
      expect(calls).to.deep.equal([]);
    });
  }

  it("exit with 0 for help and version", async () => {
    expect((await run(["--help"])).stdout).to.match(/Exit codes:\n {2}0 {4}done, or nothing to do/);
    expect((await run(["switch", "--help"])).stdout).to.match(/Exit codes:/);
    const { code, stdout } = await run(["--version"]);
    expect(code).to.equal(0);
    expect(stdout).to.match(/^\d+\.\d+\.\d+/);
  });

  it("exit with the code of the failure, and print it on standard error only", async () => {
    const { code, stdout, stderr } = await run(["stop", "blue", "--yes"], {
      stop: new verbs.Failure("refused", "blue serves 100 % of the traffic and was not stopped."),
    });
    expect(code).to.equal(3);
    expect(stdout).to.equal("");
    expect(stderr).to.equal("error: blue serves 100 % of the traffic and was not stopped.\n");
  });

  it("exit with 1 when a health check found something", async () => {
    const evidence = {
      slot: "blue",
      release: "1.0.0-a",
      checks: [],
      verdict: "timeout",
      durationMs: 5,
      healthy: false,
    };
    const { code, stdout } = await run(["health-check"], { healthCheck: evidence });
    expect(code).to.equal(1);
    expect(stdout).to.match(/not healthy \(timeout\)/);
  });

  it("print exactly the result with --json", async () => {
    const { stdout } = await run(["switch", "--yes", "--json"], { switchTo: switched });
    expect(JSON.parse(stdout)).to.deep.equal(switched);
  });

  it("colour for who wants it, and never with NO_COLOR", async () => {
    const answers = { switchTo: switched };
    const colour = new RegExp(String.fromCharCode(27));
    expect((await run(["switch", "--yes"], answers)).stdout).not.to.match(colour);
    expect((await run(["switch", "--yes"], answers, { FORCE_COLOR: "1" })).stdout).to.match(colour);
    expect((await run(["switch", "--yes"], answers, { FORCE_COLOR: "1", NO_COLOR: "1" })).stdout).not.to.match(colour);
  });
});
