import { expect } from "chai";
import { configWith, load, problemsOf } from "../support/configs";

const release = { version: "1.0.0", command: ["node", "server.js"], directory: "app" };
const DURATION = (range: string) => `wanted a duration such as 500ms, 30s, 5m or 1h (${range})`;

/** Changes of a good configuration, and the only line they lead to. */
const CASES: [name: string, changes: Record<string, unknown>, problem: string][] = [
  [
    "a missing key",
    { service: undefined },
    "service: missing; wanted 1 to 32 lower-case letters, digits and dashes, starting with a letter",
  ],
  ["an empty text, as Pulumi.yaml declares it", { activeSlot: "" }, "activeSlot: missing; wanted blue or green"],
  [
    "a form that is not allowed",
    { service: "My Shop" },
    'service: found "My Shop"; wanted 1 to 32 lower-case letters, digits and dashes, starting with a letter',
  ],
  ["a word that is not among the allowed ones", { activeSlot: "red" }, 'activeSlot: found "red"; wanted blue or green'],
  ["a mistyped word", { activeSlot: "grene" }, 'activeSlot: found "grene"; wanted blue or green; did you mean green?'],
  ["an unknown platform", { platform: "moon" }, 'platform: found "moon"; wanted local'],
  [
    "a number above the limit",
    { gate: { successes: 101 } },
    "gate.successes: found 101; wanted a whole number from 1 to 100",
  ],
  ["a number below the limit", { history: { keep: 0 } }, "history.keep: found 0; wanted a whole number from 1 to 1000"],
  [
    "a fraction of what is whole",
    { gate: { retries: 1.5 } },
    "gate.retries: found 1.5; wanted a whole number from 0 to 20",
  ],
  [
    "a limit that must be above 0",
    { gate: { maxMemoryMiB: 0 } },
    "gate.maxMemoryMiB: found 0; wanted a number above 0",
  ],
  [
    "a percentage above 100",
    { bake: { maxErrorPercent: 101 } },
    "bake.maxErrorPercent: found 101; wanted a number from 0 to 100",
  ],
  [
    "text for a number",
    { gate: { retries: "many" } },
    'gate.retries: found "many"; wanted a whole number from 0 to 20',
  ],
  ["text for a choice of two", { gate: { enabled: "yes" } }, 'gate.enabled: found "yes"; wanted true or false'],
  ["a duration without a unit", { gate: { deadline: 60 } }, `gate.deadline: found 60; ${DURATION("from 1s to 24d")}`],
  [
    "a duration below the limit",
    { rollout: { confirm: "1s" } },
    `rollout.confirm: found "1s"; ${DURATION("from 2s to 5m")}`,
  ],
  [
    "a duration longer than any timer",
    { drain: { timeout: "30d" } },
    `drain.timeout: found "30d"; ${DURATION("at most 24d")}`,
  ],
  [
    "a version that YAML read as a number",
    { blue: { ...release, version: 1.1 } },
    "blue.version: found 1.1; wanted text, not empty; put it in quotes, since YAML reads 1.10 as 1.1",
  ],
  [
    "a digest of another form",
    { blue: { ...release, digest: "abc" } },
    'blue.digest: found "abc"; wanted sha256: and 64 hex digits',
  ],
  [
    "a map for text",
    { blue: { ...release, directory: { at: "app" } } },
    "blue.directory: found a map; wanted text, not empty",
  ],
  [
    "text for a list",
    { blue: { ...release, command: "node server.js" } },
    'blue.command: found "node server.js"; wanted a list with at least one entry; each entry: text, not empty',
  ],
  [
    "an empty list",
    { blue: { ...release, command: [] } },
    "blue.command: found []; wanted a list with at least one entry; each entry: text, not empty",
  ],
  ["a list for a map", { drain: [1] }, "drain: found [1]; wanted a map with the keys timeout"],
  [
    "nothing where a value belongs",
    { drain: { timeout: null } },
    `drain.timeout: found null; ${DURATION("at most 24d")}`,
  ],
  [
    "a path in a list",
    { gate: { smoke: [{ path: "/" }, { path: "shop" }] } },
    'gate.smoke[1].path: found "shop"; wanted a path starting with /, without spaces',
  ],
  [
    "a map to compare with",
    { gate: { smoke: [{ path: "/", json: [{ pointer: "/a", equals: {} }] }] } },
    "gate.smoke[0].json[0].equals: found an empty map; wanted text, a number, true or false or null",
  ],
  [
    "a variable's name that no shell knows",
    { environment: { "1A": "x" } },
    'environment["1A"]: this name is not allowed; wanted a variable\'s name: letters, digits and _, not starting with a digit',
  ],
  [
    "a header that would end the line",
    { gate: { smoke: [{ path: "/", headers: { a: "b\r\nc" } }] } },
    'gate.smoke[0].headers.a: found "b\\r\\nc"; wanted text in one line',
  ],
  [
    "text that is not JSON",
    { gate: "{deadline: 5s" },
    "gate: found text that cannot be read; wanted JSON text; `pulumi config set --path` and the stack's file spare you from writing it",
  ],

  [
    "steps that do not end at 100",
    { rollout: { steps: [5, 50] } },
    "rollout.steps: found [5,50]; wanted rising percentages that end with 100: the last step must be 100",
  ],
  [
    "steps that fall",
    { rollout: { steps: [50, 25, 100] } },
    "rollout.steps: found [50,25,100]; wanted rising percentages that end with 100: step 2 (25) must be above the one before it (50)",
  ],
  [
    "steps that nobody watches",
    { rollout: { steps: [50, 100], interval: "0s" } },
    'rollout.interval: found "0s"; wanted more than 0s when there are several steps, or no step would be watched',
  ],
  [
    "an active slot without a release",
    { activeSlot: "green", green: undefined },
    "green: missing; wanted a release, since activeSlot is green",
  ],
  [
    "an active slot with Pulumi.yaml's default",
    { activeSlot: "green", green: "{}" },
    "green: missing; wanted a release, since activeSlot is green",
  ],
  [
    "a gate that cannot pass in time",
    { gate: { successes: 10, interval: "10s" } },
    'gate.deadline: found "60s" (the default); wanted a longer time: 10 answers in a row, 10s apart, do not fit into it',
  ],
  [
    "a bake that cannot fail",
    { bake: { duration: "10s", interval: "5s" } },
    "bake.failureLimit: found 2 (the default); wanted at most 1: a bake of 10s measures every 5s, so it could never fail",
  ],
  [
    "a pattern that does not compile",
    { gate: { logErrors: { pattern: "(" } } },
    'gate.logErrors.pattern: found "("; wanted a regular expression: Unterminated group',
  ],
  [
    "an assertion that does not compile",
    { gate: { smoke: [{ path: "/", json: [{ pointer: "", matches: "[" }] }] } },
    'gate.smoke[0].json[0].matches: found "["; wanted a regular expression: Unterminated character class',
  ],
  [
    "a body with GET",
    { gate: { smoke: [{ path: "/", body: "a" }] } },
    'gate.smoke[0].body: found "a"; wanted no body with GET; set method to POST, PUT or PATCH',
  ],
  [
    "an assertion on the body of HEAD",
    { gate: { smoke: [{ path: "/", method: "HEAD", contains: "a" }] } },
    'gate.smoke[0].contains: found "a"; wanted nothing: HEAD has no body',
  ],
  [
    "an identity from nowhere",
    { gate: { identity: {} } },
    "gate.identity: found an empty map; wanted exactly one of header and pointer; none given",
  ],
  [
    "an identity from two places",
    { gate: { identity: { header: "x-version", pointer: "/version" } } },
    "gate.identity: found a map; wanted exactly one of header and pointer; both given",
  ],
  [
    "a reserved variable",
    { environment: { PORT: 80 } },
    "environment.PORT: found 80; wanted another name: the platform sets this variable for each instance",
  ],
  [
    "a reserved secret of a slot",
    { blue: { ...release, secrets: { SLOT: "s" } } },
    "blue.secrets.SLOT: found [secret]; wanted another name: the platform sets this variable for each instance",
  ],
  [
    "a secret that is a plain variable too",
    { environment: { TOKEN: "public" }, secrets: { TOKEN: "hidden" } },
    "secrets.TOKEN: found [secret]; wanted another name: the same variable is set by environment.TOKEN",
  ],
  [
    "a slot's secret that is a plain variable of the service",
    { environment: { A: "x" }, blue: { ...release, secrets: { A: "hidden" } } },
    "blue.secrets.A: found [secret]; wanted another name: the same variable is set by environment.A",
  ],
  [
    "a slot's variable that is a secret of the service",
    { secrets: { A: "hidden" }, blue: { ...release, environment: { A: "x" } } },
    'blue.environment.A: found "x"; wanted another name: the same variable is set by secrets.A',
  ],

  [
    "local: no program",
    { blue: { ...release, command: undefined } },
    "blue.command: missing; wanted the program and its arguments, such as [node, server.js]; the local platform starts it",
  ],
  [
    "local: no folder, which could only mean the whole project",
    { blue: { ...release, directory: undefined } },
    "blue.directory: missing; wanted the folder the program lives in; the local platform takes a snapshot of it",
  ],
  [
    "local: a port twice",
    { local: { greenPort: 5005 } },
    "local.greenPort: found 5005; wanted another port: local.bluePort is 5005 already",
  ],
  [
    "local: a port that is none",
    { local: { port: 70000 } },
    "local.port: found 70000; wanted a whole number from 1 to 65535",
  ],
];

