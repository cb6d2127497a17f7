import * as pulumi from "@pulumi/pulumi";
import { typeOf, type Kind } from "./inputs";

/**
 * A dynamic resource whose code is not in the state. The provider's text is one line that asks the package for its handler,
 * so editing the package changes no resource, and what runs is always what is checked out or installed.
 */
export abstract class ThinResource extends pulumi.CustomResource {
  constructor(
    kind: Kind,
    name: string,
    inputs: Record<string, unknown>,
    outputs: readonly string[],
    opts: pulumi.CustomResourceOptions,
  ) {
    const undefinedOutputs = Object.fromEntries(outputs.map((output) => [output, undefined]));
    super(
      typeOf(kind),
      name,
      { ...undefinedOutputs, ...inputs, __provider: textOf(kind) },
      {
        ...opts,
        hideDiffs: ["__provider", "fingerprint"],
      },
    );
  }
}

/** The engine's provider process evaluates this text in the project's folder. */
function textOf(kind: Kind): string {
  return `exports.handler = () => require("node:module").createRequire(process.cwd() + "/")("pulumi-bluegreen/runtime").provider(${JSON.stringify(kind)});`;
}
