import { PolicyPack } from "@pulumi/policy";
import { bluegreenPolicies } from "./index";

// Constructing the pack starts its server, so nothing but main.js may require this file.
new PolicyPack("bluegreen", {
  displayName: "Blue-green releases",
  description: "Refuses unsafe switches of traffic between the slots of a blue-green release",
  enforcementLevel: "mandatory",
  policies: bluegreenPolicies(),
});
