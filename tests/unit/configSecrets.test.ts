import { expect } from "chai";
import fc from "fast-check";
import { configWith, problemsOf } from "../support/configs";

/** Text that is nobody's key, value or message, so that finding it anywhere is a leak. */
const secret = fc.stringMatching(/^[a-z0-9"\\{}: ]{4,12}$/).map((text) => `S3CR${text}ET`);

const release = { version: "1.0.0", command: ["node", "server.js"], directory: "app" };

/** Whatever a person may do wrong with a secret, each leading to at least one problem. */
const mistakes: [name: string, changes: (value: string) => Record<string, unknown>][] = [
  ["a map instead of a value", (value) => ({ secrets: { TOKEN: { value } } })],
  ["a list instead of a value", (value) => ({ secrets: { TOKEN: [value] } })],
  ["a value instead of a map", (value) => ({ blue: { ...release, secrets: value } })],
  ["a list instead of a map", (value) => ({ secrets: [value] })],
  ["a reserved name", (value) => ({ secrets: { PORT: value } })],
  ["a name that is taken", (value) => ({ secrets: { A: value }, environment: { A: "x" } })],
  ["the value in a key that shows it", (value) => ({ secrets: { TOKEN: value }, service: value })],
  ["the value inside another one", (value) => ({ secrets: { TOKEN: value }, gate: { path: `key=${value}` } })],
  ["the value in a list", (value) => ({ secrets: { TOKEN: value }, rollout: [value] })],
  ["JSON that cannot be read", (value) => ({ secrets: `{"TOKEN": "${value}"` })],
  ["JSON of a slot that cannot be read", (value) => ({ blue: `{"secrets": {"TOKEN": "${value}}}` })],
  ["a mistyped key", (value) => ({ secret: { TOKEN: value } })],
  ["a slot that is a list", (value) => ({ blue: [{ secrets: { TOKEN: value } }] })],
];

describe("secrets in the messages about a configuration", () => {
  for (const [name, changes] of mistakes) {
    it(`never appear: ${name}`, () => {
      fc.assert(
        fc.property(secret, (value) => {
          const shown = problemsOf(configWith(changes(value))).join("\n");
          expect(shown).to.not.include(value);
          expect(shown).to.not.include("S3CR");
        }),
      );
    });
  }

  it("never appear in a key that the engine holds as a secret, wherever in it", () => {
    fc.assert(
      fc.property(secret, (value) => {
        const raw = configWith({ gate: { path: value, smoke: [{ path: value, method: value }] }, service: value });
        const shown = problemsOf(raw, { secretKeys: ["gate", "service"] }).join("\n");
        expect(shown).to.not.include("S3CR");
      }),
    );
  });

  it("do not hide what merely shares a letter with a short one", () => {
    const found = problemsOf(configWith({ secrets: { TOKEN: "5" }, gate: { deadline: "50" } }));
    expect(found.join()).to.include('found "50"');
  });
});
