import { expect } from "chai";
import { hooksFrom, secretNamesOf } from "../../components/hooks/hook";
import { applicationDrainSchema, hookSchema, hooksSchema, type HookConfigInput } from "../../components/hooks/schema";

const command = { name: "migrate", stage: "POST_SCALE_UP", command: { run: ["migrate"] } } as const;
const http = { name: "warm", stage: "POST_SCALE_UP", http: { url: "http://127.0.0.1:1/" } } as const;

/** Where it is wrong, and what is wanted there. */
function problemsOf(hook: object): string[] {
  const { error } = hookSchema.safeParse(hook);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("the hooks of a configuration", () => {
  it("have 30 s, one attempt and nothing more by default", () => {
    const [hook] = hooksFrom({ hooks: hooksSchema.parse([command]) });
    expect(hook).deep.equal({
      name: "migrate",
      stage: "POST_SCALE_UP",
      command: { run: ["migrate"], environment: {}, inherit: [] },
      deadlineMs: 30_000,
      retries: 0,
      secrets: {},
    });
  });

  it("are plain JSON with every time in milliseconds, and name the secrets they need", () => {
    const hooks = hooksFrom({
      hooks: hooksSchema.parse([
        { ...command, deadline: "2m", onFailure: "warn", secrets: { DB_URL: "migrationUrl" } },
        { ...http, http: { url: "{{to}}/warm", body: { items: 3 } }, secrets: { authorization: "token" } },
      ]),
    });
    expect(JSON.parse(JSON.stringify(hooks))).deep.equal(hooks);
    expect(hooks.map(({ deadlineMs }) => deadlineMs)).deep.equal([120_000, 30_000]);
    expect(hooks[1]?.http).deep.equal({
      url: "{{to}}/warm",
      method: "POST",
      headers: {},
      body: '{"items":3}',
      json: [],
    });
    expect(secretNamesOf(hooks)).deep.equal(["migrationUrl", "token"]);
  });

  const cases: [string, object, string][] = [
    [
      "neither a command nor a request",
      { ...command, command: undefined },
      ": exactly one of command and http; none given",
    ],
    ["both of them", { ...command, http: http.http }, ": exactly one of command and http; both given"],
    [
      "a stop after traffic moved",
      { ...command, stage: "BAKE_TIME", onFailure: "stop" },
      "onFailure: revert or warn at BAKE_TIME: the traffic has moved by then",
    ],
    [
      "a stop of the way back",
      { ...command, stage: "REVERT", onFailure: "stop" },
      "onFailure: warn at REVERT: nothing there may stop the cutover or its way back",
    ],
    [
      "a revert after the bake",
      { ...command, stage: "CLEAN_UP", onFailure: "revert" },
      "onFailure: warn at CLEAN_UP: nothing there may stop the cutover or its way back",
    ],
    [
      "a contract step before the bake",
      { ...command, migration: { class: "contract", id: "x" } },
      "stage: CLEAN_UP for a contract step: before that the cutover may still go back to the old release",
    ],
    [
      "an expand step after the shift",
      { ...command, stage: "BAKE_TIME", migration: { class: "expand", id: "x" } },
      "stage: a stage before PRODUCTION_TRAFFIC_SHIFT for an expand step: the new release needs it",
    ],
    ["a body of a GET", { ...http, http: { ...http.http, method: "GET", body: "x" } }, "http.body: no body with GET"],
    [
      "another protocol",
      { ...http, http: { url: "ftp://x/" } },
      "http.url: an http or https address, or {{from}}, {{to}} or {{back}} with a path",
    ],
    [
      "an unknown variable in the address",
      { ...http, http: { url: "{{slot}}/x" } },
      "http.url: an http or https address, or {{from}}, {{to}} or {{back}} with a path",
    ],
    [
      "a slot to go back to where there is no way back",
      { ...http, http: { url: "{{back}}/x" } },
      "http.url: {{from}} or {{to}}: only at REVERT is there a slot to go back to",
    ],
    [
      "a broken pattern",
      { ...http, http: { ...http.http, json: [{ pointer: "/a", matches: "(" }] } },
      "http.json.0.matches: a regular expression",
    ],
    [
      "an impossible deadline",
      { ...command, deadline: "2h" },
      "deadline: a duration such as 500ms, 30s, 5m or 1h (from 100ms to 1h)",
    ],
    [
      "a variable that is set for each hook",
      { ...command, command: { run: ["x"], environment: { BLUEGREEN_TO: "blue" } } },
      "command.environment.BLUEGREEN_TO: another name: BLUEGREEN_… is set for each hook",
    ],
    ["a secret header with a space", { ...http, secrets: { "x y": "token" } }, "secrets.x y: a header's name"],
  ];
  for (const [what, hook, problem] of cases) {
    it(`refuse ${what}`, () => {
      expect(problemsOf(hook)).include(problem);
    });
  }

  it("refuse an unknown key and an unknown stage", () => {
    expect(problemsOf({ ...command, shell: true })).not.deep.equal([]);
    expect(problemsOf({ ...command, stage: "PRE_SCALE_UP" })).not.deep.equal([]);
  });

  it("refuse two of one name", () => {
    const twice: HookConfigInput[] = [
      { ...command, command: { run: ["a"] } },
      { ...command, command: { run: ["b"] } },
    ];
    expect(hooksSchema.safeParse(twice).error?.issues[0]).deep.include({ path: [1, "name"] });
  });
});

describe("the drain of an application", () => {
  it("stands for a POST for each path on the old slot, a look at its state, and a POST on the way back", () => {
    const applicationDrain = applicationDrainSchema.parse({
      paths: ["/orders/stop", "/state/save"],
      verify: { path: "/state", pointer: "/saved", equals: true },
      resume: "/orders/accept",
      secrets: { authorization: "admin" },
      deadline: "1m",
    });
    const hooks = hooksFrom({ hooks: hooksSchema.parse([]), applicationDrain });
    expect(
      hooks.map(({ stage, http: sent, retries, onFailure }) => [stage, sent?.method, sent?.url, retries, onFailure]),
    ).deep.equal([
      ["PRE_PRODUCTION_TRAFFIC_SHIFT", "POST", "{{from}}/orders/stop", 0, "stop"],
      ["PRE_PRODUCTION_TRAFFIC_SHIFT", "POST", "{{from}}/state/save", 0, "stop"],
      ["PRE_PRODUCTION_TRAFFIC_SHIFT", "GET", "{{from}}/state", 5, "stop"],
      ["REVERT", "POST", "{{back}}/orders/accept", 3, undefined],
    ]);
    expect(hooks[2]?.http?.json).deep.equal([{ pointer: "/saved", equals: true }]);
    expect(new Set(hooks.map(({ deadlineMs, secrets }) => `${deadlineMs} ${JSON.stringify(secrets)}`)).size).equal(1);
    expect(new Set(hooks.map(({ name }) => name)).size).equal(4);
  });

  it("must say how the application accepts work again", () => {
    expect(applicationDrainSchema.safeParse({ paths: ["/stop"] }).error?.issues[0]?.path).deep.equal(["resume"]);
  });

  it("makes hooks that the schema of hooks allows", () => {
    const applicationDrain = applicationDrainSchema.parse({ paths: ["/a", "/b"], resume: "/c", onFailure: "warn" });
    for (const { name, stage, http: sent } of hooksFrom({ hooks: [], applicationDrain })) {
      expect(hookSchema.safeParse({ name, stage, http: sent }).error).equal(undefined);
    }
  });
});