describe("what is wrong with a configuration", () => {
  for (const [name, changes, problem] of CASES) {
    it(`is told: ${name}`, () => {
      expect(problemsOf(configWith(changes))).to.deep.equal([problem]);
    });
  }

  const typos: [changes: Record<string, unknown>, problem: string][] = [
    [{ activSlot: "blue" }, "activSlot: unknown key; did you mean activeSlot?"],
    [{ gate: { deadlin: "5s" } }, "gate.deadlin: unknown key; did you mean deadline?"],
    [{ gate: { deadlineSeconds: 5 } }, "gate.deadlineSeconds: unknown key; did you mean deadline?"],
    [{ gate: { failurelimit: 5 } }, "gate.failurelimit: unknown key; did you mean bake.failureLimit?"],
    [{ failureLimit: 5 }, "failureLimit: unknown key; did you mean bake.failureLimit?"],
    [{ blue: { ...release, Version: "2" } }, "blue.Version: unknown key; did you mean version?"],
    [{ gate: { smoke: [{ path: "/", stauts: 404 }] } }, "gate.smoke[0].stauts: unknown key; did you mean status?"],
    [{ drain: { colour: "red" } }, "drain.colour: unknown key; known here: timeout"],
  ];
  for (const [changes, problem] of typos) {
    it(`suggests the nearest key: ${problem.split(";")[0] ?? ""}`, () => {
      expect(problemsOf(configWith(changes))).to.deep.equal([problem]);
    });
  }

  it("is told at once, single keys, unknown keys, rules over several keys and the environment together", () => {
    const raw = configWith({
      service: "X",
      gate: { deadlin: "5s", retries: -1, identity: {} },
      rollout: { steps: [50, 20, 100] },
      environment: { PORT: "1" },
      secrets: "{",
    });
    const found = problemsOf(raw, { prefix: "bluegreen:", environment: { BLUE_PORT: "blue", GREEN_PORT: "5004" } });
    const keys = found.map((line) => line.slice(0, line.search(/: (found|unknown|missing)/)));
    expect(keys).to.have.members([
      "bluegreen:service",
      "bluegreen:gate.deadlin",
      "bluegreen:gate.retries",
      "bluegreen:gate.identity",
      "bluegreen:rollout.steps",
      "bluegreen:environment.PORT",
      "bluegreen:secrets",
      "BLUE_PORT (environment)",
      "GREEN_PORT (environment)",
    ]);
  });

  it("is not told twice: what follows from a wrong value says nothing more", () => {
    const wrong = configWith({ activeSlot: "green", green: "not JSON", rollout: { steps: "all" } });
    expect(problemsOf(wrong).map((line) => line.split(":")[0])).to.deep.equal(["green", "rollout.steps"]);
  });

  it("begins with the number of problems and ends with what was done: nothing", () => {
    expect(() => load(configWith({ service: "X" }))).to.throw(
      /^The configuration cannot be used: 1 problem\.\n[^]*\nNothing was touched\.$/,
    );
    expect(() => load({})).to.throw(/^The configuration cannot be used: 2 problems\./);
  });

  it("refuses secrets where the program could not keep them", () => {
    const message =
      "wanted a value set without --secret: the state and previews show it. Only what is below secrets, blue.secrets and green.secrets is kept secret";
    const raw = configWith({ environment: { TOKEN: "hunter22" }, blue: { ...release, secrets: { A: "hunter33" } } });
    const secretKeys = ["environment", "blue", "green", "other"];
    expect(problemsOf(raw, { secretKeys })).to.deep.equal([
      `environment: found [secret]; ${message}`,
      `green: found [secret]; ${message}`,
    ]);
  });
});
