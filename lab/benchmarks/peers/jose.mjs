// jose as its documentation has it: a remote key set for the container, and jwtVerify.

import { createRemoteJWKSet, jwtVerify } from "jose";
import { allow, bearer } from "./policy.cjs";

const { AUDIENCE: audience, TOKEN_ISSUER: issuer, JWKS_URI } = process.env;
const keys = createRemoteJWKSet(new URL(JWKS_URI));

export const handler = async (event) => {
  try {
    const { payload } = await jwtVerify(bearer(event), keys, { issuer, audience, algorithms: ["RS256"] });
    return allow(payload, event.methodArn);
  } catch {
    throw new Error("Unauthorized");
  }
};
