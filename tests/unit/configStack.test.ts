import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { configOfStack } from "../../components/config/stack";
import { configWith } from "../support/configs";

describe("the configuration of a stack", () => {
  const before = pulumi.runtime.allConfig();
  const project = pulumi.getProject();

  afterEach(() => setStack(before));

  function setStack(config: Record<string, unknown>, secretKeys: string[] = []): void {
    const texts = Object.entries(config).map(([key, value]) => {
      const name = key.includes(":") ? key : `${project}:${key}`;
      return [name, typeof value === "string" ? value : JSON.stringify(value)] as const;
    });
    pulumi.runtime.setAllConfig(
      Object.fromEntries(texts),
      secretKeys.map((key) => `${project}:${key}`),
    );
  }

  it("is every key of the project's namespace, and no other", () => {
    setStack({ ...configWith(), green: {}, "aws:region": "eu-central-1" });
    const args = configOfStack();
    expect(args).to.include({ service: "shop", activeSlot: "blue", platform: "local" });
    expect(args.blue).to.include({ version: "1.0.0", replicas: 1 });
    expect(args).to.not.have.property("green");
  });

  it("is refused without a stack trace, with the keys as they are in the stack's file", () => {
    setStack({ ...configWith({ activeSlot: "red" }), gaet: { deadline: "1s" } });
    const found = thrownBy(configOfStack) as Error;
    expect(pulumi.RunError.isInstance(found)).to.equal(true);
    expect(found.message.split("\n")).to.deep.equal([
      "The configuration cannot be used: 2 problems.",
      `  ${project}:activeSlot: found "red"; wanted blue or green`,
      `  ${project}:gaet: unknown key; did you mean gate?`,
      "Nothing was touched.",
    ]);
  });

  it("may be secret below `secrets` only", () => {
    const secrets = { TOKEN: "hunter22" };
    setStack(configWith({ secrets, gate: { path: "/hunter" } }), ["secrets", "gate"]);
    const found = thrownBy(configOfStack) as Error;
    expect(found.message).to.include(`${project}:gate: found [secret]`).and.not.include("hunter");
    setStack(configWith({ secrets }), ["secrets"]);
    expect(configOfStack().secrets).to.deep.equal(secrets);
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
